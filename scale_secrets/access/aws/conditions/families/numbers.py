"""``NumericEquals`` and the five others: integers and decimals, compared as such."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from scale_secrets.access.aws.conditions.families.base import (
    Judge,
    Operator,
    Tokens,
    literal,
    truth,
)
from scale_secrets.access.verdict import Truth

# Exponents of more digits than any JSON number needs would only exhaust the arithmetic.
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)


def number(text: str) -> Decimal | None:
    """None when ``text`` is no number."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def readable(read: Callable[[str], Any | None]) -> Callable[[str], bool]:
    return lambda text: read(text) is not None


def ordered(
    read: Callable[[str], Any | None], compare: Callable[[Any, Any], bool]
) -> Callable[[Tokens], Judge | None]:
    """A comparison of things that ``read`` makes out of text."""

    def comparison(tokens: Tokens) -> Judge | None:
        wanted = read(literal(tokens))
        if wanted is None:
            return None

        def judge(value: str) -> Truth:
            found = read(value)
            return truth(found is not None and compare(found, wanted))

        return judge

    return comparison


NUMBERS = (
    Operator(
        "NumericEquals",
        ordered(number, operator.eq),
        "is",
        "NumericNotEquals",
        "is not",
        reads=readable(number),
        noun="number",
    ),
    Operator("NumericLessThan", ordered(number, operator.lt), "is less than", noun="number"),
    Operator("NumericLessThanEquals", ordered(number, operator.le), "is at most", noun="number"),
    Operator("NumericGreaterThan", ordered(number, operator.gt), "is greater than", noun="number"),
    Operator(
        "NumericGreaterThanEquals", ordered(number, operator.ge), "is at least", noun="number"
    ),
)
