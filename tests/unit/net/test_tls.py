"""TLS as a person meets it: what is wrong with a certificate, a port, a proxy, and what to do."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from scale_secrets.errors import DeadlineError, UnreachableError, UsageError
from scale_secrets.net.messages import Answer, Request, Tls
from scale_secrets.net.transport import Transport
from scale_secrets.operation import operation
from tests.support.fault_proxy import Drip, FaultServer, Hang, Raw, Reply
from tests.support.tls import Authority, Pair

CANARY = "live_" + "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def good(authority: Authority) -> Pair:
    return authority.issue("good", "127.0.0.1", "localhost")


def serving(pair: Pair, *, client_ca: Authority | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca.file)
    return context


def ask(
    url: str, tls: Tls, environ: Mapping[str, str] | None = None, *, timeout: float = 5.0
) -> Answer:
    transport = Transport(tls, environ or {})
    try:
        request = Request("GET", f"{url}/a", {"X-Vault-Token": CANARY})
        return transport.send(request, operation(timeout), doing="read a")
    finally:
        transport.close()


def refused(url: str, tls: Tls, environ: Mapping[str, str] | None = None) -> UnreachableError:
    with pytest.raises(UnreachableError) as caught:
        ask(url, tls, environ)
    assert not caught.value.retryable
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("way", ["file", "pem"])
def test_a_server_of_a_known_authority_is_trusted(
    authority: Authority, good: Pair, way: str
) -> None:
    tls = Tls(ca_file=str(authority.file)) if way == "file" else Tls(ca_pem=authority.pem)
    with FaultServer(Reply(200, b"ok"), context=serving(good)) as server:
        assert ask(server.url, tls).body == b"ok"


def test_one_tls_connection_serves_many_requests(authority: Authority, good: Pair) -> None:
    transport = Transport(Tls(ca_file=str(authority.file)), {})
    with FaultServer(Reply(), context=serving(good)) as server:
        for _ in range(5):
            transport.send(Request("GET", server.url), operation(5), doing="read a")
        assert server.connections == 1
    transport.close()


def test_an_expired_certificate_says_so(authority: Authority) -> None:
    pair = authority.issue("expired", "127.0.0.1", expired=True)
    with FaultServer(Reply(), context=serving(pair)) as server:
        error = refused(server.url, Tls(ca_file=str(authority.file)))
        assert server.requests == []
    assert "expired" in error.message
    assert "clock" in error.hint


def test_a_certificate_for_another_name_says_which_was_expected(authority: Authority) -> None:
    pair = authority.issue("misnamed", "elsewhere.example")
    with FaultServer(Reply(), context=serving(pair)) as server:
        error = refused(server.url, Tls(ca_file=str(authority.file)))
        assert server.requests == []
    assert "127.0.0.1" in error.message
    assert "tls_server_name" in error.hint


def test_a_server_name_may_be_set(authority: Authority) -> None:
    pair = authority.issue("misnamed", "elsewhere.example")
    tls = Tls(ca_file=str(authority.file), server_name="elsewhere.example")
    with FaultServer(Reply(200, b"ok"), context=serving(pair)) as server:
        assert ask(server.url, tls).body == b"ok"


def test_an_unknown_authority_says_so(good: Pair) -> None:
    with FaultServer(Reply(), context=serving(good)) as server:
        error = refused(server.url, Tls())
        assert server.requests == []
    assert "no CA that is trusted" in error.message
    assert "ca_cert" in error.hint


def test_a_peer_without_tls_that_waits_ends_at_the_deadline_and_says_so() -> None:
    with FaultServer(Reply()) as server, pytest.raises(DeadlineError) as caught:
        ask(f"https://127.0.0.1:{server.port}", Tls(), timeout=0.4)
    assert "speaks TLS" in caught.value.hint
    assert not caught.value.sent


def test_a_missing_client_certificate_is_asked_for(authority: Authority, good: Pair) -> None:
    with FaultServer(Reply(), context=serving(good, client_ca=authority)) as server:
        error = refused(server.url, Tls(ca_file=str(authority.file)))
    assert "client_cert" in error.hint


def test_a_client_certificate_is_shown(authority: Authority, good: Pair) -> None:
    mine = authority.issue("mine", "me.example")
    tls = Tls(
        ca_file=str(authority.file),
        client_certificate=str(mine.certificate),
        client_key=str(mine.key),
    )
    with FaultServer(Reply(200, b"ok"), context=serving(good, client_ca=authority)) as server:
        assert ask(server.url, tls).body == b"ok"


def test_a_foreign_client_certificate_is_refused(
    authority: Authority, good: Pair, tmp_path: Path
) -> None:
    foreign = Authority(tmp_path).issue("mine", "me.example")
    tls = Tls(
        ca_file=str(authority.file),
        client_certificate=str(foreign.certificate),
        client_key=str(foreign.key),
    )
    with FaultServer(Reply(), context=serving(good, client_ca=authority)) as server:
        error = refused(server.url, tls)
    assert "client certificate" in error.message


def test_verification_can_be_switched_off(good: Pair) -> None:
    with FaultServer(Reply(200, b"ok"), context=serving(good)) as server:
        assert ask(server.url, Tls(verify=False)).body == b"ok"


def test_a_drip_under_tls_ends_at_the_deadline(authority: Authority, good: Pair) -> None:
    with (
        FaultServer(Drip(Reply(200, b"x" * 500)), context=serving(good)) as server,
        pytest.raises(DeadlineError),
    ):
        ask(server.url, Tls(ca_file=str(authority.file)), timeout=0.5)


@pytest.mark.parametrize(
    "tls_of",
    [
        lambda path: Tls(ca_file=path),
        lambda path: Tls(ca_directory=path),
        lambda path: Tls(client_certificate=path),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tls_of: Callable[[str], Tls], tmp_path: Path) -> None:
    path = str(tmp_path / "nothing")
    with pytest.raises(UsageError) as caught:
        ask("https://127.0.0.1:1", tls_of(path))
    assert path in caught.value.message


@pytest.fixture
def proxy() -> Iterator[tuple[int, list[bytes]]]:
    """A proxy that opens tunnels for ``user:p@ss`` only; its port and the heads that it got."""
    heads: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    right = base64.b64encode(b"user:p@ss")

    def pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def serve(conn: socket.socket) -> None:
        with conn:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += conn.recv(65536)
            heads.append(head)
            if right not in head:
                conn.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
                return
            port = int(head.split()[1].rpartition(b":")[2])
            with socket.create_connection(("127.0.0.1", port)) as upstream:
                conn.sendall(b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n")
                back = threading.Thread(target=pump, args=(upstream, conn), daemon=True)
                back.start()
                pump(conn, upstream)
                back.join(5)

    def accept() -> None:
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(conn,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listener.getsockname()[1], heads
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_https_is_tunnelled_and_the_proxy_sees_no_token(
    authority: Authority, proxy: tuple[int, list[bytes]]
) -> None:
    pair = authority.issue("named", "vault.example")
    port, heads = proxy
    with FaultServer(Reply(200, b"ok"), context=serving(pair)) as server:
        answer = ask(
            f"https://vault.example:{server.port}",
            Tls(ca_file=str(authority.file)),
            {"https_proxy": f"http://user:p%40ss@127.0.0.1:{port}"},
        )
    assert answer.body == b"ok"
    assert heads[0].startswith(f"CONNECT vault.example:{server.port} HTTP/1.1".encode())
    assert CANARY.encode() not in b"".join(heads)


def test_a_proxy_that_refuses_says_where_the_credentials_stand(
    proxy: tuple[int, list[bytes]],
) -> None:
    error = refused(
        "https://vault.example", Tls(), {"https_proxy": f"http://u:x@127.0.0.1:{proxy[0]}"}
    )
    assert "407" in error.message
    assert "HTTPS_PROXY" in error.hint


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 502 Bad\r\n\r\n"])
def test_a_proxy_that_fails_is_worth_another_try(answer: bytes) -> None:
    with FaultServer(Raw(answer)) as broken, pytest.raises(UnreachableError) as caught:
        ask("https://vault.example", Tls(), {"https_proxy": broken.url})
    assert caught.value.retryable
    assert not caught.value.sent
    assert str(broken.port) in caught.value.message


def test_a_proxy_that_hangs_ends_at_the_deadline() -> None:
    with FaultServer(Hang()) as silent, pytest.raises(DeadlineError) as caught:
        ask("https://vault.example", Tls(), {"https_proxy": silent.url}, timeout=0.4)
    assert not caught.value.sent


def test_a_peer_that_hangs_up_during_the_handshake_is_worth_another_try() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up() -> None:
        conn, _ = listener.accept()
        conn.recv(100)
        conn.close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    with listener, pytest.raises(UnreachableError) as caught:
        ask(f"https://127.0.0.1:{listener.getsockname()[1]}", Tls())
    thread.join()
    assert caught.value.retryable
    assert not caught.value.sent


def test_a_canary_proxy_gets_nothing_for_loopback(proxy: tuple[int, list[bytes]]) -> None:
    url = f"http://127.0.0.1:{proxy[0]}"
    names = ("http_proxy", "https_proxy", "all_proxy")
    variables = dict.fromkeys((*names, *(name.upper() for name in names)), url)
    with FaultServer(Reply(200, b"ok")) as server:
        assert ask(server.url, Tls(), variables).body == b"ok"
    assert proxy[1] == []
