"""HTTP/1.1 as bytes: read as Python's own client reads it, and complete or refused."""

from __future__ import annotations

import contextlib
import http.client
import io
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_secrets.net import http1
from scale_secrets.net.http1 import CutError, MalformedError, head, read_answer
from scale_secrets.net.messages import Answer

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def source(data: bytes, sizes: Iterator[int] | None = None) -> Callable[[int], bytes]:
    """What gives ``data`` in parts of these sizes, and then nothing more."""
    stream = io.BytesIO(data)

    def receive(most: int) -> bytes:
        return stream.read(min(most, next(sizes, most) if sizes else most))

    return receive


def read(data: bytes, method: str = "GET") -> Answer:
    return read_answer(source(data), method)[0]


def stays(data: bytes, method: str = "GET") -> bool:
    return read_answer(source(data), method)[1]


class _Socket(io.BytesIO):
    def makefile(self, *_: object) -> io.BytesIO:
        return self


def read_by_python(data: bytes, method: str) -> Answer:
    response = http.client.HTTPResponse(_Socket(data), method=method)  # type: ignore[arg-type]
    response.begin()
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        known = headers.get(name.lower())
        headers[name.lower()] = value if known is None else f"{known}, {value}"
    return Answer(response.status, headers, response.read())


NAMES = st.sampled_from(("Content-Type", "X-Some", "x-some", "Date", "Set-Cookie", "ETag"))
VALUES = st.text(alphabet=st.sampled_from('azAZ09 ,;=:\t"é'), max_size=12).map(str.strip)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=5)
BODIES = st.binary(max_size=300)


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes, str]:
    """A good answer and the method that it answers."""
    status = draw(st.sampled_from((200, 201, 204, 304, 404, 503)))
    method = draw(st.sampled_from(("GET", "POST", "HEAD")))
    fields = "".join(f"{name}: {value}\r\n" for name, value in draw(FIELDS))
    body = draw(BODIES)
    interim = draw(st.sampled_from((b"", b"HTTP/1.1 100 Continue\r\n\r\n")))
    if status in (204, 304) or method == "HEAD":
        framed = f"Content-Length: {len(body)}\r\n\r\n".encode() if status == 304 else b"\r\n"
    elif draw(st.booleans()):
        framed = f"content-length:{len(body)}\r\n\r\n".encode() + body
    else:
        framed = b"Transfer-Encoding: Chunked\r\n\r\n" + draw(chunked(body))
    reason = draw(st.sampled_from((" OK", " ", "", " Not as expected")))
    return interim + f"HTTP/1.1 {status}{reason}\r\n{fields}".encode("latin-1") + framed, method


@st.composite
def chunked(draw: st.DrawFn, body: bytes) -> bytes:
    parts = []
    while body:
        size = draw(st.integers(1, len(body)))
        parts.append(body[:size])
        body = body[size:]
    extension = draw(st.sampled_from((b"", b";a=b", b" ;a")))
    trailer = draw(st.sampled_from((b"", b"X-Trailer: a\r\n")))
    chunks = (f"{len(part):x}".encode() + extension + b"\r\n" + part + b"\r\n" for part in parts)
    return b"".join(chunks) + b"0\r\n" + trailer + b"\r\n"


@settings(max_examples=300, deadline=None)
@given(answers())
def test_a_good_answer_is_read_as_pythons_own_client_reads_it(answer: tuple[bytes, str]) -> None:
    data, method = answer
    assert read(data, method) == read_by_python(data, method)


@settings(max_examples=100, deadline=None)
@given(answers(), st.lists(st.integers(1, 40), min_size=1))
def test_the_parts_in_which_an_answer_comes_make_no_difference(
    answer: tuple[bytes, str], sizes: list[int]
) -> None:
    data, method = answer
    assert read_answer(source(data, iter(sizes)), method) == read_answer(source(data), method)


@settings(max_examples=100, deadline=None)
@given(answers(), st.data())
def test_a_cut_answer_is_never_taken_for_a_whole_one(
    answer: tuple[bytes, str], data: st.DataObject
) -> None:
    whole, method = answer
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises((CutError, MalformedError)):
        read(whole[:cut], method)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60).map(lambda noise: HEAD[:12] + noise))
def test_noise_is_an_answer_or_one_of_two_errors(data: bytes) -> None:
    with contextlib.suppress(CutError, MalformedError):
        read(data)


