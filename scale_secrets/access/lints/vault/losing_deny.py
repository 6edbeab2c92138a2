"""ACC101: a deny that can never win, because other rules are preferred wherever it matches.

Looked for within each policy, and then within all policies that are in force together for some
principal. The proof is that of ``contest``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from scale_secrets.access.lints.vault.contest import Loss
from scale_secrets.access.lints.vault.rules import (
    contest,
    denies,
    place,
    plain_rules,
    policies,
    shown,
)
from scale_secrets.access.vault.installation import Installation
from scale_secrets.access.vault.lookup import Placed
from scale_secrets.access.vault.patterns import why_lower
from scale_secrets.model import Finding, Severity

Key = tuple[str, str]
"""A policy's namespace and name."""


def findings(installation: Installation) -> Iterator[Finding]:
    rules = {key: plain_rules(one) for key, one in installation.policies.items()}
    told = set()
    for keys, holder in _together(installation):
        held = [rule for key in keys for rule in rules.get(key, ())]
        losing = [one for one in held if denies(one) and shown(one) not in told]
        ring = contest(held, installation.dialect) if losing else None
        for deny in losing:
            loss = ring and _to_a_grant(ring.losses(deny.pattern))
            if loss:
                told.add(shown(deny))
                yield _finding(deny, loss, held, holder)


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


def _to_a_grant(losses: tuple[Loss, ...]) -> Loss | None:
    """A path on which something else than a deny is preferred, if the deny never decides."""
    return next((loss for loss in losses if not loss.denies), None)


def _finding(deny: Placed, loss: Loss, held: Iterable[Placed], holder: str) -> Finding:
    winner = next(one for one in held if str(one.pattern) == str(loss.winner))
    whose = f" for {holder}" if holder else ""
    return Finding(
        "ACC101",
        place(deny),
        f"the deny on {shown(deny)} never wins{whose}: {why_lower(deny.pattern, loss.winner)} "
        f"({place(winner)}), which decides over {loss.path} for one",
        "spell out what the deny's + stand for: of two patterns, the one whose first wildcard "
        "comes later is preferred",
        Severity.WARNING,
    )
