"""The rules that match a path, and in words why all but some of them do not decide."""

from __future__ import annotations

from dataclasses import dataclass

from scale_secrets.access.vault.lookup import Found, Placed
from scale_secrets.access.vault.model import Capability, Match, Policy, Rule
from scale_secrets.access.vault.patterns import why_lower
from scale_secrets.access.vault.possible import Instance


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that matches a path. ``reason``: why it does not decide; "" if it does.

    ``outranked``: it is in force, and only yields to another pattern.
    """

    policy: Policy
    rule: Rule
    pattern: str  # resolved, with its namespace
    decides: bool
    reason: str
    outranked: bool = False


def matching(placed: Placed, asked: str, winner: Found) -> Candidate:
    """A rule in force that matches ``asked``, the path perhaps without its final slash."""
    reason = _why_not(placed, asked, winner)
    outranked = placed.pattern != winner.pattern
    pattern = str(placed.pattern)
    return Candidate(placed.policy, placed.rule, pattern, not reason, reason, outranked)


def possible(instance: Instance) -> Candidate:
    """A rule that is in force only for some identities."""
    placed = instance.placed
    values = " and ".join(f"{directive} is `{value}`" for directive, value in instance.values)
    reason = f"it matches only if {values}"
    return Candidate(placed.policy, placed.rule, str(placed.pattern), False, reason)


def for_others(placed: Placed) -> Candidate:
    """A templated rule that would match if the identity were another."""
    pattern = str(placed.pattern)
    reason = f"does not match: for this identity it is `{pattern}`"
    return Candidate(placed.policy, placed.rule, pattern, False, reason)


def _why_not(placed: Placed, asked: str, winner: Found) -> str:
    if placed.pattern == winner.pattern:
        absorbed = winner.permissions.denies and not placed.rule.capabilities & Capability.DENY
        return f"a deny of the same path, `{winner.pattern}`, absorbs it" if absorbed else ""
    if winner.pattern.match is Match.EXACT:
        return f"`{winner.pattern}` matches the path exactly"
    if asked != winner.path:
        slash = "with" if winner.path.endswith("/") else "without"
        return f"`{winner.pattern}` is asked first, {slash} the final slash"
    return why_lower(placed.pattern, winner.pattern)