MALFORMED = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "another HTTP": b"HTTP/2 200 OK\r\n\r\n",
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a status below 100": b"HTTP/1.1 099 OK\r\n\r\n",
    "a field without colon": HEAD + b"X\r\nContent-Length: 0\r\n\r\n",
    "a field without name": HEAD + b": a\r\nContent-Length: 0\r\n\r\n",
    "a space before the colon": HEAD + b"Content-Length : 0\r\n\r\n",
    "a fold before any field": HEAD + b" a\r\nContent-Length: 0\r\n\r\n",
    "no length": HEAD + b"\r\nabc",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "a signed length": HEAD + b"Content-Length: +1\r\n\r\na",
    "digits of another script": HEAD + "Content-Length: \u00b2\r\n\r\naa".encode("latin-1"),
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "two lengths in one field": HEAD + b"Content-Length: 1, 2\r\n\r\nab",
    "length and chunks": HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "another coding": HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
    "two codings": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a body longer than any": HEAD + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
    "a chunk longer than any": CHUNKED + b"fffffffffff\r\n",
    "a chunk's size without digits": CHUNKED + b"\r\n",
    "a chunk's size with a sign": CHUNKED + b"-1\r\n",
    "a chunk's size of Python's": CHUNKED + b"1_0\r\n",
    "a chunk longer than it says": CHUNKED + b"1\r\nabc\r\n0\r\n\r\n",
    "a line without end": HEAD + b"X: " + b"a" * 200_000,
    "a head without end": HEAD + b"X: a\r\n" * 100_000,
    "interim answers without end": b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000,
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_refused(name: str) -> None:
    with pytest.raises(MalformedError):
        read(MALFORMED[name])


def test_a_refusal_may_leave_open_where_it_ends() -> None:
    data = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
    assert read(data).body.startswith(b"Client sent")
    assert not stays(data)


def test_an_open_refusal_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http1, "MAX_BODY", 10)
    with pytest.raises(MalformedError):
        read(b"HTTP/1.0 400 Bad Request\r\n\r\n" + b"a" * 100_000)


def test_one_length_may_be_said_twice() -> None:
    assert read(HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab").body == b"ab"


def test_a_folded_field_is_one_value() -> None:
    answer = read(HEAD + b"X-Some: a,\r\n  b\r\nContent-Length: 0\r\n\r\n")
    assert answer.headers["x-some"] == "a, b"


EMPTY = b"Content-Length: 0\r\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (HEAD + EMPTY + b"\r\n", True),
        (HEAD + EMPTY + b"Connection: close\r\n\r\n", False),
        (HEAD + EMPTY + b"Connection: Upgrade, Close\r\n\r\n", False),
        (HEAD + EMPTY + b"\r\nHTTP/1.1 200 unasked", False),
        (b"HTTP/1.0 200 OK\r\n" + EMPTY + b"\r\n", False),
        (b"HTTP/1.0 200 OK\r\n" + EMPTY + b"Connection: Keep-Alive\r\n\r\n", True),
    ],
)  # fmt: skip
def test_a_connection_stays_where_both_may_go_on(data: bytes, *, expected: bool) -> None:
    assert stays(data) is expected


def test_a_head_is_lines() -> None:
    fields = [("Host", "a:1"), ("X-Some", "é")]
    expected = "LIST /v1/a?b=c HTTP/1.1\r\nHost: a:1\r\nX-Some: é\r\n\r\n"
    assert head("LIST", "/v1/a?b=c", fields) == expected.encode("latin-1")


@pytest.mark.parametrize(
    ("method", "resource", "name", "value"),
    [
        ("GET\r\n", "/", "X", "a"),
        ("GE T", "/", "X", "a"),
        ("GET", "/ HTTP/1.1\r\nX: y", "X", "a"),
        ("GET", "/ä", "X", "a"),
        ("GET", "", "X", "a"),
        ("GET", "/", "X:", "a"),
        ("GET", "/", "", "a"),
        ("GET", "/", "X", "a\r\nY: b"),
        ("GET", "/", "X", "a\n"),
        ("GET", "/", "X", "a\0"),
        ("GET", "/", "X", "\u2028"),
    ],
)
def test_what_could_break_a_line_is_refused_and_not_repeated(
    method: str, resource: str, name: str, value: str
) -> None:
    with pytest.raises(ValueError, match=r"^a character that HTTP cannot carry$"):
        head(method, resource, [(name, value)])
