"""No command shows a secret or AWS's own keys, with moto and with an AWS that lies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.aws_stub import Call, Manner, Reply, aws_stub, error, ok
from tests.support.canary import STDOUT, Canary, User, fresh, key, opaque, read_everything
from tests.support.openbao import free_ports

if TYPE_CHECKING:
    from tests.support.moto_server import MotoServer

MANIFEST = """\
[stores.cloud]
kind = "aws"
[environments.live]
mode = "live"
store = "cloud"
[environments.live.secrets.api_key]
path = "BASE/live/api-key"
[environments.live.secrets.note]
path = "BASE/note"
"""
LIVE = key("live key", "live_")
NOTE = opaque("note")


@pytest.fixture
def user(tmp_path: Path) -> User:
    """A user whose AWS keys are canaries as well."""
    user = User(tmp_path / "user", [LIVE, NOTE])
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        user.environ[name] = fresh()
        user.canaries.append(Canary(name, user.environ[name].encode()))
    user.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_REGION": "us-east-1"}
    write_manifest(user, "leaks")
    return user


def write_manifest(user: User, base: str) -> None:
    (user.cwd / "scale-secrets.toml").write_text(MANIFEST.replace("BASE", base))


@pytest.fixture
def stored(user: User, moto: MotoServer) -> User:
    """With both values written by ``put``."""
    user.environ["AWS_ENDPOINT_URL"] = moto.url
    write_manifest(user, f"leaks-{fresh()}")
    for name, canary in (("api_key", LIVE), ("note", NOTE)):
        outcome = user.run("put", "-v", "-e", "live", name, "--exact", stdin=canary.value)
        assert (outcome.code, outcome.leaks) == (0, []), outcome.err.decode()
    return user


def test_values_are_shown_only_where_they_were_asked_for(stored: User) -> None:
    outcomes = read_everything(stored, "live", expect=0)
    assert outcomes["check", "-e", "ENV"].code == 0
    outcome = stored.run("get", "-v", "-e", "live", "note", asked={STDOUT})
    assert (outcome.out, outcome.leaks) == (NOTE.value, [])


FAULTS: dict[str, tuple[int, Callable[[User], object]]] = {
    "missing": (4, lambda user: write_manifest(user, "nowhere")),
    "unreachable": (
        6,
        lambda user: user.environ.update(AWS_ENDPOINT_URL=f"http://127.0.0.1:{free_ports(1)[0]}"),
    ),
    "no credentials": (5, lambda user: user.environ.pop("AWS_ACCESS_KEY_ID")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failure_shows_nothing(stored: User, fault: str) -> None:
    code, spoil = FAULTS[fault]
    spoil(stored)
    read_everything(stored, "live", expect=code)


def _told(call: Call) -> str:
    """What a careless server might quote: the request, and what it knows."""
    return f"{call.raw.decode()} {dict(call.headers)} {LIVE.text} {NOTE.text}"


LIES: dict[str, Callable[[Call], Reply]] = {
    "a denial that quotes": lambda call: error("AccessDeniedException", _told(call)),
    "an expired token": lambda call: error("ExpiredTokenException", _told(call)),
    "an unknown error": lambda call: error(f"{LIVE.text}Exception", _told(call)),
    "an error of the server": lambda call: error("InternalServiceError", _told(call), 500),
    "a wrong parameter": lambda call: error("InvalidParameterException", _told(call)),
    "a page": lambda call: Reply(f"<html>{_told(call)}</html>".encode()),
    "a page of errors": lambda call: Reply(f"<html>{_told(call)}</html>".encode(), 503),
    "broken JSON": lambda call: Reply(b'{"SecretString": ' + json.dumps(_told(call)).encode()),
    "one string": lambda call: Reply(json.dumps(_told(call)).encode()),
    "values of wrong types": lambda call: ok(
        Name=[_told(call)], SecretString={"x": _told(call)}, VersionId=_told(call)
    ),
    "a body cut short": lambda call: Reply(
        json.dumps({"SecretString": _told(call)}).encode(), manner=Manner.CUT
    ),
    "a redirect": lambda call: Reply(
        b"", 307, {"Location": f"http://127.0.0.1:1/{LIVE.text}"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_what_aws_says_is_never_repeated(user: User, lie: str) -> None:
    with aws_stub(LIES[lie]) as stub:
        user.environ["AWS_ENDPOINT_URL"] = stub.url
        for words in (
            ("get", "-e", "live", "note"),
            ("check", "-e", "live"),
            ("list", "cloud:"),
            ("doctor",),
            ("put", "-e", "live", "note"),
        ):
            filled = (words[0], "-v", "--timeout", "3", *words[1:])
            outcome = user.run(*filled, stdin=NOTE.value if words[0] == "put" else b"")
            assert outcome.code != 0
            assert not outcome.leaks
            assert b"internal error" not in outcome.err, outcome.err.decode()
