"""No command shows a secret, a token or a password, with a real OpenBao and with servers that lie.

The liar answers every request with what it was sent and with the values it might have known, in
the shapes that clients are known to print.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.canary import Canary, User, fresh, key, opaque, read_everything
from tests.support.openbao import free_ports

if TYPE_CHECKING:
    from tests.support.openbao import OpenBao

MANIFEST = """\
[stores.vault]
kind = "vault"
mount = "secret"
auth = [{ method = "token" }]
[environments.live]
mode = "live"
store = "vault"
[environments.live.secrets.api_key]
path = "BASE/live/api-key"
field = "value"
[environments.live.secrets.note]
path = "BASE/note"
field = "value"
"""


@pytest.fixture
def live() -> Canary:
    return key("live key", "live_")


@pytest.fixture
def note() -> Canary:
    return opaque("note")


@pytest.fixture
def user(tmp_path: Path, live: Canary, note: Canary) -> User:
    user = User(tmp_path / "user", [live, note])
    write_manifest(user, MANIFEST)
    return user


def write_manifest(user: User, text: str, base: str = "leaks") -> None:
    (user.cwd / "scale-secrets.toml").write_text(text.replace("BASE", base))


@pytest.fixture
def stored(openbao: OpenBao, user: User, live: Canary, note: Canary) -> User:
    """A user with a token of their own, whose values were written by ``put``."""
    base = f"leaks-{fresh()}"
    write_manifest(user, MANIFEST, base)
    rules = [
        f"secret/{kind}/{base}/{path} [create,read,update,patch]"
        for path in ("live/api-key", "note")
        for kind in ("data", "metadata")
    ]
    token = openbao.token(*rules)
    user.canaries.append(Canary("token", token.encode()))
    user.environ |= {"VAULT_ADDR": openbao.url, "VAULT_TOKEN": token}
    user.watched.append(openbao.log)
    for name, canary in (("api_key", live), ("note", note)):
        outcome = user.run("put", "-v", "-e", "live", name, "--exact", stdin=canary.value)
        assert (outcome.code, outcome.leaks) == (0, []), outcome.err.decode()
    return user


def test_a_real_server_s_secrets_are_shown_only_where_they_were_asked_for(stored: User) -> None:
    outcomes = read_everything(stored, "live", expect=0)
    assert outcomes["check", "-e", "ENV"].code == 0


Break = Callable[[User, "OpenBao"], object]

FAULTS: dict[str, tuple[int, Break]] = {
    "unknown token": (5, lambda user, bao: user.environ.update(VAULT_TOKEN=_also(user, fresh()))),
    "token with a line break": (
        2, lambda user, bao: user.environ.update(VAULT_TOKEN=_also(user, f"{fresh()}\n{fresh()}")),
    ),
    "no right": (
        5, lambda user, bao: user.environ.update(VAULT_TOKEN=bao.token("secret/data/x [read]")),
    ),
    "missing": (5, lambda user, bao: write_manifest(user, MANIFEST, "nowhere")),
    "unreachable": (
        6, lambda user, bao: user.environ.update(VAULT_ADDR=f"http://127.0.0.1:{free_ports(1)[0]}"),
    ),
    "TLS of an unknown authority": (
        6, lambda user, bao: user.environ.update(VAULT_ADDR=bao.tls_url),
    ),
    "TLS of another host": (
        6,
        lambda user, bao: user.environ.update(
            VAULT_ADDR=bao.wrong_name_url, VAULT_CACERT=str(bao.authority.file)
        ),
    ),
    "untrusted address": (2, lambda user, bao: _named_by_the_manifest_alone(user, bao.url)),
}  # fmt: skip


def _named_by_the_manifest_alone(user: User, address: str) -> None:
    del user.environ["VAULT_ADDR"]
    write_manifest(user, MANIFEST.replace("mount =", f'address = "{address}"\nmount ='))


def _also(user: User, token: str) -> str:
    user.canaries.append(Canary("other token", token.encode()))
    return token


@pytest.mark.parametrize("fault", FAULTS)
def test_a_real_server_s_refusal_shows_nothing(stored: User, openbao: OpenBao, fault: str) -> None:
    code, spoil = FAULTS[fault]
    spoil(stored, openbao)
    read_everything(stored, "live", expect=code)
    outcome = stored.run("put", "-v", "-e", "live", "note", stdin=stored.canaries[1].value)
    assert outcome.code != 0
    assert not outcome.leaks


@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_a_password_is_not_shown(stored: User, openbao: OpenBao, right: bool) -> None:
    methods = openbao.root("GET", "sys/auth")
    if "userpass/" not in methods:
        openbao.root("POST", "sys/auth/userpass", {"type": "userpass"})
    password, name = fresh(), f"u{fresh()}"
    policy = openbao.policy("secret/data/leaks* [read]")
    openbao.root(
        "POST", f"auth/userpass/users/{name}", {"password": password, "token_policies": [policy]}
    )
    file = stored.root.parent / "password"
    file.touch(mode=0o600)
    file.write_text(password if right else (password := fresh()))
    stored.canaries.append(Canary("password", password.encode()))
    del stored.environ["VAULT_TOKEN"]
    manifest = stored.cwd / "scale-secrets.toml"
    login = f'{{ method = "userpass", username = "{name}", password_file = "{file}" }}'
    manifest.write_text(manifest.read_text().replace('{ method = "token" }', login))
    read_everything(stored, "live", expect=0 if right else 5)


Reply = tuple[int, str, bytes]


@contextmanager
def liar(answer: Callable[[str, bytes], Reply]) -> Iterator[str]:
    """A server whose every answer is ``answer(what was sent, body)``: status, type, body."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, kind, reply = answer(f"{self.requestline}\n{self.headers}", body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(reply)))
            if 300 <= status < 400:
                self.send_header("Location", f"http://127.0.0.1:1/{reply.hex()}")
            self.end_headers()
            self.wfile.write(reply)

        do_GET = do_POST = do_PUT = do_PATCH = do_LIST = _any  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(10)


