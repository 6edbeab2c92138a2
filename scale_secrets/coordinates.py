"""Coordinates as strings: ``STORE:PATH[#FIELD][@VERSION]``.

The first colon ends the store's name, so an AWS ARN is a path like any other. A literal ``#``,
``@`` or ``%`` in a path or field is written as RFC 3986 writes it: ``%23``, ``%40``, ``%25``.
"""

from __future__ import annotations

import re

from scale_secrets.errors import CoordinateError
from scale_secrets.model import Coordinate

_STORE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_ESCAPES = {"%23": "#", "%40": "@", "%25": "%"}
_ESCAPE = re.compile("%(?:23|40|25)|%")
_FORM = "STORE:PATH[#FIELD][@VERSION], for example vault:scale/live/api-key#value@3"


def parse_coordinate(text: str) -> Coordinate:
    """Read a coordinate. Raises ``CoordinateError`` that says which part is wrong.

    The text itself is not repeated: a person may have pasted a key in its place.
    """
    store, colon, rest = text.partition(":")
    if not colon or not _STORE.match(store):
        raise CoordinateError("a coordinate begins with a store's name and a colon", hint=_FORM)
    rest, at, version = rest.partition("@")
    path, hash_sign, field = rest.partition("#")
    for present, part, name in (
        (True, path, "path"),
        (bool(hash_sign), field, "field"),
        (bool(at), version, "version"),
    ):
        if present and not part:
            raise CoordinateError(f"the {name} of a coordinate of {store!r} is empty", hint=_FORM)
        if any(ord(char) < 32 or ord(char) == 127 for char in part):
            raise CoordinateError(
                f"the {name} of a coordinate of {store!r} holds a control character", hint=_FORM
            )
    if "@" in version or "#" in version or "#" in field:
        raise CoordinateError(
            f"a coordinate of {store!r} has a second # or @, or an @ before the #",
            hint="a literal # or @ in a path or field is written %23 or %40",
        )
    return Coordinate(
        store,
        _unescape(path, store),
        _unescape(field, store) if hash_sign else None,
        version if at else None,
    )


def format_coordinate(coordinate: Coordinate) -> str:
    """The string that ``parse_coordinate`` reads back to the same coordinate."""
    text = f"{coordinate.store}:{_escape(coordinate.path)}"
    if coordinate.field is not None:
        text += f"#{_escape(coordinate.field)}"
    if coordinate.version is not None:
        text += f"@{coordinate.version}"
    return text


def _escape(part: str) -> str:
    return part.replace("%", "%25").replace("#", "%23").replace("@", "%40")


def _unescape(part: str, store: str) -> str:
    def one(match: re.Match[str]) -> str:
        if match[0] not in _ESCAPES:
            raise CoordinateError(
                f"a coordinate of {store!r} holds a % that begins no escape",
                hint="a literal % is written %25",
            )
        return _ESCAPES[match[0]]

    return _ESCAPE.sub(one, part)
