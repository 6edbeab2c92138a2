"""ACC101: a deny that can never win, because other rules are preferred wherever it matches.

Looked for within each policy, and then within all policies that are in force together for some
principal. The proof is that of ``contest``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from scale_secrets.access.lints.vault.contest import Loss, losses
from scale_secrets.access.lints.vault.rules import Written, lasting, plain_rules, policies
from scale_secrets.access.vault.installation import Installation
from scale_secrets.access.vault.model import Capability
from scale_secrets.access.vault.patterns import Pattern, why_lower
from scale_secrets.model import Finding, Severity

Key = tuple[str, str]
"""A policy's namespace and name."""


def findings(installation: Installation) -> Iterator[Finding]:
    rules = {key: plain_rules([one]) for key, one in installation.policies.items()}
    told = set()
    for keys, holder in _together(installation):
        held = [rule for key in keys for rule in rules.get(key, ())]
        denies = [one for one in held if Capability.DENY in one.rule.capabilities]
        patterns = lasting(held) if denies else []
        for deny in denies:
            found = None if deny.shown in told else _beaten(deny, held, patterns)
            if found:
                told.add(deny.shown)
                yield _finding(deny, *found, holder)


def _together(installation: Installation) -> Iterator[tuple[Collection[Key], str]]:
    """Policies that act as one, each set once: every single one, then what principals hold."""
    for policy in policies(installation):
        yield ((policy.namespace, policy.name),), ""
    seen = set()
    for principal in installation.principals:
        keys = frozenset(one.key for one in installation.identities.in_force(principal))
        if keys not in seen:
            seen.add(keys)
            yield sorted(keys), f"{principal.namespace}{principal.name}"


def _beaten(
    deny: Written, rules: Iterable[Written], patterns: Collection[Pattern]
) -> tuple[Loss, Written] | None:
    """A path on which something else than a deny is preferred, if the deny never decides."""
    for loss in losses(deny.pattern, patterns):
        winners = [one for one in rules if str(one.pattern) == str(loss.winner)]
        if not any(Capability.DENY in one.rule.capabilities for one in winners):
            return loss, winners[0]
    return None


def _finding(deny: Written, loss: Loss, winner: Written, holder: str) -> Finding:
    whose = f" for {holder}" if holder else ""
    return Finding(
        "ACC101",
        deny.place,
        f"the deny on {deny.shown} never wins{whose}: {why_lower(deny.pattern, loss.winner)} "
        f"({winner.place}), which decides over {loss.path} for one",
        "spell out what the deny's + stand for: of two patterns, the one whose first wildcard "
        "comes later is preferred",
        Severity.WARNING,
    )
