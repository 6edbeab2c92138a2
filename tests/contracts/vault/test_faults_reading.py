"""Reads that meet a fault: each ends in time, as the right error, with a way out."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from scale_secrets.errors import (
    BadAnswerError,
    DeadlineError,
    DeniedError,
    ScaleSecretsError,
    UnreachableError,
)
from scale_secrets.operation import operation
from tests.contracts.vault.failing import CANARY, TOKEN, failing
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
from tests.support.openbao import ROOT_TOKEN, WRONG_NAME, OpenBao
from tests.support.vault import fresh, opened

SECRET = json.dumps({"data": {"data": {"value": CANARY}, "metadata": {"version": 1}}}).encode()


def read(url: str, *, timeout: float = 5.0, **settings: Any) -> str:
    """Read from a server that stands alone: KV version 2 is given, so the read is all it gets."""
    with opened(url, {"VAULT_TOKEN": TOKEN}, kv_version=2, **settings) as store:
        fields = store.get("a", None, operation(timeout)).content.fields
    assert fields is not None
    return fields["value"].reveal()


LONG = Reply(200, b"x" * 2_000)
READ_FAULTS: dict[str, tuple[Fault, type[ScaleSecretsError]]] = {
    "hang": (Hang(), DeadlineError),
    "drip": (Drip(LONG), DeadlineError),
    "reset": (Reset(), UnreachableError),
    "reset in the body": (Reset(Reply(200, SECRET), after=150), BadAnswerError),
    "body cut": (Reply(200, SECRET, cut=10), BadAnswerError),
    "bad JSON": (Reply(200, SECRET[:-3]), BadAnswerError),
    "empty": (Reply(200, b""), BadAnswerError),
    "HTML": (Reply(200, b"<html>Log in</html>"), BadAnswerError),
    "HTML that denies": (Reply(403, b"<html>Forbidden</html>"), BadAnswerError),
    "HTML that is lost": (Reply(404, b"<html>Not found</html>"), BadAnswerError),
    "an array": (Reply(200, b"[]"), BadAnswerError),
    "no data": (Reply(200, b'{"data": null}'), BadAnswerError),
    "other data": (Reply(200, b'{"data": {"data": []}}'), BadAnswerError),
    "no version": (Reply(200, b'{"data": {"data": {}, "metadata": {}}}'), BadAnswerError),
    "a lone surrogate": (
        Reply(200, SECRET.replace(b"live_", b"\\ud800")),
        BadAnswerError,
    ),
    "deep nesting": (Reply(200, b'{"data":' * 100_000), BadAnswerError),
    "a number that is none": (Reply(200, b'{"data": NaN}'), BadAnswerError),
    "500": (Reply(500, b'{"errors": ["internal error"]}'), UnreachableError),
    "502 in HTML": (Reply(502, b"<html>Bad gateway</html>"), UnreachableError),
    "503": (Reply(503, b"busy"), UnreachableError),
    "472": (Reply(472, b"{}"), UnreachableError),
    "plain text": (Raw(b"hello\r\n"), BadAnswerError),
}


@pytest.mark.parametrize("name", READ_FAULTS)
def test_a_read_that_fails_ends_within_its_deadline(name: str) -> None:
    fault, kind = READ_FAULTS[name]
    # What ends by itself is given time for all its repetitions, on a busy machine as well.
    timeout = 0.7 if kind is DeadlineError else 8
    with FaultServer(fault) as server:
        begin = time.monotonic()
        failing(lambda: read(server.url, timeout=timeout), kind)
    assert time.monotonic() - begin < timeout + 4


def test_a_refused_connection_says_where(bao: OpenBao) -> None:
    port = closed_port()
    error = failing(lambda: read(f"http://127.0.0.1:{port}", timeout=8), UnreachableError)
    assert str(port) in error.message


def test_a_connect_that_hangs_ends_within_its_deadline() -> None:
    with full_listener() as port:
        begin = time.monotonic()
        failing(lambda: read(f"http://127.0.0.1:{port}", timeout=0.5), DeadlineError)
    assert time.monotonic() - begin < 5


def test_a_passing_weakness_is_ridden_out() -> None:
    with FaultServer(
        Reply(503, b"{}"), Reply(503, b"{}"), Reply(429, b"{}"), Reply(200, SECRET)
    ) as server:
        assert read(server.url) == CANARY
        assert len(server.requests) == 4


def test_retries_end_as_the_variable_says() -> None:
    with FaultServer(Reply(503, b"{}")) as server:
        environ = {"VAULT_TOKEN": TOKEN, "VAULT_MAX_RETRIES": "1"}
        with opened(server.url, environ, kv_version=2) as store:
            failing(lambda: store.get("a", None, operation(5)), UnreachableError)
        assert len(server.requests) == 2


def test_the_client_time_out_ends_one_request_and_the_next_one_may_succeed() -> None:
    with FaultServer(Hang(), Reply(200, SECRET)) as server:
        environ = {"VAULT_TOKEN": TOKEN, "VAULT_CLIENT_TIMEOUT": "300ms"}
        with opened(server.url, environ, kv_version=2) as store:
            assert store.get("a", None, operation(10)).version == "1"


def test_a_redirect_takes_no_token_to_another_host() -> None:
    with FaultServer(Reply(200, SECRET)) as thief:
        location = {"Location": f"{thief.url}/v1/secret/data/a"}
        with FaultServer(Reply(307, b"", location)) as server:
            failing(lambda: read(server.url, timeout=8), UnreachableError)
        assert thief.connections == 0


def test_proxy_variables_take_nothing_away_from_loopback(bao: OpenBao) -> None:
    with FaultServer(Reply()) as canary:
        names = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")
        environ = dict.fromkeys((*names, "VAULT_PROXY_ADDR", "VAULT_HTTP_PROXY"), canary.url)
        environ |= {"VAULT_TOKEN": ROOT_TOKEN, "VAULT_CACERT": str(bao.authority.file)}
        for url in (bao.url, bao.tls_url):
            with opened(url, environ) as store:
                assert list(store.list("nothing", operation(5))) == []
        assert canary.connections == 0


def test_tls_is_verified(bao: OpenBao) -> None:
    ca = str(bao.authority.file)
    with opened(bao.tls_url, ca_cert=ca) as store:
        assert store.whoami(operation(5))["principal"] == "token"
    unknown = failing(lambda: read(bao.tls_url), UnreachableError)
    assert "no CA" in unknown.message
    wrong = failing(lambda: read(bao.wrong_name_url, ca_cert=ca), UnreachableError)
    assert "127.0.0.1" in wrong.message
    plain = failing(lambda: read(bao.url.replace("http:", "https:")), UnreachableError)
    assert "does not speak TLS" in plain.message
    tls = failing(lambda: read(bao.tls_url.replace("https:", "http:")), UnreachableError)
    assert "https://" in tls.hint


def test_a_name_may_be_given_for_verification(bao: OpenBao) -> None:
    ca = str(bao.authority.file)
    with opened(bao.wrong_name_url, ca_cert=ca, tls_server_name=WRONG_NAME) as store:
        assert store.whoami(operation(5))["policies"] == "root"


def test_an_expired_token_is_denied(bao: OpenBao) -> None:
    token = bao.token("secret/data/* [read]", ttl="1s")
    with opened(bao.url, {"VAULT_TOKEN": token}, kv_version=2) as store:
        time.sleep(1.6)
        error = failing(lambda: store.get(fresh(), None, operation(5)), DeniedError)
    assert "expired" in error.hint


def test_a_denial_names_the_capability_that_is_missing(bao: OpenBao) -> None:
    with opened(bao.url, {"VAULT_TOKEN": bao.token("secret/data/other [read]")}) as store:
        error = failing(lambda: store.get("scale/key", None, operation(5)), DeniedError)
    assert "read on secret/data/scale/key" in error.hint


def test_a_sealed_server_says_so_at_once() -> None:
    with OpenBao() as server, opened(server.url) as store:
        server.root("PUT", "sys/seal")
        begin = time.monotonic()
        error = failing(lambda: store.get("a", None, operation(20)), UnreachableError)
    assert time.monotonic() - begin < 5
    assert "sealed" in error.message
    assert "unseal" in error.hint
