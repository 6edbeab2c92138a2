"""``callback verify``: what it says of a received header, and what it shows to nobody."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scale_secrets import CallbackVerifier, SecretValue
from scale_secrets.cli.callback import _headers
from tests.support.canary import Canary, Outcome, User, key
from tests.support.project import LOCAL, Project, manifest_of
from tests.support.terminal import at_terminal

CURRENT = key("current callback key", "live_auth_")
PREVIOUS = key("previous callback key", "live_auth_")
FOREIGN = key("foreign header", "live_auth_")
API = key("api key", "live_")

MANIFEST = """\
[stores.laptop]
kind = "local"
path = ".scale-secrets/store.age"
[environments.live]
mode = "live"
store = "laptop"
[environments.live.secrets.api_key]
path = "scale/live/api-key"
[environments.live.secrets.callback_auth_key]
path = "scale/live/callback-auth-key"
[environments.optional]
mode = "live"
store = "laptop"
[environments.optional.secrets.callback_auth_key]
path = "scale/optional/callback-auth-key"
required = false
[environments.sender]
mode = "live"
store = "laptop"
[environments.sender.secrets.api_key]
path = "scale/live/api-key"
[environments.guarded]
mode = "live"
store = "laptop"
[environments.guarded.secrets.callback_auth_key]
path = "scale/live/callback-auth-key"
[[environments.guarded.guard]]
for = ["run"]
[[environments.guarded.guard]]
for = ["callback"]
confirm = true
""".replace('for = ["run"]\n', 'for = ["run"]\nconfirm = true\n')


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a callback key that was replaced once, and no API key."""
    user = User(tmp_path_factory.mktemp("prepared"), [CURRENT, PREVIOUS])
    assert user.run("init").code == 0
    (user.cwd / "scale-secrets.toml").write_text(MANIFEST)
    for canary in (PREVIOUS, CURRENT):
        words = ("put", "-e", "live", "callback_auth_key")
        assert user.run(*words, stdin=canary.value).code == 0
    return user.root


@pytest.fixture
def user(prepared: Path, tmp_path: Path) -> User:
    shutil.copytree(prepared, tmp_path / "user", symlinks=True)
    return User(tmp_path / "user", [CURRENT, PREVIOUS, FOREIGN, API])


def verify(user: User, stdin: bytes, *words: str, environment: str = "live") -> Outcome:
    outcome = user.run("callback", "verify", "-v", "-e", environment, *words, stdin=stdin)
    assert not outcome.leaks
    assert b"internal error" not in outcome.err, outcome.err.decode()
    return outcome


@pytest.mark.parametrize(
    ("canary", "stage"), [(CURRENT, "current"), (PREVIOUS, "previous")], ids=["current", "previous"]
)
def test_the_stage_that_accepts_is_told(user: User, canary: Canary, stage: str) -> None:
    outcome = verify(user, canary.value)
    assert (outcome.code, outcome.out) == (0, f"accepted by callback_auth_key ({stage})\n".encode())


FORMS = {
    "the value": b"%s",
    "a line": b"%s\n",
    "a line of Windows": b"%s\r\n",
    "a header": b"scale-callback-auth: %s\n",
    "a header of any case": b"Scale-Callback-Auth:%s",
    "a request": b"POST /scale/callbacks HTTP/1.1\r\nHost: example.com\r\n"
    b"scale-callback-auth: %s \r\n\r\n{\"task_id\": 1}",
    "a body that looks like it": b"scale-callback-auth: %s\n\nscale-callback-auth: no\n",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_header_comes_as_a_value_or_as_the_lines_of_a_request(form: str) -> None:
    CallbackVerifier([SecretValue(CURRENT.value)]).verify(_headers(FORMS[form] % CURRENT.value))


@pytest.mark.parametrize("stdin", [b"", b"\n", b"\r\n"], ids=["nothing", "a line", "of Windows"])
def test_an_empty_input_is_an_empty_header(stdin: bytes) -> None:
    assert _headers(stdin) == [(b"scale-callback-auth", b"")]


@pytest.mark.parametrize(
    ("stdin", "reason"),
    [
        (FOREIGN.value, b"is none of the accepted keys"),
        (b"scale-callback-auth: %s\n" % FOREIGN.value * 2, b"more than once"),
        (CURRENT.value + b"\xff", b"characters that no key has"),
    ],
    ids=["foreign", "twice", "not text"],
)
def test_a_refusal_is_code_3_and_says_why(user: User, stdin: bytes, reason: bytes) -> None:
    outcome = verify(user, stdin)
    assert (outcome.code, outcome.out) == (3, b"")
    assert reason in outcome.err


def test_a_wrong_header_is_told_what_it_was_compared_with(user: User) -> None:
    outcome = verify(user, FOREIGN.value)
    assert (
        b"hint: compared with callback_auth_key (current), callback_auth_key (previous)\n"
        in outcome.err
    )


def test_a_file_holds_the_header(user: User, tmp_path: Path) -> None:
    file = tmp_path / "received"  # beside what is searched
    file.write_bytes(b"scale-callback-auth: " + PREVIOUS.value)
    outcome = verify(user, b"", "--header-file", str(file))
    assert outcome.out == b"accepted by callback_auth_key (previous)\n"
    assert verify(user, b"", "--header-file", str(tmp_path / "none")).code == 5


def test_a_receiver_s_store_needs_no_api_key(user: User) -> None:
    """The environment declares one, which this user's store does not have."""
    assert user.run("get", "-e", "live", "api_key").code == 4
    assert verify(user, CURRENT.value).code == 0


def test_a_named_version_is_meant_alone(user: User) -> None:
    manifest = user.cwd / "scale-secrets.toml"
    path = 'path = "scale/live/callback-auth-key"'
    manifest.write_text(MANIFEST.replace(path, f'{path}\nversion = "1"'))
    outcome = verify(user, PREVIOUS.value)
    assert outcome.out == b"accepted by callback_auth_key (the version that it names)\n"
    assert verify(user, CURRENT.value).code == 3


def test_without_a_callback_key_nothing_is_accepted(user: User) -> None:
    assert verify(user, CURRENT.value, environment="sender").code == 2
    assert verify(user, CURRENT.value, environment="optional").code == 4


def test_the_guard_has_a_door_for_it(user: User) -> None:
    outcome = verify(user, CURRENT.value, environment="guarded")
    assert outcome.code == 3
    assert b"no block of the guard opens 'callback'" in outcome.err
    assert verify(user, CURRENT.value, "--yes", environment="guarded").code == 0


def test_the_group_alone_prints_its_help(user: User) -> None:
    outcome = user.run("callback")
    assert outcome.code == 0
    assert b"verify" in outcome.out


def test_the_header_is_no_argument(user: User) -> None:
    outcome = user.run("callback", "verify", "-e", "live", FOREIGN.text, typed=True)
    assert (outcome.code, outcome.leaks) == (2, [])


def test_a_person_is_asked_for_the_header_and_does_not_see_it(project: Project) -> None:
    spec = '[environments.live.secrets.callback_auth_key]\npath = "callback"\n'
    project.write(manifest_of(LOCAL, more=spec))
    project.fill("live", {"callback_auth_key": CURRENT.value})
    seen = at_terminal(
        project, "callback", "verify", "-e", "live", typed=[("scale-callback-auth", CURRENT.text)]
    )
    assert seen.code == 0
    assert "accepted by callback_auth_key (current)" in seen.screen
    assert CURRENT.text not in seen.screen
