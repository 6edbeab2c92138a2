"""What a Scale key's shape tells, and the Basic token that carries it.

Scale publishes no format. These shapes are what its documentation and official SDK show:
``live_…`` and ``test_…``, ``…|test`` (and, by analogy, ``…|live``), ``live_auth_…`` and
``test_auth_…`` for callback keys, ``scaleint_…`` whose mode nobody documents.

Two questions are kept apart. ``classify`` is asked about a slot that is known to hold a Scale
key, and is lenient. ``detect`` is asked about foreign text, and is strict, because other vendors'
keys begin alike (Lob ``live_`` + 35 hex, Column ``live_`` + 27, GoCardless ``live_`` + 40).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from scale_secrets.errors import KeyFormatError
from scale_secrets.frozen import frozen
from scale_secrets.model import Mode, SecretType
from scale_secrets.values import MASK, SecretValue

# In the common subset of Python and ECMA-262, since the bundle schemas hold the same text.
# ``$(?!\n)``: Python's ``$`` also matches before a final newline, ECMA's does not.
API_KEY_PATTERN = {
    Mode.LIVE: r"^(?:live_(?!auth_)[!-9;-{}~]+"
    r"|(?!test_|live_auth_)[!-9;-{}~][!-9;-~]*\|live)$(?!\n)",
    Mode.TEST: r"^(?:test_(?!auth_)[!-9;-{}~]+"
    r"|(?!live_|test_auth_)[!-9;-{}~][!-9;-~]*\|test)$(?!\n)",
}
CALLBACK_KEY_PATTERN = {
    Mode.LIVE: r"^live_auth_[!-9;-{}~]+$(?!\n)",
    Mode.TEST: r"^test_auth_[!-9;-{}~]+$(?!\n)",
}
# What HTTP Basic and a header can carry: visible ASCII without the colon that would end the user.
SENDABLE_PATTERN = r"^[!-9;-~]+$(?!\n)"

_API = {mode: re.compile(pattern) for mode, pattern in API_KEY_PATTERN.items()}
_CALLBACK = {mode: re.compile(pattern) for mode, pattern in CALLBACK_KEY_PATTERN.items()}


class KeyKind(StrEnum):
    API = "api"
    CALLBACK = "callback"
    UNKNOWN = "unknown"


@frozen
class Shape:
    """What a shape tells. ``mode`` is None where the shape does not tell it."""

    kind: KeyKind
    mode: Mode | None = None


def classify(value: SecretValue) -> Shape:
    """The kind and mode of a key that stands in a slot for Scale keys."""
    if not value.is_text:
        return Shape(KeyKind.UNKNOWN)
    text = value.reveal()
    for kind, patterns in ((KeyKind.CALLBACK, _CALLBACK), (KeyKind.API, _API)):
        for mode, pattern in patterns.items():
            if pattern.search(text):
                return Shape(kind, mode)
    return Shape(KeyKind.UNKNOWN)


KIND_OF_TYPE = {SecretType.API_KEY: KeyKind.API, SecretType.CALLBACK_KEY: KeyKind.CALLBACK}

_BOUNDARY = "[A-Za-z0-9_]"
_DETECT = re.compile(
    rf"(?<!{_BOUNDARY})"
    r"(?P<mode>live|test)_(?P<auth>auth_)?(?:[0-9a-f]{32}(?:\|[0-9a-f]{24})?|ScaleRocks)"
    r"(?:\|(?P<suffix>live|test))?"
    rf"(?!{_BOUNDARY})"
    r"|"
    rf"(?<!{_BOUNDARY})(?:scaleint_)?[0-9a-f]{{32}}\|[0-9a-f]{{24}}\|(?P<only>live|test)"
    rf"(?!{_BOUNDARY})"
)
# Basic tokens, which are decoded as a whole: those that begin with "live_", "test_" or "scaleint_",
# and those that begin with a hex digit and are as long as a key of the SDK guide (32 hex, 24 hex, a
# mode) makes them.
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9+/])"
    r"(?:(?:(?:bGl2ZV|dGVzdF)[89]|c2NhbGVpbnRf)[A-Za-z0-9+/]{8,200}={0,2}"
    r"|[MNOYZ][A-Za-z0-9+/]{82,83}=?)"
)


@frozen
class Detected:
    """A Scale key found in foreign text, by position; the text itself is not kept."""

    start: int
    end: int
    shape: Shape


def detect(text: str) -> Iterator[Detected]:
    """Scale keys in text that may hold anything, also inside a Basic token."""
    for match in _DETECT.finditer(text):
        mode = match["suffix"] or match["mode"] or match["only"]
        if match["suffix"] and match["suffix"] != match["mode"]:
            continue  # contradicts itself: no key that anybody has seen
        kind = KeyKind.CALLBACK if match["auth"] else KeyKind.API
        yield Detected(match.start(), match.end(), Shape(kind, Mode(mode)))
    for match in _TOKEN.finditer(text):
        for inner in detect(_decoded(match[0])):
            yield Detected(match.start(), match.end(), inner.shape)


def without_keys(text: str) -> str:
    """The text with a mask in place of each Scale key that ``detect`` finds in it."""
    clean, end = "", 0
    for found in sorted(detect(text), key=lambda one: one.start):
        if found.start >= end:
            clean += text[end : found.start] + MASK
        end = max(end, found.end)
    return clean + text[end:]


def _decoded(token: str) -> str:
    from binascii import Error, a2b_base64

    try:
        return a2b_base64(token).decode("ascii")
    except (Error, UnicodeDecodeError):
        return ""


def basic_token(key: SecretValue) -> SecretValue:
    """``Basic …``: the key as user-id and a blank password, as RFC 7617 section 2 encodes it.

    Test vector of Scale's documentation: ``live_ScaleRocks`` gives
    ``Basic bGl2ZV9TY2FsZVJvY2tzOg==``.

    Raises ``KeyFormatError`` for what RFC 7617 forbids (a colon, a control character) and for
    white space and non-ASCII characters: clients encode the latter differently (latin-1 or
    UTF-8), so that one key would give two tokens.
    """
    from binascii import b2a_base64

    data = key.reveal_bytes()
    reason = _unsendable(data)
    if reason:
        raise KeyFormatError(
            f"the key cannot be sent by HTTP Basic: {reason}",
            hint="copy the key again from the dashboard, without spaces, quotes or a user name",
        )
    return SecretValue("Basic " + b2a_base64(data + b":", newline=False).decode())


def _unsendable(data: bytes) -> str:
    """Why a key cannot be sent; empty when it can. Never repeats any of it."""
    if not data:
        return "it is empty"
    if any(byte > 0x7E for byte in data):
        return "it holds a character that is not ASCII"
    if any(byte < 0x20 for byte in data):
        return "it holds a control character, such as a line break"
    if b" " in data:
        return "it holds a space"
    if b":" in data:
        return "it holds a colon, which would end the user name"
    return ""
