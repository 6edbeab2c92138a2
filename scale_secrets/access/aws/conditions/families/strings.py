"""``StringEquals``, ``StringLike`` and their kin.

Only for ``StringLike`` are there wildcards among the tokens, or where a variable is unknown.
"""

from __future__ import annotations

from scale_secrets.access.aws.conditions.families.base import Judge, Operator, Tokens, truth
from scale_secrets.access.aws.wildcard import glob_of


def _compare(tokens: Tokens) -> Judge:
    pattern = glob_of(tokens)
    return lambda value: truth(pattern.matches(value))


def _compare_ignoring_case(tokens: Tokens) -> Judge:
    lowered = tuple(token.lower() if isinstance(token, str) else token for token in tokens)
    pattern = glob_of(lowered)
    return lambda value: truth(pattern.matches(value.lower()))


STRINGS = (
    Operator("StringEquals", _compare, "is", "StringNotEquals", "is not", templated=True),
    Operator(
        "StringEqualsIgnoreCase",
        _compare_ignoring_case,
        "is, in any case,",
        "StringNotEqualsIgnoreCase",
        "is not, in any case,",
        templated=True,
    ),
    Operator(
        "StringLike",
        _compare,
        "is like",
        "StringNotLike",
        "is not like",
        templated=True,
        wildcards=True,
    ),
)
