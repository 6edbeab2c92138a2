"""What AWS documents of a condition key for any request: its type, and that it is always there.

Source: IAM user guide, "AWS global condition context keys" (data type and availability of each).
Only keys of which both is said without exception are here; any other key may hold any text, or
nothing.
"""

from __future__ import annotations

from collections.abc import Container
from enum import StrEnum
from typing import Final


class Type(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    ADDRESS = "address"
    ARN = "ARN"


_TYPES: Final = {
    "aws:currenttime": Type.MOMENT,
    "aws:ec2instancesourceprivateipv4": Type.ADDRESS,
    "aws:epochtime": Type.MOMENT,
    "aws:multifactorauthage": Type.NUMBER,
    "aws:principalarn": Type.ARN,
    "aws:sourcearn": Type.ARN,
    "aws:tokenissuetime": Type.MOMENT,
    "aws:vpcsourceip": Type.ADDRESS,
    "iam:policyarn": Type.ARN,
    "lambda:sourcefunctionarn": Type.ARN,
}
_BOOLEANS: Final = frozenset(
    (
        "aws:multifactorauthpresent",
        "aws:principalisawsservice",
        "aws:securetransport",
        "aws:viaawsservice",
        "kms:bypasspolicylockoutsafetycheck",
        "kms:grantisforawsresource",
        "kms:multiregion",
        "secretsmanager:blockpublicpolicy",
    )
)
_ALWAYS: Final = frozenset(
    (
        "aws:currenttime",
        "aws:epochtime",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:viaawsservice",
    )
)


def type_of(key: str) -> Type | None:
    """None when the key's values are texts, or of a type that is not known."""
    return _TYPES.get(key)


def is_boolean(key: str) -> bool:
    return key in _BOOLEANS


def may_hold_a_set(key: str, *, quantified: bool, multivalued: Container[str]) -> bool:
    """The global keys that do are all listed; of a service's keys a set operator tells as well."""
    return key in multivalued or (quantified and not key.startswith("aws:"))


def always_there(key: str) -> bool:
    return key in _ALWAYS
