"""The one list of condition operators, and how a policy spells them.

Source: IAM user guide, "IAM JSON policy elements: Condition operators". Each, except ``Null``,
may end in ``IfExists``, and each may begin with ``ForAllValues:`` or ``ForAnyValue:``.
"""

from __future__ import annotations

from dataclasses import dataclass

from scale_secrets.access.aws.conditions.families.addresses import ADDRESSES
from scale_secrets.access.aws.conditions.families.arns import ARNS
from scale_secrets.access.aws.conditions.families.base import Operator
from scale_secrets.access.aws.conditions.families.dates import DATES
from scale_secrets.access.aws.conditions.families.numbers import NUMBERS
from scale_secrets.access.aws.conditions.families.others import NULL, OTHERS
from scale_secrets.access.aws.conditions.families.strings import STRINGS

ALL_VALUES = "ForAllValues"
ANY_VALUE = "ForAnyValue"
_IF_EXISTS = "IfExists"

POSITIVE = {
    operator.name: operator
    for family in (STRINGS, NUMBERS, DATES, ADDRESSES, ARNS, OTHERS)
    for operator in family
}
NEGATIVE = {operator.negation: operator for operator in POSITIVE.values() if operator.negation}

# In lower case: no two names differ in case alone, so nothing is guessed when it is overlooked.
_NAMES = {name.lower(): name for name in (*POSITIVE, *NEGATIVE)}
_QUANTIFIERS = {name.lower(): name for name in (ALL_VALUES, ANY_VALUE)}


@dataclass(frozen=True, slots=True)
class Spelled:
    """An operator as a policy writes it, taken apart."""

    operator: str
    quantifier: str = ""
    if_exists: bool = False


def spelled(text: str) -> Spelled | None:
    """Take ``ForAnyValue:StringLikeIfExists`` apart; None when there is no such operator."""
    before, colon, rest = text.rpartition(":")
    quantifier = _QUANTIFIERS.get(before.lower(), "")
    if colon and not quantifier:
        return None
    name = rest.lower()
    if_exists = name.endswith(_IF_EXISTS.lower())
    operator = _NAMES.get(name.removesuffix(_IF_EXISTS.lower()))
    if operator is None or (if_exists and operator == NULL.name):
        return None
    return Spelled(operator, quantifier, if_exists)


def operator_named(name: str) -> tuple[Operator, bool]:
    """The operator that ``name`` is, and whether it is the negation of it."""
    positive = POSITIVE.get(name)
    return (positive, False) if positive else (NEGATIVE[name], True)
