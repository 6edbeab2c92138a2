"""The header, found in whatever a server, a framework or a client library makes of a request."""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from django.http.request import HttpHeaders
from multidict import CIMultiDict
from requests.structures import CaseInsensitiveDict
from starlette.datastructures import Headers
from werkzeug.datastructures import EnvironHeaders
from werkzeug.datastructures import Headers as WerkzeugHeaders

from scale_secrets.callback.headers import Received, received
from scale_secrets.errors import UsageError

ENVIRON = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "2", "HTTP_HOST": "example.com"}
Pairs = list[tuple[str, str]]


def _environ(pairs: Pairs) -> dict[str, str]:
    """As wsgiref makes it."""
    environ = dict(ENVIRON)
    for name, value in pairs:
        variable = f"HTTP_{name.upper().replace('-', '_')}"
        environ[variable] = f"{environ[variable]},{value}" if variable in environ else value
    return environ


def _message(pairs: Pairs) -> Message:
    message = Message()
    for name, value in pairs:
        message[name] = value
    return message


def _aiohttp(pairs: Pairs) -> web.Request:
    return make_mocked_request("POST", "/", headers=CIMultiDict(pairs))


APART: dict[str, Callable[[Pairs], Any]] = {
    "pairs": list,
    "an iterator": iter,
    "bytes": lambda pairs: [(name.encode(), value.encode()) for name, value in pairs],
    "starlette": lambda pairs: Headers(
        raw=[(name.lower().encode(), value.encode()) for name, value in pairs]
    ),
    "httpx": httpx.Headers,
    "werkzeug": WerkzeugHeaders,
    "http.client": _message,
    "aiohttp": lambda pairs: _aiohttp(pairs).headers,
    "aiohttp, raw": lambda pairs: [
        (name.encode(), value.encode()) for name, value in _aiohttp(pairs).headers.items()
    ],
}  # fmt: skip
JOINED: dict[str, Callable[[Pairs], Any]] = {
    "WSGI": _environ,
    "flask": lambda pairs: EnvironHeaders(_environ(pairs)),
    "django": lambda pairs: HttpHeaders(_environ(pairs)),
}
SINGLE: dict[str, Callable[[Pairs], Any]] = {
    "a dict": dict,
    "requests": CaseInsensitiveDict,
}
EVERY = {**APART, **JOINED, **SINGLE}
APART_OR_SINGLE = {**APART, **SINGLE}


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("name", ["scale-callback-auth", "Scale-Callback-Auth"])
def test_the_header_is_found_whatever_its_case(kind: str, name: str) -> None:
    assert received(EVERY[kind]([("Host", "example.com"), (name, "key")])) == Received((b"key",))


@pytest.mark.parametrize("kind", EVERY)
def test_its_absence_is_found(kind: str) -> None:
    pairs = [("X-Scale-Callback-Auth", "a"), ("Content-Disposition", "b"), ("scale", "c")]
    assert received(EVERY[kind](pairs)) == Received(())


@pytest.mark.parametrize("kind", EVERY)
def test_an_empty_one_is_one(kind: str) -> None:
    assert received(EVERY[kind]([("scale-callback-auth", "")])) == Received((b"",))


@pytest.mark.parametrize("kind", APART)
def test_repeated_ones_are_kept_apart(kind: str) -> None:
    pairs = [("scale-callback-auth", "a"), ("Host", "h"), ("scale-callback-auth", "b")]
    assert received(APART[kind](pairs)) == Received((b"a", b"b"))


@pytest.mark.parametrize("kind", JOINED)
def test_repeated_ones_that_were_joined_are_one_that_is_no_key(kind: str) -> None:
    pairs = [("scale-callback-auth", "a"), ("scale-callback-auth", "b")]
    assert received(JOINED[kind](pairs)) == Received((b"a,b",))


@pytest.mark.parametrize("kind", APART_OR_SINGLE)
@pytest.mark.parametrize("name", ["scale_callback_auth", "Scale-Callback_Auth"])
def test_a_look_alike_is_noticed(kind: str, name: str) -> None:
    pairs = [("scale-callback-auth", "a"), (name, "b")]
    assert received(EVERY[kind](pairs)) == Received((b"a",), look_alike=True)


def test_values_may_be_lists_of_values() -> None:
    """As gateways hand over "multi-value headers"."""
    assert received({"Scale-Callback-Auth": ["a", "b"]}) == Received((b"a", b"b"))
    assert received({"Scale-Callback-Auth": ("a",), "Host": ["h"]}) == Received((b"a",))


@pytest.mark.parametrize("value", ["key \t", " key", b"\tkey "], ids=["after", "before", "bytes"])
def test_white_space_around_a_value_is_none_of_it(value: str | bytes) -> None:
    assert received([("scale-callback-auth", value)]) == Received((b"key",))
    assert received({**ENVIRON, "HTTP_SCALE_CALLBACK_AUTH": value}) == Received((b"key",))


def test_a_header_named_like_the_variable_is_not_it() -> None:
    assert received([("HTTP_SCALE_CALLBACK_AUTH", "key")]) == Received(())
    pairs = [(b"request_method", b"POST"), (b"http_scale_callback_auth", b"key")]
    assert received(Headers(raw=pairs)) == Received(())


@pytest.mark.parametrize(
    "headers",
    [None, 1, "scale-callback-auth", [1], [("a",)], [("a", "b", "c")],
     [("scale-callback-auth", 1)], [(None, "a")], {"scale-callback-auth": [None]}],
    ids=repr,
)  # fmt: skip
def test_what_are_no_headers_is_an_error(headers: Any) -> None:
    with pytest.raises(UsageError, match="these are no headers"):
        received(headers)


def test_what_was_received_does_not_show_itself() -> None:
    """Programs that report their errors collect local variables by their repr."""
    assert "key" not in repr(received([("scale-callback-auth", "key")]))
