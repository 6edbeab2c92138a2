"""A secret string as JSON members and back, each member kept as it was written.

Members are raw JSON text: a number such as ``1.10`` or one beyond a float's precision survives the
change of its neighbour byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from scale_secrets.values import SecretValue

_SPACE = " \t\r\n"
_decoder = json.JSONDecoder()


class _NotAnObjectError(ValueError):
    pass


def members(text: str) -> dict[str, str] | None:
    """The raw JSON text of each member; None when ``text`` is not one clean JSON object.

    Not clean are a repeated name, whose other values a rewriting would lose, and what is no
    Unicode text (lone surrogates in escapes).
    """
    try:
        return _members(text)
    except (ValueError, RecursionError):  # json.JSONDecodeError is a ValueError
        return None


def fields_of(text: str) -> dict[str, SecretValue] | None:
    """The members as values: strings as they are, everything else as its JSON text."""
    raw = members(text)
    return None if raw is None else {name: _value(member) for name, member in raw.items()}


def with_member(raw: Mapping[str, str], name: str, value: str) -> str:
    """The object's JSON text with one member set; the others keep place and spelling."""
    merged = {**raw, name: _text(value)}
    return "{" + ", ".join(f"{_text(key)}: {member}" for key, member in merged.items()) + "}"


def _members(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = _expect(text, _skip(text, 0), "{")
    at = _skip(text, at)
    if text[at : at + 1] == "}":
        at += 1
    else:
        while True:
            name, at = _decoder.raw_decode(text, at)
            if not isinstance(name, str) or name in found:
                raise _NotAnObjectError
            begin = _skip(text, _expect(text, _skip(text, at), ":"))
            value, end = _decoder.raw_decode(text, begin)
            _require_unicode(name, value)
            found[name] = text[begin:end]
            at = _skip(text, end)
            if text[at : at + 1] == "}":
                at += 1
                break
            at = _skip(text, _expect(text, at, ","))
    if _skip(text, at) != len(text):
        raise _NotAnObjectError
    return found


def _require_unicode(*parts: object) -> None:
    for part in parts:
        if isinstance(part, str):
            part.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _SPACE:
        at += 1
    return at


def _expect(text: str, at: int, sign: str) -> int:
    if text[at : at + 1] != sign:
        raise _NotAnObjectError
    return at + 1


def _value(raw: str) -> SecretValue:
    value = json.loads(raw)
    return SecretValue(value if isinstance(value, str) else raw)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