HTML, JSON = "text/html", "application/json"
LIES: dict[str, tuple[int, str, Callable[[str], str]]] = {
    "a login page": (200, HTML, lambda told: f"<html><title>{told}</title></html>"),
    "a page of errors": (500, HTML, lambda told: f"<html>{told}</html>"),
    "errors that quote": (400, JSON, lambda told: json.dumps({"errors": [told]})),
    "a refusal that quotes": (403, JSON, lambda told: json.dumps({"errors": [told]})),
    "a refusal in HTML": (403, HTML, lambda told: told),
    "broken JSON": (200, JSON, lambda told: '{"data": {"data": {"value": ' + json.dumps(told)),
    "values of wrong types": (
        200, JSON, lambda told: json.dumps({"data": {"data": [told], "metadata": told}}),
    ),
    "a value that is no text": (
        200, JSON, lambda told: json.dumps({"data": {"data": {"v": {told: 1}}, "metadata": {}}}),
    ),
    "another field": (
        200,
        JSON,
        lambda told: json.dumps({"data": {"data": {told: told}, "metadata": {"version": told}}}),
    ),
    "one string": (200, JSON, json.dumps),
    "a redirect": (307, JSON, lambda told: told),
    "a strange status": (299, JSON, lambda told: told),
    "a conflict that quotes": (412, JSON, lambda told: json.dumps({"errors": [told]})),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_what_a_server_says_is_never_repeated(
    user: User, live: Canary, note: Canary, lie: str
) -> None:
    token = f"s.{fresh()}"
    user.canaries.append(Canary("token", token.encode()))
    status, kind, words = LIES[lie]
    with liar(
        lambda head, body: (
            status, kind, words(f"{head}{body.decode()} {live.text} {note.text}").encode(),
        )
    ) as address:  # fmt: skip
        user.environ |= {"VAULT_ADDR": address, "VAULT_TOKEN": token, "VAULT_MAX_RETRIES": "0"}
        for words_ in (
            ("get", "-e", "live", "note"),
            ("check", "-e", "live"),
            ("list", "vault:x"),
            ("doctor",),
            ("run", "-e", "live", "--", "true"),
            ("put", "-e", "live", "note"),
        ):
            filled = (words_[0], "-v", "--timeout", "3", *words_[1:])
            outcome = user.run(*filled, stdin=note.value if words_[0] == "put" else b"")
            assert outcome.code != 0
            assert not outcome.leaks
            assert b"internal error" not in outcome.err, outcome.err.decode()


def test_a_login_that_answers_with_the_password_shows_nothing(user: User) -> None:
    password = fresh()
    user.canaries.append(Canary("password", password.encode()))
    file = user.root.parent / "password"
    file.touch(mode=0o600)
    file.write_text(password)
    login = f'{{ method = "userpass", username = "u", password_file = "{file}" }}'
    write_manifest(user, MANIFEST.replace('{ method = "token" }', login))
    for status in (200, 400, 500):
        with liar(lambda head, body, s=status: (s, JSON, body)) as address:  # type: ignore[misc]
            user.environ |= {"VAULT_ADDR": address, "VAULT_MAX_RETRIES": "0"}
            words = ("get", "-v", "-e", "live", "note", "--timeout", "3")
            outcome = user.run(*words)
            assert outcome.code in (5, 6)
            assert not outcome.leaks


def test_names_that_were_typed_reach_no_server_s_log(user: User, live: Canary) -> None:
    """The name of the environment is told to the store; a key, or a line break, is not."""
    heads: list[str] = []

    def answer(head: str, _: bytes) -> Reply:
        heads.append(head)
        return 404, JSON, b'{"errors": []}'

    with liar(answer) as address:
        user.environ |= {"VAULT_ADDR": address, "VAULT_TOKEN": "s.token"}
        for name in (live.text, "a\r\nX-Injected: 1", "ünlike"):
            outcome = user.run("get", "vault:secret/x", "-e", name, typed=True)
            assert not outcome.leaks
            assert b"internal error" not in outcome.err, outcome.err.decode()
    assert heads
    assert not live.found_in("".join(heads).encode())
    assert not any(line.startswith("X-Injected") for head in heads for line in head.splitlines())
