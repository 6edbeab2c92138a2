"""Policies that bind the caller or the resource without naming anybody.

Service and resource control policies, identity policies, boundaries and session policies differ in
whom they bind and in how they are grouped; how a group is heard is the same for all. Of a group's
documents one must allow; every group of a layer must.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scale_secrets.access.aws.evaluation.hearing import Group, allowing, denying, spoken
from scale_secrets.access.aws.evaluation.say import SILENT, UNLIMITED, Say, both, unknown
from scale_secrets.access.aws.evaluation.uncollected import Named
from scale_secrets.access.aws.model import Missing, Policies, Request
from scale_secrets.access.verdict import Truth


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """``groups`` gives those that bind this request; ``if_none`` tells why there may be none.

    ``levels``: the groups are those of an organization's levels.
    ``grants``: its allow is what gives the permission; that of another layer only lets it pass,
    and is not cited as deciding. ``always_allows``: the reason why it can only deny, in words.
    """

    named: Named
    groups: Callable[[Request, Policies], tuple[Group, ...] | Missing]
    if_none: str
    levels: bool = False
    grants: bool = False
    always_allows: str = ""

    def allows(self, request: Request, policies: Policies) -> Say:
        groups = self.groups(request, policies)
        if isinstance(groups, Missing):
            return unknown(self.named.allows)
        said = UNLIMITED
        for group in groups:
            heard = self.group_allows(group, request)
            if heard is SILENT:
                return SILENT
            if self.grants or heard.truth is Truth.UNKNOWN:
                said = both(said, heard)
        return said

    def group_allows(self, group: Group, request: Request) -> Say:
        return UNLIMITED if self.always_allows else allowing(group, request)

    def denies(self, request: Request, policies: Policies) -> list[Say]:
        """Each denial that was heard, or that may stand in what was not collected."""
        groups = self.groups(request, policies)
        if isinstance(groups, Missing):
            return [unknown(self.named.denies)]
        found = []
        for group in groups:
            if spoken(group, request.action).denies:
                found += denying(group, request)
        return found
