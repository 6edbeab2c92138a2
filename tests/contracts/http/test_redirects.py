"""SEP007 on the wire: no redirect is followed with the key, whatever its status and target."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import httpx
import pytest
import requests

from scale_secrets.errors import SeparationError
from scale_secrets.http.source import FixedKey
from scale_secrets.values import SecretValue
from tests.contracts.http.callers import CALLERS, auth_for
from tests.support.project import LIVE_BASIC, LIVE_KEY
from tests.support.scale_server import Answer, Asked, ScaleServer

every_client = pytest.mark.parametrize("client", CALLERS)
STATUSES = (301, 302, 303, 307, 308)


@pytest.fixture
def scale() -> Iterator[ScaleServer]:
    with ScaleServer([LIVE_KEY]) as server:
        yield server


def send_away(scale: ScaleServer, location: str, status: int = 302) -> None:
    """``/v1/away`` redirects there; everything else is the API."""

    def script(asked: Asked) -> Answer | None:
        away = asked.target == "/v1/away"
        return Answer(status, None, {"Location": location}) if away else None

    scale.script = script


@every_client
@pytest.mark.parametrize("where", ["other-host", "other-port", "same-place"])
def test_a_redirect_is_followed_without_the_key(
    client: str, where: str, scale: ScaleServer
) -> None:
    auth = auth_for(scale.base_url, FixedKey(SecretValue(LIVE_KEY)))
    with ScaleServer([LIVE_KEY], host="127.0.0.2" if where == "other-host" else "127.0.0.1") as to:
        target = scale if where == "same-place" else to
        for status, method in product(STATUSES, ("GET", "POST")):
            scale.requests.clear()
            to.requests.clear()
            send_away(scale, f"{target.base_url}/projects", status)
            got = CALLERS[client](auth, method, f"{scale.base_url}/away", None)
            assert got.history == [status]
            assert got.status == 401, "the server that it was sent to saw no key"
            assert [*scale.authorizations, *to.authorizations] == [LIVE_BASIC, None]


@every_client
def test_a_chain_of_redirects_never_finds_the_key_again(client: str, scale: ScaleServer) -> None:
    with ScaleServer(host="127.0.0.2") as other:
        other.script = lambda asked: Answer(307, None, {"Location": f"{scale.base_url}/projects"})
        send_away(scale, f"{other.base_url}/back")
        auth = auth_for(scale.base_url, FixedKey(SecretValue(LIVE_KEY)))
        got = CALLERS[client](auth, "GET", f"{scale.base_url}/away", None)
    assert got.status == 401
    assert scale.authorizations == [LIVE_BASIC, None]
    assert other.authorizations == [None]


@every_client
def test_a_foreign_host_is_refused_before_a_connection(client: str, scale: ScaleServer) -> None:
    auth = auth_for(scale.base_url, FixedKey(SecretValue(LIVE_KEY)))
    with (
        ScaleServer([LIVE_KEY], host="127.0.0.2") as foreign,
        pytest.raises(SeparationError, match="SEP007"),
    ):
        CALLERS[client](auth, "GET", f"{foreign.base_url}/projects", None)
    assert foreign.requests == []


@pytest.mark.parametrize("client", ["requests", "session", "clinging-session"])
def test_a_netrc_file_neither_replaces_the_key_nor_gets_it(
    client: str, scale: ScaleServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.touch(mode=0o600)
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    send_away(scale, f"{scale.base_url}/projects")
    auth = auth_for(scale.base_url, FixedKey(SecretValue(LIVE_KEY)))
    CALLERS[client](auth, "GET", f"{scale.base_url}/away", None)
    first, second = scale.authorizations
    assert first == LIVE_BASIC
    assert second == requests.auth._basic_auth_str("somebody", "else"), "their own, from netrc"


def test_the_request_that_was_not_followed_has_no_key_to_be_followed_with(
    scale: ScaleServer,
) -> None:
    send_away(scale, f"{scale.base_url}/projects")
    auth = auth_for(scale.base_url, FixedKey(SecretValue(LIVE_KEY)))
    url = f"{scale.base_url}/away"
    with requests.Session() as session:
        answer = session.get(url, auth=auth, allow_redirects=False, timeout=10)
        assert answer.next is not None
        session.send(answer.next, timeout=10)
    with httpx.Client() as client:
        following = client.get(url, auth=auth).next_request
        assert following is not None
        client.send(following)
    assert scale.authorizations == [LIVE_BASIC, None, LIVE_BASIC, None]


def test_httpx_keeps_the_key_from_an_upgrade_to_https() -> None:
    """httpx itself would keep the header there, from port 80 to port 443 of one host."""
    seen: list[list[tuple[bytes, bytes]]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append([(name.lower(), text) for name, text in request.headers.raw])
        if request.url.scheme == "http":
            return httpx.Response(307, headers={"Location": "https://localhost/v1/projects"})
        return httpx.Response(200)

    auth = auth_for("http://localhost/v1", FixedKey(SecretValue(LIVE_KEY)))
    transport = httpx.MockTransport(answer)
    with httpx.Client(auth=auth, transport=transport, follow_redirects=True) as client:
        client.get("http://localhost/v1/projects")
    first, second = (dict(headers).get(b"authorization") for headers in seen)
    assert (first, second) == (LIVE_BASIC.encode(), None)
