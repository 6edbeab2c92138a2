"""HTTP/1.1 as bytes (RFC 9112): a request's head written, an answer read. No socket, no clock.

Python's own client costs 28 ms of imports, mostly for mail, and passes over what must be noticed
here: a body that is short, lengths that contradict each other. An answer is complete, or an error;
one that leaves open where it ends is read as far as the server speaks only where it is a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from scale_secrets.net.messages import Answer

MAX_BODY = 32 * 1024 * 1024  # bytes; far above what any store holds in one secret
MAX_HEAD = 256 * 1024  # bytes of all lines together, those of chunks and trailers included
_MAX_LINE = 64 * 1024
_CHUNK = 64 * 1024

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_RESOURCE = re.compile(r"[!-~]+\Z")
_FIELD_VALUE = re.compile(r"[\t -~\x80-\xff]*\Z")
_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: |\Z)")
_CHUNK_SIZE = re.compile(r"([0-9A-Fa-f]{1,16})[ \t]*(?:;|\Z)")


class CutError(Exception):
    """The peer closed the connection before the answer was complete."""


class MalformedError(Exception):
    """The answer is not what it must be; the text says how, and holds nothing of it."""


def head(method: str, resource: str, fields: Iterable[tuple[str, str]]) -> bytes:
    """The request line and the fields.

    Raises ``ValueError`` for what could break a line or cannot be encoded.
    """
    lines = [f"{_checked(_TOKEN, method)} {_checked(_RESOURCE, resource)} HTTP/1.1"]
    lines += [f"{_checked(_TOKEN, name)}: {_checked(_FIELD_VALUE, text)}" for name, text in fields]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _checked(form: re.Pattern[str], text: str) -> str:
    if not form.match(text):
        raise ValueError("a character that HTTP cannot carry")
    return text


def read_answer(receive: Callable[[int], bytes], method: str) -> tuple[Answer, bool]:
    """The answer to a request of this method, past interim ones (status 1xx).

    With it, whether the connection stands exactly behind it and stays open. ``receive(n)`` gives
    1 to n bytes, or none at the end. Raises ``CutError`` and ``MalformedError``.
    """
    source = _Source(receive)
    while True:
        minor, status = _status(source.line())
        headers = _fields(source)
        if status >= 200:
            break
        if status == 101:
            raise MalformedError("changes the protocol unasked")
    bodiless = method == "HEAD" or status in (204, 304)
    body = b"" if bodiless else _body(source, status, headers)
    if body is None:
        return Answer(status, headers, source.rest()), False
    options = headers.get("connection", "").lower().replace(",", " ").split()
    stays = "close" not in options if minor else "keep-alive" in options
    return Answer(status, headers, body), stays and source.empty


class _Source:
    """Bytes that came and were not asked for yet."""

    def __init__(self, receive: Callable[[int], bytes]) -> None:
        self._receive = receive
        self._held = bytearray()
        self._lines = 0

    @property
    def empty(self) -> bool:
        return not self._held

    def line(self) -> str:
        """The next line without its end."""
        while (end := self._held.find(b"\n")) < 0:
            if len(self._held) > _MAX_LINE:
                raise MalformedError("has a line without end")
            self._more()
        self._lines += end
        if self._lines > MAX_HEAD:
            raise MalformedError(f"has a head longer than {MAX_HEAD} bytes")
        line = bytes(self._held[:end])
        del self._held[: end + 1]
        return line.removesuffix(b"\r").decode("latin-1")

    def exactly(self, count: int) -> bytes:
        while len(self._held) < count:
            self._more()
        data = bytes(self._held[:count])
        del self._held[:count]
        return data

    def rest(self) -> bytes:
        """All until the peer closes."""
        while len(self._held) <= MAX_BODY:
            part = self._receive(_CHUNK)
            if not part:
                return bytes(self._held)
            self._held += part
        raise _too_long()

    def _more(self) -> None:
        part = self._receive(_CHUNK)
        if not part:
            raise CutError
        self._held += part


def _status(line: str) -> tuple[int, int]:
    """HTTP's minor version and the status."""
    match = _STATUS_LINE.match(line)
    if match is None:
        raise MalformedError("is not HTTP as its standard says")
    return int(match[1]), int(match[2])


def _fields(source: _Source) -> dict[str, str]:
    """By lower-case names; the values of a repeated one joined, as the standard allows."""
    fields: dict[str, str] = {}
    last = ""
    while line := source.line():
        if line[0] in " \t" and last:  # folded: long obsolete, and still to be understood
            fields[last] = f"{fields[last]} {line.strip()}"
            continue
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.match(name):
            raise MalformedError("is not HTTP as its standard says")
        last = name.lower()
        value = value.strip(" \t")
        fields[last] = f"{fields[last]}, {value}" if last in fields else value
    return fields


def _body(source: _Source, status: int, headers: Mapping[str, str]) -> bytes | None:
    """None: the answer leaves open where it ends, as a refusal may.

    Go's refusal of plain HTTP on a TLS port ends with the connection. Of any other answer a cut one
    would look complete.
    """
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is None and length is None and status >= 400:
        return None
    if coding is not None and length is None and coding.lower() == "chunked":
        return _chunks(source)
    # One length may be said several times; two codings, or both kinds, contradict each other.
    lengths = {one.strip(" \t") for one in length.split(",")} if length is not None else set()
    said = lengths.pop() if len(lengths) == 1 and coding is None else ""
    if not re.fullmatch("[0-9]+", said):
        raise MalformedError("does not say how long it is")
    return source.exactly(_bounded(said.lstrip("0") or "0"))


def _bounded(digits: str) -> int:
    if len(digits) > 18 or int(digits) > MAX_BODY:
        raise _too_long()
    return int(digits)


def _chunks(source: _Source) -> bytes:
    body = bytearray()
    while True:
        match = _CHUNK_SIZE.match(source.line())
        if match is None:
            raise MalformedError("is not HTTP as its standard says")
        size = int(match[1], 16)
        if size == 0:
            break
        if len(body) + size > MAX_BODY:
            raise _too_long()
        body += source.exactly(size)
        if source.line():
            raise MalformedError("is not HTTP as its standard says")
    _fields(source)  # of the trailer nothing is needed but its end
    return bytes(body)


def _too_long() -> MalformedError:
    return MalformedError(f"is longer than {MAX_BODY} bytes")
