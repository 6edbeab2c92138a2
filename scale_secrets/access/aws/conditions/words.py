"""Conditions as a person says them: "aws:SourceVpce is vpce-1"."""

from __future__ import annotations

from scale_secrets.access.aws.conditions.families.others import NULL
from scale_secrets.access.aws.conditions.operators import ALL_VALUES, ANY_VALUE, operator_named
from scale_secrets.access.aws.model import Condition

_SUBJECTS = {ALL_VALUES: "every {}", ANY_VALUE: "some {}", "": "{}"}


def in_words(condition: Condition, unreadable: tuple[str, ...] = ()) -> str:
    """``unreadable`` are those of its values that mean nothing to its operator."""
    operator, negated = operator_named(condition.operator)
    key = condition.written or condition.key
    note = f" ({', '.join(unreadable)}: no {operator.noun})" if unreadable else ""
    if operator is NULL:
        return f"{key} {_presence(condition.values)}{note}"
    subject = _SUBJECTS[condition.quantifier].format(key)
    phrase = operator.denial if negated else operator.phrase
    exists = f", if there is {key}" if condition.if_exists else ""
    return f"{subject} {phrase} {_values(condition.values)}{exists}{note}"


def _presence(values: tuple[str, ...]) -> str:
    """``Null`` asks whether the key is absent."""
    states = {"true": "is absent", "false": "is present"}
    return " or ".join(states.get(value.lower(), f"is null: {value}") for value in values)


def _values(values: tuple[str, ...]) -> str:
    if not values:
        return "one of nothing"
    return (values[0] or '""') if len(values) == 1 else "one of " + ", ".join(values)
