"""Policy text to JSON values, without what JSON readers usually let pass.

A key that stands twice, ``NaN``, text that is no UTF-8 and nesting that exhausts the stack are
errors. Numbers keep the digits in which they are written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import unquote

from scale_secrets.errors import PolicyError

_SHOWN = 60  # characters of a policy that a message repeats


class Number(str):
    """A JSON number, as written."""

    __slots__ = ()


class Repeating(dict[str, Any]):
    """A JSON object in which ``key`` stands more than once."""

    key: str = ""


def text_of(source: str | bytes, *, file: str) -> str:
    """Decode UTF-8, and the URL encoding in which the raw API of IAM hands out documents."""
    text = (source if isinstance(source, str) else _utf8(source, file)).removeprefix("\ufeff")
    return unquote(text) if text.lstrip().startswith("%") else text  # as no JSON begins


def shown(value: Any) -> str:
    """A policy's own words in a message, short and on one line."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = repr(str(value) if isinstance(value, Number) else value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _utf8(source: bytes, file: str) -> str:
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise PolicyError("the policy is not UTF-8", file=file, line=line) from None


def decode(text: str, *, file: str) -> Any:
    """Raises ``PolicyError`` with the line at which ``text`` stops being JSON."""
    try:
        return _DECODE(text)
    except json.JSONDecodeError as error:
        reason = f"invalid JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise PolicyError(reason, file=file, line=error.lineno) from None
    except RecursionError:
        raise PolicyError("invalid JSON: nested too deeply", file=file) from None
    except _ConstantError as error:
        raise PolicyError(f"invalid JSON: {error} is no number", file=file) from None


class _ConstantError(Exception):
    """``NaN`` or ``Infinity``, which Python's decoder would accept."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    counted = Counter(key for key, _ in pairs)
    repeating = Repeating(found)
    repeating.key = next(key for key, times in counted.items() if times > 1)
    return repeating


def _constant(name: str) -> NoReturn:
    raise _ConstantError(name)


_DECODE: Callable[[str], Any] = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_constant
).decode
