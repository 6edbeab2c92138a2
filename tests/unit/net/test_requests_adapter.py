"""``requests`` by way of the transport: the same answers, and none of its own habits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from scale_secrets.errors import BadAnswerError, DeniedError
from scale_secrets.net.messages import Answer, Tls
from scale_secrets.net.requests_adapter import TransportAdapter, session
from scale_secrets.net.transport import Transport
from scale_secrets.operation import operation
from tests.support.fault_proxy import FaultServer, Reply

Make = Callable[..., requests.Session]


@pytest.fixture
def made() -> Iterator[Make]:
    """Makes a session, with a check or without."""
    transport = Transport(Tls(), {})

    def make(check: Callable[[Answer], None] | None = None) -> requests.Session:
        during = operation(5, command="login")
        return session(TransportAdapter(transport, during, doing="log in", check=check))

    yield make
    transport.close()


def test_an_answer_is_what_requests_makes_of_it(made: Make) -> None:
    with FaultServer(Reply(201, b'{"a": "\xc3\xa9"}', {"X-One": "1"})) as server:
        answer = made().post(server.url, json={"b": 1})
        sent = server.requests[0]
    assert (answer.status_code, answer.json(), answer.headers["x-one"]) == (201, {"a": "é"}, "1")
    assert sent.endswith(b'{"b": 1}')
    assert b"cmd=login" in sent
    assert sent.lower().count(b"user-agent:") == 1
    assert sent.lower().count(b"content-length:") == 1


def test_a_redirect_is_not_followed(made: Make) -> None:
    with FaultServer(Reply()) as elsewhere:
        with FaultServer(Reply(307, b"", {"Location": elsewhere.url})) as server:
            assert made().get(server.url, allow_redirects=False).status_code == 307
        assert elsewhere.connections == 0


def test_a_cut_answer_is_an_error(made: Make) -> None:
    with FaultServer(Reply(200, b'{"a": 1}', cut=3)) as server, pytest.raises(BadAnswerError):
        made().get(server.url)


def test_the_check_sees_the_answer_first(made: Make) -> None:
    def check(answer: Answer) -> None:
        raise DeniedError(f"status {answer.status}")

    with FaultServer(Reply(403)) as server, pytest.raises(DeniedError, match="status 403"):
        made(check).get(server.url)


def test_netrc_and_proxy_variables_play_no_part(
    made: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password word\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with FaultServer(Reply()) as proxy, FaultServer(Reply()) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        made().get(server.url)
        assert proxy.connections == 0
        assert b"authorization" not in server.requests[0].lower()
