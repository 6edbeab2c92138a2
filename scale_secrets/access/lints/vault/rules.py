"""What the Vault lints ask of rules: their patterns, and which paths they can touch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scale_secrets.access.lints.vault.contest import Contest, segments_of
from scale_secrets.access.vault.installation import Installation
from scale_secrets.access.vault.lookup import Placed
from scale_secrets.access.vault.model import Capability, Dialect, Match, Policy
from scale_secrets.access.vault.patterns import Pattern, pattern_of


def place(one: Placed) -> str:
    return str(one.rule.place)


def shown(one: Placed) -> str:
    """``secret/data/* of policy ci``."""
    return f"{one.rule.path} of policy {one.policy.namespace}{one.policy.name}"


def policies(installation: Installation) -> Iterator[Policy]:
    """Those that somebody wrote: what the server brings along is not for them to mend."""
    for policy in installation.policies.values():
        if policy.file.endswith((".hcl", ".json")):
            yield policy


def plain_rules(policy: Policy) -> list[Placed]:
    """Rules whose path is known without knowing who asks.

    A template's path is left out. Others can only lose by its being there, so what never decides
    without it never decides.
    """
    return [
        Placed(pattern_of(rule.path, policy.namespace), policy, rule)
        for rule in policy.rules
        if not rule.templated
    ]


def contest(rules: Iterable[Placed], dialect: Dialect) -> Contest:
    """Of the rules that do not expire: the others will not always be there."""
    lasting = [
        one for one in rules if one.rule.expiration is None and one.policy.expiration is None
    ]
    return Contest(lasting, dialect)


def denies(one: Placed) -> bool:
    return Capability.DENY in one.rule.capabilities


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
