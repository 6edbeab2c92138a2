"""The transport against a server of faults: each ends in time, as the right error, value-free."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from scale_secrets.errors import (
    BadAnswerError,
    DeadlineError,
    ScaleSecretsError,
    UnreachableError,
    UsageError,
)
from scale_secrets.net import http1, sockets
from scale_secrets.net.messages import Answer, Request, Tls
from scale_secrets.net.transport import Transport
from scale_secrets.operation import operation
from tests.support.fault_proxy import (
    Drip,
    Fault,
    FaultServer,
    Hang,
    Raw,
    Reply,
    Reset,
    closed_port,
    full_listener,
)

CANARY = "live_" + "0123456789abcdef" * 2
BODY = b'{"data": "0123456789"}'


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(Tls(), {})
    yield made
    made.close()


def ask(
    transport: Transport, url: str, *, method: str = "GET", timeout: float = 5.0, body: bytes = b""
) -> Answer:
    headers = {"X-Vault-Token": CANARY}
    request = Request(method, f"{url}/v1/a?key={CANARY}", headers, body or None)
    return transport.send(request, operation(timeout, environment="live"), doing="read a")


def failing(call: Callable[[], object]) -> ScaleSecretsError:
    with pytest.raises(ScaleSecretsError) as caught:
        call()
    shown = f"{caught.value.message} {caught.value.hint} {caught.value!r}"
    assert CANARY not in shown
    assert caught.value.message.startswith("read a")
    assert caught.value.hint
    assert caught.value.__cause__ is None
    return caught.value


def test_an_answer_comes_complete_with_lower_case_headers(transport: Transport) -> None:
    with FaultServer(Reply(418, BODY, {"X-Some": "One"})) as server:
        answer = ask(transport, server.url)
    assert (answer.status, answer.body, answer.headers["x-some"]) == (418, BODY, "One")


def test_the_server_is_told_who_asks_and_for_what(transport: Transport) -> None:
    with FaultServer(Reply()) as server:
        ask(transport, server.url)
        assert b"(env=live; cmd=library)" in server.requests[0]
        assert f"Host: 127.0.0.1:{server.port}".encode() in server.requests[0]


def test_one_connection_serves_many_requests(transport: Transport) -> None:
    with FaultServer(Reply(200, BODY)) as server:
        for _ in range(20):
            assert ask(transport, server.url).body == BODY
        assert server.connections == 1


def test_chunks_are_joined(transport: Transport) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with FaultServer(Raw(head + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")) as server:
        assert ask(transport, server.url).body == b"abcde"


def test_a_redirect_is_returned_and_not_followed(transport: Transport) -> None:
    with FaultServer(Reply()) as elsewhere:
        with FaultServer(Reply(307, b"", {"Location": elsewhere.url})) as server:
            assert ask(transport, server.url).status == 307
        assert elsewhere.connections == 0


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BAD_ANSWERS: dict[str, Fault] = {
    "the body is cut": Reply(200, BODY, cut=10),
    "the head is cut": Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"),
    "the status line is cut": Raw(b"HTTP/1.1 2"),
    "the length is too long": Raw(Reply(200, BODY, length=len(BODY) + 1).raw),
    "there is no length": Raw(b"HTTP/1.1 200 OK\r\n\r\n" + BODY),
    "the length is no number": Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n0123456789"),
    "there are two lengths": Raw(
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"
    ),
    "a chunk is cut": Raw(CHUNKED + b"5\r\nabc"),
    "the last chunk is missing": Raw(CHUNKED + b"3\r\nabc\r\n"),
    "the last chunk has no end": Raw(CHUNKED + b"3\r\nabc\r\n0\r\n"),
    "a chunk's size is none": Raw(CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n"),
    "it is no HTTP": Raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "a reset in the body": Reset(Reply(200, BODY), after=len(Reply(200, BODY).raw) - 5),
    "a line without end": Raw(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_a_broken_answer_is_never_taken_for_a_whole_one(transport: Transport, name: str) -> None:
    with FaultServer(BAD_ANSWERS[name]) as server:
        error = failing(lambda: ask(transport, server.url))
    assert isinstance(error, BadAnswerError)
    assert error.sent


@pytest.mark.parametrize(
    "fault",
    [
        Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n"),
        Raw(CHUNKED + b"fffffffffff\r\n" + b"a" * 5_000),
        Raw(CHUNKED + b"-5\r\n" + b"a" * 5_000),
    ],
)
def test_an_endless_answer_is_refused(
    transport: Transport, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http1, "MAX_BODY", 1_000)
    monkeypatch.setattr(http1, "MAX_HEAD", 1_000)
    with FaultServer(fault) as server:
        error = failing(lambda: ask(transport, server.url))
    assert isinstance(error, BadAnswerError)


@pytest.mark.parametrize("fault", [Hang(), Drip(Reply(200, b"x" * 500))])
def test_a_slow_answer_ends_at_the_total_deadline(transport: Transport, fault: Fault) -> None:
    with FaultServer(fault) as server:
        begin = time.monotonic()
        error = failing(lambda: ask(transport, server.url, timeout=0.4))
    assert time.monotonic() - begin < 5
    assert isinstance(error, DeadlineError)
    assert error.sent


def test_a_connect_that_hangs_ends_at_the_deadline_with_nothing_sent(transport: Transport) -> None:
    with full_listener() as port:
        begin = time.monotonic()
        error = failing(lambda: ask(transport, f"http://127.0.0.1:{port}", timeout=0.4))
    assert time.monotonic() - begin < 5
    assert isinstance(error, DeadlineError)
    assert not error.sent


def test_an_upload_that_nobody_reads_ends_at_the_deadline(transport: Transport) -> None:
    with FaultServer(Hang()) as server:
        body = b"x" * 50_000_000
        begin = time.monotonic()
        error = failing(lambda: ask(transport, server.url, method="POST", timeout=0.4, body=body))
    assert time.monotonic() - begin < 5
    assert isinstance(error, UnreachableError)


def test_a_deadline_that_has_passed_sends_nothing(transport: Transport) -> None:
    with FaultServer(Reply()) as server:
        error = failing(lambda: ask(transport, server.url, timeout=0))
        assert server.connections == 0
    assert isinstance(error, DeadlineError)
    assert not error.sent


def test_a_refused_connection_is_worth_another_try(transport: Transport) -> None:
    error = failing(lambda: ask(transport, f"http://127.0.0.1:{closed_port()}"))
    assert isinstance(error, UnreachableError)
    assert error.retryable
    assert not error.sent
    assert "refused" in error.message


def test_a_name_that_does_not_exist_is_named(transport: Transport) -> None:
    error = failing(lambda: ask(transport, "http://nope.invalid"))
    assert isinstance(error, UnreachableError)
    assert "nope.invalid" in error.message
    assert not error.sent


def test_a_resolver_that_hangs_ends_at_the_deadline(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(sockets, "_look_up", lambda *_: release.wait(10) and [])
    begin = time.monotonic()
    error = failing(lambda: ask(transport, "http://slow.example", timeout=0.3))
    release.set()
    assert time.monotonic() - begin < 5
    assert isinstance(error, DeadlineError)
    assert not error.sent


def test_a_stale_connection_is_replaced_once_for_a_read(transport: Transport) -> None:
    with FaultServer(Reply(), Reset(), Reply(200, BODY)) as server:
        ask(transport, server.url)
        assert ask(transport, server.url).body == BODY
        assert server.connections == 2


def test_a_stale_connection_leaves_a_write_in_doubt(transport: Transport) -> None:
    with FaultServer(Reply(), Reset(), Reply(200, BODY)) as server:
        ask(transport, server.url)
        error = failing(lambda: ask(transport, server.url, method="POST", body=b"{}"))
        assert len(server.requests) == 2
    assert isinstance(error, UnreachableError)
    assert error.sent


def test_a_connection_that_the_server_closed_meanwhile_is_not_used(transport: Transport) -> None:
    closing = Raw(Reply(200, BODY, {"Keep-Alive": "timeout=1"}).raw)
    with FaultServer(closing, Reply(200, BODY)) as server:
        ask(transport, server.url)
        time.sleep(0.1)
        assert ask(transport, server.url, method="POST", body=b"{}").body == BODY
        assert server.connections == 2


def test_a_forked_child_opens_a_connection_of_its_own(transport: Transport) -> None:
    with FaultServer(Reply(200, BODY)) as server:
        ask(transport, server.url)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if ask(transport, server.url).body == BODY else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        ask(transport, server.url)
        assert server.connections == 2


def test_threads_never_share_a_connection(transport: Transport) -> None:
    bodies: list[bytes] = []
    with FaultServer(Reply(200, BODY)) as server:

        def work() -> None:
            for _ in range(20):
                bodies.append(ask(transport, server.url).body)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert bodies == [BODY] * 160
        assert server.connections <= 8


@pytest.mark.parametrize(
    "url",
    ["unix:///run/agent.sock", "http+unix://%2Frun%2Fagent.sock", "ftp://a", "https://", "x"],
)
def test_other_addresses_are_refused(transport: Transport, url: str) -> None:
    assert isinstance(failing(lambda: ask(transport, url)), UsageError)


@pytest.mark.parametrize("url", [f"http://u:{CANARY}@127.0.0.1", f"http://127.0.0.1:{CANARY}"])
def test_an_address_with_a_credential_is_refused_and_not_repeated(
    transport: Transport, url: str
) -> None:
    assert isinstance(failing(lambda: ask(transport, url)), UsageError)


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/a", {"X": f"{CANARY}\r\nY: z"}),
        Request("GET", f"/a {CANARY}"),
        Request("GET", "/a", {"X": f"{CANARY}\u2028"}),
    ],
)
def test_a_request_that_http_cannot_carry_is_refused_and_not_repeated(
    transport: Transport, request_: Request
) -> None:
    with FaultServer(Reply()) as server:
        whole = Request(request_.method, server.url + request_.url, request_.headers)
        error = failing(lambda: transport.send(whole, operation(5), doing="read a"))
    assert isinstance(error, UsageError)
