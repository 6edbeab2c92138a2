"""Callbacks over real HTTP, to the shipped example of each framework in a server of its own."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest

from tests.contracts.callback.conftest import CURRENT, PREVIOUS
from tests.support.callback_server import (
    HEADER,
    PATH,
    RECEIVED,
    TASK,
    Receiver,
    head,
    read_reply,
)

LOOK_ALIKE = "scale_callback_auth"
# The others, wsgiref's, hand over one variable for both spellings, and nothing beside it.
TELLING_APART = ["fastapi", "starlette", "django asgi", "flask", "aiohttp"]
# werkzeug's server is not among these: there a header with an underscore never arrives.
NOTICING = ["fastapi", "starlette", "django asgi", "django wsgi", "flask wsgiref", "aiohttp"]
# werkzeug and aiohttp answer 100 by themselves.
LEAVING_IT_TO_THE_APPLICATION = ["fastapi", "starlette", "django asgi", "django wsgi"]

REFUSED: dict[str, list[tuple[str, str | bytes]]] = {
    "missing": [],
    "empty": [(HEADER, "")],
    "white space": [(HEADER, " \t ")],
    "wrong": [(HEADER, PREVIOUS[:-1] + "0")],
    "a prefix": [(HEADER, CURRENT[:-1])],
    "another case": [(HEADER, CURRENT.upper())],
    "the same twice": [(HEADER, CURRENT), (HEADER, CURRENT)],
    "wrong, then right": [(HEADER, "wrong"), (HEADER, CURRENT)],
    "right, then wrong": [(HEADER, CURRENT), (HEADER, "wrong")],
    "right, then empty": [(HEADER, CURRENT), (HEADER, "")],
    "joined": [(HEADER, f"{CURRENT},{PREVIOUS}")],
    "not ASCII": [(HEADER, CURRENT + "é")],
    "latin-1": [(HEADER, CURRENT.encode() + b"\xe9")],
    "very long": [(HEADER, CURRENT * 150)],
    "as Basic": [("Authorization", f"Basic {CURRENT}")],
}


@pytest.mark.parametrize("key", [CURRENT, PREVIOUS], ids=["current", "previous"])
def test_a_callback_of_scale_s_arrives(receiver: Receiver, key: str) -> None:
    reply = receiver.post([("Scale-Callback-Auth", key)])
    assert (reply.status, reply.received) == (200, RECEIVED)


@pytest.mark.parametrize("case", REFUSED)
def test_anything_else_is_refused(receiver: Receiver, case: str) -> None:
    reply = receiver.post(REFUSED[case])
    assert (reply.status, reply.body) == (401, b"Unauthorized\n")
    assert reply.headers["www-authenticate"] == "ScaleCallbackAuth"


def test_a_look_alike_opens_nothing_without_the_key(receiver: Receiver) -> None:
    assert receiver.post([(LOOK_ALIKE, "wrong")]).status == 401
    assert receiver.post([(HEADER, "wrong"), (LOOK_ALIKE, CURRENT)]).status == 401
    assert receiver.post([(LOOK_ALIKE, CURRENT), (HEADER, "wrong")]).status == 401


@pytest.mark.parametrize("receiver", TELLING_APART, indirect=True)
def test_a_look_alike_is_refused_where_it_can_be_told_apart(receiver: Receiver) -> None:
    assert receiver.post([(LOOK_ALIKE, CURRENT)]).status == 401


@pytest.mark.parametrize("receiver", NOTICING, indirect=True)
def test_a_look_alike_beside_the_header_is_refused_where_it_arrives(receiver: Receiver) -> None:
    assert receiver.post([(HEADER, CURRENT), (LOOK_ALIKE, CURRENT)]).status == 401


def test_a_refusal_comes_before_the_body_is_sent(receiver: Receiver) -> None:
    with receiver.connect() as connection:
        connection.sendall(head([(HEADER, "wrong")], length=10_000_000))
        assert read_reply(connection).status == 401


@pytest.mark.parametrize("receiver", LEAVING_IT_TO_THE_APPLICATION, indirect=True)
def test_a_client_that_asks_first_is_not_told_to_send_its_body(receiver: Receiver) -> None:
    with receiver.connect() as connection:
        sent = [(HEADER, "wrong"), ("Expect", "100-continue")]
        connection.sendall(head(sent, length=10_000_000))
        assert connection.recv(12)[8:] == b" 401"


def test_of_a_genuine_callback_the_body_is_waited_for(receiver: Receiver) -> None:
    """What the test above would show of a receiver that answers without looking at the key."""
    with receiver.connect() as connection:
        connection.sendall(head([(HEADER, CURRENT)], length=len(TASK)))
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(30)
        connection.sendall(TASK)
        assert read_reply(connection).received == RECEIVED


def test_a_client_that_sends_10_mb_all_the_same_reads_the_refusal(receiver: Receiver) -> None:
    with receiver.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
        with suppress(ConnectionResetError, BrokenPipeError):  # the server may close meanwhile
            connection.sendall(head([(HEADER, "wrong")], length=10_000_000) + b"x" * 10_000_000)
        assert read_reply(connection).status == 401
    assert receiver.post([(HEADER, CURRENT)]).status == 200


def test_what_lies_beside_the_guarded_path_is_open(receiver: Receiver) -> None:
    assert receiver.post([], path="/health", method="GET", body=b"").status == 200


@pytest.mark.parametrize(
    "path",
    [f"{PATH}/", f"/{PATH}", "/Scale/Callbacks", "/scale/./callbacks", "/x/..//scale/callbacks",
     "/scale/%63allbacks", "/scale%2Fcallbacks", f"{PATH}?x=/health", f"{PATH}/../../health"],
)  # fmt: skip
def test_no_other_spelling_of_the_path_leads_around_the_guard(
    receiver: Receiver, path: str
) -> None:
    assert receiver.post([], path=path).status == 401


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS", "HEAD"])
def test_no_other_method_leads_around_the_guard(receiver: Receiver, method: str) -> None:
    assert receiver.post([], method=method, body=b"").status == 401


def test_the_log_tells_the_rule_and_neither_key(receiver: Receiver) -> None:
    sent = "live_auth_" + "00ff" * 8
    assert receiver.post([(HEADER, sent)]).status == 401
    assert receiver.post([(HEADER, CURRENT)]).status == 200
    log = receiver.log
    assert b"callback refused: the header scale-callback-auth is none of the accepted keys" in log
    for key in (sent, CURRENT, PREVIOUS):
        assert key.encode() not in log
    assert b"Traceback" not in log
