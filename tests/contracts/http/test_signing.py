"""One key, one identical header from every client; and after a 401, at most one repetition."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests

from scale_secrets.errors import KeyFormatError, UnreachableError
from scale_secrets.http.auth import ScaleAuth
from scale_secrets.http.source import FixedKey, KeySource
from scale_secrets.values import SecretValue
from tests.contracts.http.callers import CALLERS, Rotating, auth_for
from tests.support.project import LIVE_BASIC, LIVE_KEY
from tests.support.scale_server import ScaleServer, redirect

every_client = pytest.mark.parametrize("client", CALLERS)
OLD_KEY = "live_" + "00112233" * 4
OLD_BASIC = requests.auth._basic_auth_str(OLD_KEY, "")


@pytest.fixture
def scale() -> Iterator[ScaleServer]:
    with ScaleServer([LIVE_KEY]) as server:
        yield server


def fixed(scale: ScaleServer) -> ScaleAuth:
    return auth_for(scale.base_url, FixedKey(SecretValue(LIVE_KEY)))


@every_client
def test_the_header_is_the_same_from_every_client(client: str, scale: ScaleServer) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        CALLERS[client](fixed(scale), method, f"{scale.base_url}/projects", None)
    assert scale.authorizations == [LIVE_BASIC] * 5


def test_a_clients_own_authorization_header_does_not_stay_beside_it(scale: ScaleServer) -> None:
    own = {"authorization": "Basic c29tZWJvZHk6"}
    url = f"{scale.base_url}/projects"
    requests.get(url, auth=fixed(scale), headers=own, timeout=10)
    with httpx.Client(auth=fixed(scale), headers=own) as client:
        client.get(url)
        client.get(url, headers={"AUTHORIZATION": "x"})
    assert scale.authorizations == [LIVE_BASIC] * 3


@every_client
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_a_key_that_was_rotated_is_replaced_once(
    client: str, method: str, scale: ScaleServer
) -> None:
    source = Rotating(OLD_KEY, LIVE_KEY)
    body = b"the body" if method == "PUT" else None
    got = CALLERS[client](
        auth_for(scale.base_url, source), method, f"{scale.base_url}/projects", body
    )
    assert got.status != 401
    assert source.refused == [OLD_KEY]
    assert scale.authorizations == [OLD_BASIC, LIVE_BASIC]
    assert [asked.body for asked in scale.requests] == [body or b""] * 2


@every_client
def test_what_could_create_a_task_is_not_repeated_but_the_next_has_the_new_key(
    client: str, scale: ScaleServer
) -> None:
    source = Rotating(OLD_KEY, LIVE_KEY)
    auth, url = auth_for(scale.base_url, source), f"{scale.base_url}/task/annotation"
    assert CALLERS[client](auth, "POST", url, b"{}").status == 401
    assert CALLERS[client](auth, "POST", url, b"{}").status == 200
    assert source.refused == [OLD_KEY]
    assert scale.authorizations == [OLD_BASIC, LIVE_BASIC]


@every_client
def test_a_body_that_was_read_away_is_not_sent_again(client: str, scale: ScaleServer) -> None:
    source = Rotating(OLD_KEY, LIVE_KEY)
    url = f"{scale.base_url}/projects"
    got = CALLERS[client](auth_for(scale.base_url, source), "PUT", url, iter([b"one", b"two"]))
    assert got.status == 401
    assert scale.authorizations == [OLD_BASIC]


@every_client
def test_a_second_refusal_is_the_answer(client: str, scale: ScaleServer) -> None:
    source = Rotating(OLD_KEY, "live_" + "44556677" * 4, LIVE_KEY)
    auth = auth_for(scale.base_url, source)
    got = CALLERS[client](auth, "GET", f"{scale.base_url}/projects", None)
    assert got.status == 401
    assert source.refused == [OLD_KEY]
    assert len(scale.requests) == 2


@every_client
def test_without_another_key_the_refusal_is_the_answer(client: str, scale: ScaleServer) -> None:
    for source in (FixedKey(SecretValue(OLD_KEY)), Rotating(OLD_KEY)):
        auth = auth_for(scale.base_url, source)
        got = CALLERS[client](auth, "GET", f"{scale.base_url}/projects", None)
        assert (got.status, got.history) == (401, [])
    assert scale.authorizations == [OLD_BASIC] * 2


@every_client
def test_a_refusal_after_a_redirect_is_not_the_keys(client: str, scale: ScaleServer) -> None:
    """Nor may a foreign server make a program ask its store again, or send the key to it."""
    source = Rotating(LIVE_KEY, OLD_KEY)
    with ScaleServer(host="127.0.0.2") as foreign:
        scale.script = redirect(f"{foreign.base_url}/projects")
        auth = auth_for(scale.base_url, source)
        assert CALLERS[client](auth, "GET", f"{scale.base_url}/x", None).status == 401
    assert source.refused == []
    assert foreign.authorizations == [None]


@every_client
def test_a_redirect_after_a_refusal_is_followed_without_any_key(
    client: str, scale: ScaleServer
) -> None:
    source = Rotating(OLD_KEY, LIVE_KEY)
    away = redirect(f"{scale.base_url}/projects")
    scale.script = lambda asked: (
        away(asked) if asked.authorization == LIVE_BASIC and asked.target == "/v1/x" else None
    )
    auth = auth_for(scale.base_url, source)
    assert CALLERS[client](auth, "GET", f"{scale.base_url}/x", None).status == 401
    assert scale.authorizations == [OLD_BASIC, LIVE_BASIC, None]
    assert source.refused == [OLD_KEY]


class Failing(KeySource):
    def current(self) -> SecretValue:
        raise UnreachableError("store main: away")

    def renewed(self, refused: SecretValue) -> SecretValue | None:
        raise AssertionError("nothing was refused")


@every_client
def test_what_the_source_raises_comes_out_as_it_is(client: str, scale: ScaleServer) -> None:
    with pytest.raises(UnreachableError, match="store main: away"):
        CALLERS[client](
            auth_for(scale.base_url, Failing()), "GET", f"{scale.base_url}/projects", None
        )
    assert scale.requests == []


@every_client
def test_a_key_that_clients_would_encode_differently_is_not_sent(
    client: str, scale: ScaleServer
) -> None:
    auth = auth_for(scale.base_url, FixedKey(SecretValue("live_é")))
    with pytest.raises(KeyFormatError):
        CALLERS[client](auth, "GET", f"{scale.base_url}/projects", None)
    assert scale.requests == []


def test_a_streamed_answer_is_repeated_as_a_stream(scale: ScaleServer) -> None:
    auth = auth_for(scale.base_url, Rotating(OLD_KEY, LIVE_KEY))
    url = f"{scale.base_url}/projects"
    with requests.get(url, auth=auth, stream=True, timeout=10) as answer:
        assert b"cat_labels" in b"".join(answer.iter_content(7))
    auth = auth_for(scale.base_url, Rotating(OLD_KEY, LIVE_KEY))
    with httpx.Client(auth=auth) as client, client.stream("GET", url) as streamed:
        assert b"cat_labels" in b"".join(streamed.iter_bytes())


def test_a_prepared_request_may_be_sent_twice(scale: ScaleServer) -> None:
    with requests.Session() as session:
        session.auth = fixed(scale)
        prepared = session.prepare_request(requests.Request("GET", f"{scale.base_url}/projects"))
        assert [session.send(prepared, timeout=10).status_code for _ in range(2)] == [200, 200]


def test_httpx_headers_that_are_printed_or_copied_hold_no_key(scale: ScaleServer) -> None:
    with httpx.Client(auth=fixed(scale)) as client:
        headers = client.get(f"{scale.base_url}/projects").request.headers
    assert headers["authorization"] == headers.get("Authorization") == LIVE_BASIC
    assert "AUTHORIZATION" in headers
    shown = [repr(headers), str(dict(headers)), str(headers.multi_items()), repr(headers.copy())]
    assert not [text for text in shown if LIVE_BASIC.removeprefix("Basic ") in text]
    assert "authorization" not in headers.copy()
    assert "x-none" not in headers
    assert headers["user-agent"]


def test_an_auth_shows_where_it_signs_and_no_key(scale: ScaleServer) -> None:
    assert repr(fixed(scale)) == f"ScaleAuth({scale.origin})"


def test_an_auth_is_one_of_httpx_only_where_httpx_is_used(scale: ScaleServer) -> None:
    assert isinstance(fixed(scale), ScaleAuth)
    assert isinstance(fixed(scale), httpx.Auth)
    code = (
        "import sys\n"
        "from scale_secrets.http.auth import ScaleAuth\n"
        "from scale_secrets.http.hosts import Hosts\n"
        "from scale_secrets.http.source import FixedKey\n"
        "from scale_secrets.values import SecretValue\n"
        "auth = ScaleAuth(FixedKey(SecretValue('live_x')), Hosts.of('https://api.scale.com/v1'))\n"
        "assert isinstance(auth, ScaleAuth) and auth.__class__ is ScaleAuth\n"
        "assert not {'httpx', 'requests', 'anyio', 'asyncio'} & set(sys.modules)\n"
        "import httpx\n"
        "assert isinstance(auth, httpx.Auth)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_asking_a_slow_source_does_not_stop_the_event_loop(scale: ScaleServer) -> None:
    """The source waits for what only the running loop can do."""
    opened = threading.Event()

    class Slow(Rotating):
        def current(self) -> SecretValue:
            assert opened.wait(30), "the loop was blocked"
            return super().current()

        def renewed(self, refused: SecretValue) -> SecretValue | None:
            opened.clear()
            loop.call_soon_threadsafe(opened.set)
            assert opened.wait(30), "the loop was blocked"
            return super().renewed(refused)

    loop: Any = None

    async def ask() -> int:
        nonlocal loop
        loop = asyncio.get_running_loop()
        loop.call_later(0.01, opened.set)
        auth = auth_for(scale.base_url, Slow(OLD_KEY, LIVE_KEY))
        async with httpx.AsyncClient(auth=auth) as client:
            return (await client.get(f"{scale.base_url}/projects")).status_code

    assert asyncio.run(ask()) == 200


def test_an_adapter_that_does_not_say_who_it_is_is_not_asked_again() -> None:
    sent: list[requests.PreparedRequest] = []

    class Strange(requests.adapters.BaseAdapter):
        def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
            sent.append(request)
            answer = requests.Response()
            answer.status_code, answer.request = 401, request
            return answer

        def close(self) -> None:
            """Nothing to close."""

    source = Rotating(OLD_KEY, LIVE_KEY)
    with requests.Session() as session:
        session.mount("https://", Strange())
        session.auth = auth_for("https://api.scale.com/v1", source)
        assert session.get("https://api.scale.com/v1/projects", timeout=10).status_code == 401
    assert len(sent) == 1
    assert source.refused == [OLD_KEY], "the next request has another key"
