"""JSON that survives a read and a write unchanged, and fields as the official CLI prints them.

A number keeps its text: ``1.10`` or thirty digits would not survive Python's own types.
"""

from __future__ import annotations

import json
from typing import Any

from scale_secrets.errors import BadAnswerError
from scale_secrets.frozen import frozen


@frozen
class Number:
    """A JSON number as written."""

    text: str


def loads(data: bytes, *, doing: str) -> Any:
    """Raises ``BadAnswerError``, without the text, for what is not JSON."""
    try:
        return json.loads(data, parse_int=Number, parse_float=Number, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadAnswerError(
            f"{doing}: the answer is not JSON",
            hint="check that the address is the server's, and no proxy or login page answers",
            sent=True,
        ) from None


def dumps(value: Any) -> str:
    """Compact JSON text of what ``loads`` gave, numbers as they were written."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, dict):
        members = (f"{json.dumps(name)}:{dumps(member)}" for name, member in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    return json.dumps(value)


def field_text(value: Any) -> str:
    """A field's value as text: text as it is, all else as compact JSON."""
    return value if isinstance(value, str) else dumps(value)


def same(one: Any, other: Any) -> bool:
    """Whether a server may have made one of the other: it sorts members and rewrites numbers."""
    ours, theirs = (json.loads(dumps(value), parse_int=float) for value in (one, other))
    return bool(ours == theirs)


def _refuse(name: str) -> Any:
    raise ValueError("no JSON number")
