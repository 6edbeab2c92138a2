"""ACC101: a deny that can never win, because other rules are preferred wherever it matches.

Looked for within each policy, and then within all policies that are in force together for some
principal. The proof is that of ``contest``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scale_secrets.access.lints.vault.contest import Loss, losses
from scale_secrets.access.lints.vault.rules import Written, lasting, plain_rules, policies
from scale_secrets.access.vault.installation import Installation
from scale_secrets.access.vault.model import Capability, Policy
from scale_secrets.access.vault.patterns import why_lower
from scale_secrets.model import Finding, Severity


def findings(installation: Installation) -> Iterator[Finding]:
    told = set()
    for several, holder in _together(installation):
        rules = plain_rules(several)
        for deny in rules:
            if Capability.DENY in deny.rule.capabilities and deny.shown not in told:
                found = _beaten(deny, rules)
                if found:
                    told.add(deny.shown)
                    yield _finding(deny, *found, holder)


def _together(installation: Installation) -> Iterator[tuple[Sequence[Policy], str]]:
    """Policies that act as one, each set once: every single one, then what principals hold."""
    for policy in policies(installation):
        yield (policy,), ""
    seen = set()
    for principal in installation.principals:
        keys = frozenset(one.key for one in installation.identities.in_force(principal))
        if keys not in seen:
            seen.add(keys)
            held = [found for key in sorted(keys) if (found := installation.policies.get(key))]
            yield held, f"{principal.namespace}{principal.name}"


def _beaten(deny: Written, rules: Sequence[Written]) -> tuple[Loss, Written] | None:
    """A path on which something else than a deny is preferred, if the deny never decides."""
    found = losses(deny.pattern, lasting(rules))
    for loss in found:
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
