"""Policies that bind the caller or the resource without naming anybody.

Service and resource control policies, identity policies, boundaries and session policies differ in
whom they bind and in how they are grouped; how a group is heard is the same for all. Of a group's
documents one must allow; every group of a layer must.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from scale_secrets.access.aws.evaluation.hearing import (
    REMEMBERED,
    Group,
    allowing,
    denying,
    spoken,
    without_context,
)
from scale_secrets.access.aws.evaluation.say import SILENT, UNLIMITED, Say, both, unknown
from scale_secrets.access.aws.evaluation.uncollected import Named
from scale_secrets.access.aws.model import Missing, Policies, Request
from scale_secrets.access.verdict import Truth

Groups = tuple[Group, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """``groups`` gives those that bind this request; ``if_none`` tells why there may be none.

    ``levels``: the groups are those of an organization's levels.
    ``grants``: its allow is what gives the permission; that of another layer only lets it pass,
    and is not cited as deciding. ``always_allows``: the reason why it can only deny, in words.
    """

    named: Named
    groups: Callable[[Request, Policies], Groups | Missing]
    if_none: str
    levels: bool = False
    grants: bool = False
    always_allows: str = ""

    def allows(self, request: Request, policies: Policies) -> Say:
        groups = self.groups(request, policies)
        if isinstance(groups, Missing):
            return unknown(self.named.allows)
        if not groups or self.always_allows:
            return UNLIMITED
        if _heard(groups, request.action).hangs:
            return self._all_allow(groups, request)
        return self._all_allow_resource(groups, request.action, request.resource)

    def denies(self, request: Request, policies: Policies) -> list[Say]:
        """Each denial that was heard, or that may stand in what was not collected."""
        groups = self.groups(request, policies)
        if isinstance(groups, Missing):
            return [unknown(self.named.denies)]
        if not groups or not _heard(groups, request.action).denies:
            return []
        return [say for group in groups for say in denying(group, request)]

    def group_allows(self, group: Group, request: Request) -> Say:
        return UNLIMITED if self.always_allows else allowing(group, request)

    def _all_allow(self, groups: Groups, request: Request) -> Say:
        said = UNLIMITED
        for group in groups:
            heard = self.group_allows(group, request)
            if heard is SILENT:
                return SILENT
            if self.grants or heard.truth is Truth.UNKNOWN:
                said = both(said, heard)
        return said

    @lru_cache(maxsize=REMEMBERED)  # noqa: B019 - a layer is a constant
    def _all_allow_resource(self, groups: Groups, action: str, resource: str) -> Say:
        return self._all_allow(groups, without_context(action, resource))


class _Heard(NamedTuple):
    """Whether any of several groups denies, and whether what they allow hangs on the context."""

    denies: bool
    hangs: bool


@lru_cache(maxsize=REMEMBERED)
def _heard(groups: Groups, action: str) -> _Heard:
    each = [spoken(group, action) for group in groups]
    return _Heard(any(one.denies for one in each), any(one.hangs for one in each))
