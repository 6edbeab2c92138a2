"""The ``Condition`` element of a statement, from decoded JSON.

Source: IAM user guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from scale_secrets.access.aws.conditions.keys import canonical
from scale_secrets.access.aws.conditions.operators import POSITIVE, Spelled, spelled
from scale_secrets.access.aws.jsontext import Repeating, shown
from scale_secrets.access.aws.model import Condition

# Raises with the rule that is broken and, maybe, what to do.
Fail = Callable[[str, str], NoReturn]


def parse_conditions(block: Any, fail: Fail) -> tuple[Condition, ...]:
    """Every operator and key of ``block``, in the order in which they stand."""
    if not isinstance(block, Mapping):
        fail("Condition is not an object", "")
    return tuple(_conditions(block, fail))


def _conditions(block: Mapping[str, Any], fail: Fail) -> Iterator[Condition]:
    _check_once(block, "Condition has {} twice", fail)
    for name, keys in block.items():
        operator = spelled(name)
        if operator is None:
            fail(f"{shown(name)} is no condition operator", f"there are {', '.join(POSITIVE)}, …")
        if not isinstance(keys, Mapping):
            fail(f"{name} does not hold condition keys", 'write {"KEY": "VALUE"}')
        yield from _of_operator(operator, keys, name, fail)


def _of_operator(
    operator: Spelled, keys: Mapping[str, Any], name: str, fail: Fail
) -> Iterator[Condition]:
    _check_once(keys, f"{name} names {{}} twice", fail)
    for written, values in keys.items():
        if not written:
            fail(f"{name} has an empty condition key", "")
        yield Condition(
            operator=operator.operator,
            key=canonical(written),
            values=tuple(_values(values, f"{name}, {shown(written)},", fail)),
            quantifier=operator.quantifier,
            if_exists=operator.if_exists,
            written=written,
        )


def _check_once(members: Mapping[str, Any], rule: str, fail: Fail) -> None:
    """Operators and keys ignore case, so that a second spelling is a second one."""
    twice = members.key if isinstance(members, Repeating) else ""
    seen: set[str] = set()
    for name in members:
        if name.lower() in seen:
            twice = twice or name
        seen.add(name.lower())
    if twice:
        fail(rule.format(shown(twice)), "put the values into one list")


def _values(values: Any, place: str, fail: Fail) -> Iterator[str]:
    for value in values if isinstance(values, list | tuple) else (values,):
        if isinstance(value, bool):
            yield "true" if value else "false"
        elif isinstance(value, str | int | float):
            yield str(value)  # a number as it was written, if it was read from text
        else:
            fail(f"{place} holds something that is no string, number or boolean", "")
