"""Decisions on single calls to a decision on an action: all calls of a way, one way of several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scale_secrets.access.aws.evaluation.decision import Decision
from scale_secrets.access.verdict import Cited, Truth

_DENIED = Decision(Truth.FALSE)


def all_needed(decisions: Iterable[Decision]) -> Decision:
    """Of calls that are all needed. The first that is denied decides, and none after it is."""
    found = []
    for decision in decisions:
        if decision.truth is Truth.FALSE:
            return decision
        found.append(decision)
    if len(found) == 1:
        return found[0]
    conditions = {phrase for decision in found for phrase in decision.conditions}
    return Decision(
        min((decision.truth for decision in found), default=Truth.TRUE),
        tuple(sorted(conditions)),
        _cited(found),
    )


def one_suffices(decisions: Sequence[Decision]) -> Decision:
    """Of ways of which one suffices.

    The first that is allowed decides. Several conditional ones are one condition that names each;
    of denials, every statement that denied is cited.
    """
    for decision in decisions:
        if decision.truth is Truth.TRUE:
            return decision
    perhaps = [decision for decision in decisions if decision.truth is Truth.UNKNOWN]
    if not perhaps:
        return Decision(Truth.FALSE, (), _cited(decisions)) if decisions else _DENIED
    # What asks for all that another way asks for, and more, is no help beside it.
    asked = {frozenset(decision.conditions) for decision in perhaps}
    least = [each for each in asked if not any(other < each for other in asked)]
    kept = [decision for decision in perhaps if frozenset(decision.conditions) in least]
    if len(least) == 1:
        return Decision(Truth.UNKNOWN, kept[0].conditions, _cited(kept))
    ways = sorted(" and ".join(sorted(conditions)) for conditions in least)
    return Decision(Truth.UNKNOWN, (f"either {', or '.join(ways)}",), _cited(kept))


def _cited(decisions: Iterable[Decision]) -> tuple[Cited, ...]:
    return tuple(dict.fromkeys(cited for each in decisions for cited in each.decided_by))
