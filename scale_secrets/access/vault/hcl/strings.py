r"""What quoted strings and heredocs stand for.

HCL 1 copies ``${…}`` as it stands, escapes included. ``\x41`` and ``\101`` are *bytes*, so a
string need not be UTF-8: such bytes become lone surrogates here (PEP 383), which match nothing a
request can ask for and get lost nowhere. Source: ``hcl/strconv`` and ``hcl/token`` of hcl v1;
Go's ``strconv.Unquote`` for the JSON form.
"""

from __future__ import annotations

import re

ESCAPE = re.compile(r'\\(?:[abfnrtv\\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})')
_NAMED = {
    "a": b"\a",
    "b": b"\b",
    "f": b"\f",
    "n": b"\n",
    "r": b"\r",
    "t": b"\t",
    "v": b"\v",
    "\\": b"\\",
    '"': b'"',
}
_PLAIN = re.compile(r"[^\\$]+")
_BRACE = re.compile(r"[{}]")
_LAST_CHARACTER = 0x10FFFF
_REPLACEMENT = "\ufffd"


def unquote(raw: str) -> str:
    """The text of an HCL string, quotes included in ``raw``; ValueError for a bad escape."""
    inner = raw[1:-1]
    if "\\" not in inner and "$" not in inner:
        return inner
    made = bytearray()
    position = 0
    while position < len(inner):
        if inner.startswith("${", position):
            end = _interpolation_end(inner, position + 2)
            made += inner[position:end].encode()
        elif escape := ESCAPE.match(inner, position):
            end = escape.end()
            made += _unescaped(escape[0][1:])
        else:
            plain = _PLAIN.match(inner, position)
            end = plain.end() if plain else position + 1  # else: a dollar that opens nothing
            made += inner[position:end].encode()
        position = end
    return _text(made)


def unquote_json(raw: str) -> str:
    """The text of a string of the JSON form; ValueError for a bad escape."""
    inner = raw[1:-1]
    if "\\" not in inner:
        return inner
    made = bytearray()
    position = 0
    for escape in ESCAPE.finditer(inner):
        made += inner[position : escape.start()].encode()
        made += _unescaped_strictly(escape[0][1:])
        position = escape.end()
    made += inner[position:].encode()
    return _text(made)


def _interpolation_end(inner: str, position: int) -> int:
    """The end of ``${…}``, which the scanner has seen to be closed."""
    depth, end = 1, position
    for brace in _BRACE.finditer(inner, position):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            end = brace.end()
            break
    if _REPLACEMENT in inner[position:end]:
        raise ValueError("the replacement character U+FFFD inside ${…}")
    return end


def _unescaped(escape: str) -> bytes:
    """The bytes of an escape, without its backslash."""
    if escape in _NAMED:
        return _NAMED[escape]
    if escape[0] not in "xuU":
        value = int(escape, 8)
        if value > 0xFF:
            raise ValueError(f"the octal escape \\{escape} is above \\377")
        return bytes((value,))
    value = int(escape[1:], 16)
    if escape[0] == "x":
        return bytes((value,))
    if value > 0x7FFF_FFFF:  # the library's 32 bit number is negative now: it takes the last byte
        return bytes((value & 0xFF,))
    if value > _LAST_CHARACTER:
        raise ValueError(f"the escape \\{escape} is no character")
    return (_REPLACEMENT if _is_half(value) else chr(value)).encode()


def _unescaped_strictly(escape: str) -> bytes:
    """Likewise for the JSON form, which also refuses half a surrogate pair."""
    if escape[0] in "uU":
        value = int(escape[1:], 16)
        if value > _LAST_CHARACTER or _is_half(value):
            raise ValueError(f"the escape \\{escape} is no character")
    return _unescaped(escape)


def _is_half(value: int) -> bool:
    return 0xD800 <= value <= 0xDFFF


def unindent(raw: str) -> str:
    """The text of a heredoc, from ``<<`` to the end of the closing line.

    With ``<<-`` the closing line's indentation is taken off every line, if all lines have it.
    What is cut off at the end has the length of the opening line, in bytes.
    """
    heredoc = raw.encode()
    opening = heredoc.index(b"\n")
    start, end = opening + 1, len(heredoc) - opening + 1
    if heredoc[2:3] != b"-":
        return _text(heredoc[start:end])
    lines = heredoc[start : end + 1].split(b"\n")
    indentation = lines[-1]
    if not all(line.startswith(indentation) for line in lines):
        return _text(heredoc[start:end].rstrip(b" \t"))
    return _text(b"".join(line.removeprefix(indentation) + b"\n" for line in lines[:-1]))


def _text(made: bytes | bytearray) -> str:
    return made.decode("utf-8", "surrogateescape")
