"""The ASGI middleware: nothing is received of a refused request, all of a genuine one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from scale_secrets.callback.asgi import CallbackMiddleware, Message, Receive, Scope, Send
from scale_secrets.callback.verifier import CallbackVerifier
from scale_secrets.errors import UnreachableError
from scale_secrets.values import SecretValue

KEY = b"live_auth_" + b"0123456789abcdef" * 2
GENUINE = [(b"host", b"example.com"), (b"scale-callback-auth", KEY)]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    message = await receive() if scope["type"] == "http" else {}
    await send({"type": "reached", "body": message.get("body")})


async def untouchable() -> Message:
    raise AssertionError("the request was received")


async def body() -> Message:
    return {"type": "http.request", "body": b"{}", "more_body": False}


def call(
    middleware: CallbackMiddleware, receive: Receive, headers: Sequence[Any] = (), **scope: Any
) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    whole = {"type": "http", "method": "POST", "path": "/cb", "headers": headers, **scope}
    asyncio.run(middleware(whole, receive, send))
    return sent


def guarded(*paths: str) -> CallbackMiddleware:
    verifier = CallbackVerifier([SecretValue(KEY)])
    return CallbackMiddleware(application, verifier=verifier, paths=paths)


def test_a_genuine_callback_reaches_the_application_with_its_body() -> None:
    assert call(guarded(), body, GENUINE) == [{"type": "reached", "body": b"{}"}]


@pytest.mark.parametrize(
    "headers",
    [[], [(b"scale-callback-auth", b"wrong")], [*GENUINE, (b"scale_callback_auth", KEY)]],
    ids=["missing", "wrong", "look-alike"],
)
def test_of_a_refused_one_nothing_is_received(headers: list[tuple[bytes, bytes]]) -> None:
    start, end = call(guarded(), untouchable, headers)
    assert (start["type"], start["status"]) == ("http.response.start", 401)
    assert dict(start["headers"])[b"content-length"] == str(len(end["body"])).encode()
    assert all(name == name.lower() for name, _ in start["headers"])
    assert end["type"] == "http.response.body"
    assert not end.get("more_body")


@pytest.mark.parametrize(
    ("version", "closes"), [("1.0", True), ("1.1", True), ("2", False), ("3", False)]
)
def test_the_connection_is_closed_where_the_body_would_be_waited_for(
    version: str, closes: bool
) -> None:
    """HTTP/2 forbids the header, and needs it not: a refused stream ends by itself."""
    start, _ = call(guarded(), untouchable, [], http_version=version)
    assert ((b"connection", b"close") in start["headers"]) == closes


def test_a_web_socket_is_no_way_around() -> None:
    refused = call(guarded(), untouchable, [], type="websocket")
    assert refused == [{"type": "websocket.close", "code": 1008}]
    assert call(guarded(), untouchable, GENUINE, type="websocket")[0]["type"] == "reached"


def test_the_server_s_own_events_pass() -> None:
    middleware = guarded()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(middleware({"type": "lifespan"}, untouchable, send))
    assert sent == [{"type": "reached", "body": None}]


@pytest.mark.parametrize(
    ("root", "path", "guarded_one"),
    [
        ("", "/cb", True),
        ("/api", "/api/cb", True),  # as the specification says
        ("/api", "/cb", True),  # as some servers have it
        ("/cb", "/cb/below", True),
        ("", "/health", False),
        ("/api", "/api/health", False),
    ],
)
def test_the_path_counts_with_and_without_the_application_s_root(
    root: str, path: str, guarded_one: bool
) -> None:
    receive = untouchable if guarded_one else body
    first = call(guarded("/cb"), receive, [], root_path=root, path=path)[0]
    assert (first["type"] == "http.response.start") == guarded_one


def test_without_keys_scale_is_asked_to_come_again() -> None:
    def keys() -> Sequence[SecretValue]:
        raise UnreachableError("the store does not answer")

    start, _ = call(CallbackMiddleware(application, CallbackVerifier(keys)), untouchable, GENUINE)
    assert start["status"] == 503
    assert (b"retry-after", b"60") in start["headers"]
