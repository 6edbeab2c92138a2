"""Random ``Condition`` blocks: every operator, quantifier and form of a value that IAM knows."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from tests.support.aws_case_pools import ORG, Key

OPERATORS: Final = {
    "string": (
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ),
    "numeric": (
        "NumericEquals",
        "NumericNotEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
    ),
    "date": (
        "DateEquals",
        "DateNotEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
    ),
    "bool": ("Bool",),
    "binary": ("BinaryEquals",),
    "ip": ("IpAddress", "NotIpAddress"),
    "arn": ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
}
_QUANTIFIERS = ("ForAllValues", "ForAnyValue")
_VARIABLES = (
    "${aws:PrincipalTag/team}",
    "${aws:PrincipalTag/team, 'labels'}",
    "${aws:username}",
    "${aws:RequestedRegion}",
    "${aws:CalledVia}",  # a set, so it never resolves
    "label${?}",
    "${$}{aws:username}",
)
_NUMBERS = ("0", "299", "300", "300.0", "3600", "3600.5", "-1")
_DATES = ("2026-01-31T12:00:00Z", "2026-02-01T00:00:00Z", "2026-01-31", "1769860800")
_RANGES = ("203.0.113.0/24", "203.0.113.0/26", "198.51.100.7", "2001:db8::/32", "10.0.0.0/24")


def block(random: Random, keys: Sequence[Key], *, length: int) -> dict[str, dict[str, object]]:
    """A ``Condition`` block of that many conditions on these keys; fewer when two coincide."""
    conditions: dict[str, dict[str, object]] = {}
    for _ in range(length):
        key = random.choice(keys)
        operator, values = _condition(random, key)
        name = key.name if random.random() < 0.9 else _recased(key.name)
        of_operator = conditions.setdefault(operator, {})
        if not any(held.lower() == name.lower() for held in of_operator):
            of_operator[name] = values[0] if len(values) == 1 else values
    return conditions


def _condition(random: Random, key: Key) -> tuple[str, list[str]]:
    if random.random() < 0.08:
        return "Null", [random.choice(("true", "false"))]
    kind = key.kind
    if random.random() < 0.1:  # an operator of another type: all values are texts in the end
        kind = random.choice(("numeric", "bool") if kind == "string" else ("string",))
    base = random.choice(OPERATORS[kind])
    quantified = 0.75 if key.multivalued else 0.07
    quantifier = f"{random.choice(_QUANTIFIERS)}:" if random.random() < quantified else ""
    if_exists = "IfExists" if random.random() < 0.2 else ""
    count = random.choices((1, 2, 3), (6, 3, 1))[0]
    return f"{quantifier}{base}{if_exists}", [_value(random, key, base) for _ in range(count)]


def _value(random: Random, key: Key, base: str) -> str:
    if base.startswith("String"):
        return _text(random, key, like=base.endswith("Like"))
    if base.startswith("Numeric"):
        return random.choice(_NUMBERS)
    if base.startswith("Date"):
        return random.choice(_DATES)
    if base == "Bool":
        return random.choice(("true", "false"))
    if "IpAddress" in base:
        return random.choice(_RANGES)
    if base.startswith("Arn"):
        return _arn(random, random.choice(key.values))
    return random.choice(key.values)


def _text(random: Random, key: Key, *, like: bool) -> str:
    value = random.choice(key.values)
    drawn = random.random()
    if drawn < 0.12:
        return random.choice(_VARIABLES)
    if like and drawn < 0.7:
        return wild(random, value)
    if drawn < 0.8:
        return value.swapcase()
    if drawn < 0.85:
        return ORG
    return value


def wild(random: Random, text: str) -> str:
    """The text with a wildcard somewhere: it matches the text, and perhaps its neighbours."""
    at = random.randrange(len(text))
    return random.choice(
        (
            f"{text[:at]}*",
            f"*{text[at:]}",
            f"{text[:at]}?{text[at + 1 :]}",
            f"{text[:at]}*{text[at:]}",
            "*",
        )
    )


def _arn(random: Random, arn: str) -> str:
    parts = arn.split(":", 5)
    drawn = random.random()
    if drawn < 0.4:
        return arn
    if drawn < 0.7:
        return ":".join((*parts[:5], wild(random, parts[5])))
    segment = random.choice((1, 2, 3, 4))
    parts[segment] = random.choice(("*", "aws", parts[segment][:-1] + "?"))
    return ":".join(parts)


def _recased(name: str) -> str:
    head, slash, tail = name.partition("/")
    return head.swapcase() + slash + tail
