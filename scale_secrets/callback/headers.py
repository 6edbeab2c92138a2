"""What a request says under ``scale-callback-auth``, whatever its server or framework made of it.

Servers differ, and ``docs/callbacks.md`` says how. ASGI servers and aiohttp hand over every header
as it came. WSGI has one variable per name: repeated headers are joined by commas there (or the last
one is kept), and ``scale_callback_auth`` is dropped, or taken for the header. What a server has
joined or dropped cannot be seen here: a joined value is no accepted key, and a dropped header is a
missing one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scale_secrets.errors import UsageError

HEADER = "scale-callback-auth"
_VARIABLE = "HTTP_SCALE_CALLBACK_AUTH"
_LENGTH = len(HEADER)

# A mapping, a framework's headers, a WSGI environ, or pairs; names and values are str or bytes.
Headers = Mapping[Any, Any] | Iterable[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Received:
    """``values``: one for each time it was sent. ``look_alike``: with underscores it was, too."""

    values: tuple[bytes, ...] = field(repr=False)  # may be a key, in a traceback's locals
    look_alike: bool = False


def received(headers: Headers) -> Received:
    """Find the header. Raises ``UsageError`` for what are no headers."""
    if isinstance(headers, dict) and "REQUEST_METHOD" in headers:
        value = headers.get(_VARIABLE)
        return Received(() if value is None else (_bytes(value),))
    values: list[bytes] = []
    look_alike = False
    try:
        for name, value in _pairs(headers):
            if len(name) != _LENGTH:
                continue
            plain = _text(name).lower()
            if plain == HEADER:
                values += map(_bytes, value if isinstance(value, list | tuple) else (value,))
            elif plain.replace("_", "-") == HEADER:
                look_alike = True
    except (TypeError, ValueError):  # no pairs; the text may hold what was given
        raise _no_headers(headers) from None
    return Received(tuple(values), look_alike)


def _pairs(headers: Any) -> Iterable[tuple[Any, Any]]:
    """Every name with its value, repeated ones too where the object has kept them apart."""
    for listing in ("multi_items", "items"):  # httpx joins in the latter what came twice
        if hasattr(headers, listing):
            pairs: Iterable[tuple[Any, Any]] = getattr(headers, listing)()
            return pairs
    return headers  # type: ignore[no-any-return]


def _text(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode("latin-1")


def _bytes(value: str | bytes) -> bytes:
    """Without the white space around it, which is none of the value (RFC 9110 section 5.5).

    Text that no server makes of a header keeps being no key: it becomes bytes that none has.
    """
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    elif not isinstance(value, bytes):
        raise TypeError
    return value.strip(b" \t")


def _no_headers(headers: object) -> UsageError:
    return UsageError(
        f"these are no headers: {type(headers).__name__}",
        hint="pass a mapping, the request's headers, pairs of str or bytes, or a WSGI environ",
    )
