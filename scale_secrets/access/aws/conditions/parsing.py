"""The ``Condition`` element of a statement, from decoded JSON.

Source: IAM user guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from scale_secrets.access.aws.conditions.keys import canonical
from scale_secrets.access.aws.conditions.operators import POSITIVE, Spelled, spelled
from scale_secrets.access.aws.model import Condition

# Raises with the rule that is broken and, maybe, what to do.
Fail = Callable[[str, str], NoReturn]


def parse_conditions(block: Any, fail: Fail) -> tuple[Condition, ...]:
    """Every operator and key of ``block``, in the order in which they stand."""
    if not isinstance(block, Mapping):
        fail("Condition is not an object", "")
    return tuple(_conditions(block, fail))


def _conditions(block: Mapping[str, Any], fail: Fail) -> Iterator[Condition]:
    for name, keys in block.items():
        operator = spelled(name)
        if operator is None:
            fail(f"{name!r} is no condition operator", f"there are {', '.join(POSITIVE)}, …")
        if not isinstance(keys, Mapping):
            fail(f"{name} does not hold an object of condition keys", "")
        yield from _of_operator(operator, name, keys, fail)


def _of_operator(
    operator: Spelled, name: str, keys: Mapping[str, Any], fail: Fail
) -> Iterator[Condition]:
    seen: set[str] = set()
    for written, values in keys.items():
        if not written:
            fail(f"{name} has an empty condition key", "")
        if written.lower() in seen:  # key names ignore case
            fail(f"{name} names {written} twice", "put the values into one list")
        seen.add(written.lower())
        yield Condition(
            operator=operator.operator,
            key=canonical(written),
            values=tuple(_values(values, f"{name}, {written}", fail)),
            quantifier=operator.quantifier,
            if_exists=operator.if_exists,
            written=written,
        )


def _values(values: Any, place: str, fail: Fail) -> Iterator[str]:
    for value in values if isinstance(values, list | tuple) else (values,):
        if isinstance(value, bool):
            yield "true" if value else "false"
        elif isinstance(value, str | int | float):
            yield str(value)
        else:
            fail(f"{place} holds something that is no string, number or boolean", "")
