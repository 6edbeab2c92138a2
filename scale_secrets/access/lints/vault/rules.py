"""What the Vault lints ask of rules: their patterns, and which paths they can touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scale_secrets.access.lints.vault.contest import segments_of
from scale_secrets.access.vault.installation import Installation
from scale_secrets.access.vault.model import Match, Policy, Rule
from scale_secrets.access.vault.patterns import Pattern, pattern_of


@dataclass(frozen=True, slots=True)
class Written:
    """A rule as its policy has it. ``pattern`` is absolute: namespace and path."""

    policy: Policy
    rule: Rule
    pattern: Pattern

    @property
    def place(self) -> str:
        return str(self.rule.place)

    @property
    def shown(self) -> str:
        """``secret/data/* of policy ci``."""
        return f"{self.rule.path} of policy {self.policy.namespace}{self.policy.name}"


def policies(installation: Installation) -> Iterator[Policy]:
    """Those that somebody wrote: what the server brings along is not for them to mend."""
    for policy in installation.policies.values():
        if policy.file.endswith((".hcl", ".json")):
            yield policy


def plain_rules(several: Iterable[Policy]) -> list[Written]:
    """Rules whose path is known without knowing who asks.

    A template's path is left out. Others can only lose by its being there, so what never decides
    without it never decides.
    """
    return [
        Written(policy, rule, pattern_of(rule.path, policy.namespace))
        for policy in several
        for rule in policy.rules
        if not rule.templated
    ]


def lasting(rules: Iterable[Written]) -> list[Pattern]:
    """The patterns of the rules that do not expire: the others will not always be there."""
    return list(
        {
            str(one.pattern): one.pattern
            for one in rules
            if one.rule.expiration is None and one.policy.expiration is None
        }.values()
    )


def touches(pattern: Pattern, folder: str) -> bool:
    """Whether the pattern matches anything below ``folder``, which has a final slash."""
    if pattern.match is not Match.SEGMENT:
        reaches = pattern.match is Match.PREFIX and folder.startswith(pattern.text)
        return reaches or pattern.text.startswith(folder)
    parts = folder.split("/")[:-1]
    (*inner, last), open_ended = segments_of(pattern)
    if len(inner) < len(parts) and not open_ended:
        return False
    if any(one not in ("+", part) for one, part in zip(inner, parts, strict=False)):
        return False
    return len(inner) >= len(parts) or parts[len(inner)].startswith(last)
