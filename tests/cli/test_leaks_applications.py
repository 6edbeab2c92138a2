"""No door for applications shows a value: not printed, logged, pickled, nor in a crash report."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import talkative
from tests.support.canary import Canary, Outcome, User, key
from tests.support.fault_proxy import closed_port
from tests.support.scale_server import ScaleServer

LIVE = key("live key", "live_")
NEXT = key("next key", "live_")
TEST = key("test key", "test_")
CALLBACK = key("callback key", "live_auth_")
STRANGER = key("stranger's header", "live_auth_")
CANARIES = [LIVE, NEXT, TEST, CALLBACK, STRANGER]

MANIFEST = """\
[scale]
base_url = "BASE"
[stores.laptop]
kind = "local"
path = ".scale-secrets/store.age"
[environments.test]
mode = "test"
store = "laptop"
[environments.test.secrets.api_key]
path = "scale/test/api-key"
[environments.live]
mode = "live"
store = "laptop"
[environments.live.secrets.api_key]
path = "scale/live/api-key"
[environments.live.secrets.callback_auth_key]
path = "scale/live/callback-auth-key"
"""


@pytest.fixture(scope="module")
def scale() -> Iterator[ScaleServer]:
    with ScaleServer([LIVE.text]) as server:
        yield server


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, scale: ScaleServer) -> Path:
    """A user with an identity and a store of three values."""
    user = User(tmp_path_factory.mktemp("prepared"), CANARIES)
    assert user.run("init").code == 0
    use_base_url(user, scale.base_url)
    for environment, name, value in (
        ("live", "api_key", LIVE),
        ("live", "callback_auth_key", CALLBACK),
        ("test", "api_key", TEST),
    ):
        outcome = user.run("put", "-e", environment, name, "--yes", stdin=value.value)
        assert outcome.code == 0, outcome.err
    return user.root


@pytest.fixture
def user(prepared: Path, tmp_path: Path, scale: ScaleServer) -> User:
    """A copy of that user."""
    shutil.copytree(prepared, tmp_path / "user", symlinks=True)
    user = User(tmp_path / "user", CANARIES)
    use_base_url(user, scale.base_url)
    return user


def use_base_url(user: User, base_url: str) -> None:
    (user.cwd / "scale-secrets.toml").write_text(MANIFEST.replace("BASE", base_url))
    user.environ["SCALE_SECRETS_TRUSTED"] = base_url


def play(user: User, scene: str, **environ: str) -> Outcome:
    program = (sys.executable, talkative.__file__)
    return user.run(scene, program=program, environ=environ)


def test_no_object_shows_its_value(user: User) -> None:
    outcome = play(user, "shown")
    assert (outcome.code, outcome.leaks) == (0, []), outcome.err.decode()
    assert b"FreshSecrets(live, mode live)" in outcome.out


def test_no_log_of_any_client_shows_the_key(user: User, scale: ScaleServer) -> None:
    sent = len(scale.requests)
    outcome = play(user, "asked")
    assert (outcome.code, outcome.leaks) == (0, [])
    assert len(scale.requests) == sent + 5
    for logger in (b"urllib3", b"httpx", b"httpcore", b"scale_secrets"):
        assert b":" + logger in outcome.err, "it logs nothing, so this shows nothing"


def test_no_refusal_of_a_client_shows_the_key(user: User) -> None:
    with ScaleServer() as refusing:
        use_base_url(user, refusing.base_url)
        outcome = play(user, "asked")
    assert (outcome.code, outcome.leaks) == (0, [])
    assert outcome.err.count(b"401") >= 4


def test_a_server_that_is_away_has_the_sdk_show_no_key(user: User) -> None:
    use_base_url(user, f"http://127.0.0.1:{closed_port()}/v1")
    outcome = play(user, "by_sdk")
    assert (outcome.code, outcome.leaks) == (0, [])
    assert b"Traceback" in outcome.err


def test_a_refused_host_is_reported_without_the_key(user: User) -> None:
    outcome = play(user, "refused_hosts")
    assert (outcome.code, outcome.leaks) == (0, [])
    assert outcome.err.count(b"SEP007") >= 6


def test_what_nobody_catches_shows_no_key(user: User) -> None:
    outcome = play(user, "unhandled")
    assert (outcome.code, outcome.leaks) == (1, [])
    assert outcome.err.count(b"RuntimeError") >= 3
    assert b"Task exception was never retrieved" in outcome.err


def test_a_failing_hook_is_logged_without_its_text(user: User) -> None:
    outcome = play(user, "changed", NEXT_KEY=NEXT.text)
    assert (outcome.code, outcome.leaks) == (0, []), outcome.err.decode()
    assert b"a hook failed on the change of api_key: RuntimeError" in outcome.err


@pytest.mark.parametrize("lie", [TEST, STRANGER], ids=["other mode", "callback key"])
def test_a_key_that_is_refused_is_in_no_crash_report(user: User, lie: Canary) -> None:
    manifest = user.cwd / "scale-secrets.toml"
    outcome = user.run("put", "laptop:lie", stdin=lie.value)
    manifest.write_text(manifest.read_text().replace("scale/live/api-key", "lie"))
    outcome = play(user, "failing_store")
    assert (outcome.code, outcome.leaks) == (0, [])
    assert outcome.err.count(b"SEP001") >= 3


def test_callbacks_are_judged_without_a_trace_of_them(user: User) -> None:
    headers = [
        CALLBACK.text,
        STRANGER.text,
        f"{CALLBACK.text},{STRANGER.text}",
        f"\u00e9{STRANGER.text}",
    ]
    outcome = play(user, "called_back", HEADERS="\n".join(headers))
    assert (outcome.code, outcome.leaks) == (0, []), outcome.err.decode()
    assert b"through" in outcome.out
    assert outcome.err.count(b"callback refused") >= 6


def test_settings_that_do_not_hold_show_no_value(user: User) -> None:
    outcome = play(user, "settings")
    assert (outcome.code, outcome.leaks) == (0, []), outcome.err.decode()
    assert outcome.out.count(b"missing") >= 2
    assert b"at most 3" in outcome.err
    assert b"annotate it SecretStr" in outcome.out


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (CALLBACK.value, 0),
        (STRANGER.value, 3),
        (b"Scale-Callback-Auth: " + STRANGER.value + b"\r\n", 3),
        (b"Scale-Callback-Auth: " + CALLBACK.value + b"\r\nX: y\r\n\r\n" + STRANGER.value, 0),
        (b"scale-callback-auth: a\nscale_callback_auth: " + CALLBACK.value, 3),
        (CALLBACK.value + b"\xe9", 3),
        (b"", 3),
    ],
    ids=["good", "wrong", "wrong line", "whole request", "two", "not ascii", "empty"],
)
def test_the_command_tells_neither_header_nor_key(user: User, header: bytes, code: int) -> None:
    outcome = user.run("callback", "verify", "-v", "-e", "live", "--yes", stdin=header)
    assert (outcome.code, outcome.leaks) == (code, []), outcome.err.decode()


def test_the_command_tells_nothing_of_a_file_either(user: User) -> None:
    file = user.cwd / "request"
    file.write_bytes(b"scale-callback-auth: " + STRANGER.value)
    words = ("callback", "verify", "-v", "-e", "live", "--yes", "--header-file", "request")
    outcome = user.run(*words, asked={file})
    assert (outcome.code, outcome.leaks) == (3, []), outcome.err.decode()


# A command that goes on beside another one: what it tells is waited for, and told again.
WATCHING = """
import os, subprocess, sys

ours = [sys.executable, "-m", "scale_secrets"]
every = ["--watch", "--every", "0.3", "--debounce", "0.1"]
words = ["run", "-v", "-e", "live", "--yes", *every, "--", "sleep", "60"]
watched = subprocess.Popen(ours + words, stderr=subprocess.PIPE)

def until(told):
    for line in watched.stderr:
        sys.stderr.buffer.write(line)
        sys.stderr.flush()
        if told in line:
            return

until(b"containers of laptop")
put = ["put", "-e", "live", "api_key", "--yes"]
subprocess.run(ours + put, input=os.environ["NEXT_KEY"].encode(), check=True)
until(b"changed")
os.rename(".scale-secrets/store.age", "away")
until(b"keeps what it was given")
watched.terminate()
until(b"nothing more")
watched.wait()
"""


def test_run_watch_tells_of_changes_and_troubles_without_values(user: User) -> None:
    program = (sys.executable,)
    outcome = user.run("-c", WATCHING, program=program, environ={"NEXT_KEY": NEXT.text})
    assert (outcome.code, outcome.leaks) == (0, []), outcome.err.decode()
    assert b"SCALE_API_KEY changed: the command is started again" in outcome.err
    assert b"the command keeps what it was given" in outcome.err
