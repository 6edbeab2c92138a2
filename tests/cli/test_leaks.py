"""No command shows a value that was not asked for, on the embedded store, whatever goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from scale_secrets.render.environment import DIALECTS
from scale_secrets.render.header import HEADER_FORMATS
from tests.support.canary import STDOUT, Canary, User, key, opaque, read_everything

LIVE = key("live key", "live_")
TEST = key("test key", "test_")
CALLBACK = key("callback key", "live_auth_")
NOTE = opaque("note")
CANARIES = [LIVE, TEST, CALLBACK, NOTE]

MANIFEST = """\
[project]
name = "cat-labels"
[stores.laptop]
kind = "local"
path = ".scale-secrets/store.age"
[environments.test]
mode = "test"
store = "laptop"
[environments.test.secrets.api_key]
path = "scale/test/api-key"
[environments.test.secrets.note]
path = "note"
[environments.live]
mode = "live"
store = "laptop"
[environments.live.secrets.api_key]
path = "scale/live/api-key"
[environments.live.secrets.callback_auth_key]
path = "scale/live/callback-auth-key"
[environments.live.secrets.note]
path = "note"
[[environments.live.guard]]
confirm = true
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user with an identity and a store of four values, all written by ``put``."""
    user = User(tmp_path_factory.mktemp("prepared"), CANARIES)
    outcome = user.run("init", "-v")
    assert (outcome.code, outcome.leaks) == (0, [])
    (user.cwd / "scale-secrets.toml").write_text(MANIFEST)
    (user.root / "value").write_bytes(LIVE.value)
    for environment, name, canary in (
        ("test", "api_key", TEST),
        ("live", "callback_auth_key", CALLBACK),
        ("test", "note", NOTE),
    ):
        words = ("put", "-v", "-e", environment, name, "--yes", "--exact")
        outcome = user.run(*words, stdin=canary.value, asked={user.root / "value"})
        assert (outcome.code, outcome.leaks) == (0, []), outcome.err
    words = ("put", "-e", "live", "api_key", "--yes", "--from-file", str(user.root / "value"))
    outcome = user.run(*words, asked={user.root / "value"})
    assert (outcome.code, outcome.leaks) == (0, []), outcome.err
    (user.root / "value").unlink()
    return user.root


@pytest.fixture
def user(prepared: Path, tmp_path: Path) -> User:
    """A copy of that user. The secret part of its identity is a canary like the others."""
    shutil.copytree(prepared, tmp_path / "user", symlinks=True)
    user = User(tmp_path / "user", CANARIES)
    identity = identity_of(user).read_text().splitlines()[-1].encode()
    user.canaries.append(Canary("identity", identity))
    kept = user.root.parent / "identity.txt"
    identity_of(user).rename(kept)
    kept.chmod(0o600)
    user.environ["SCALE_SECRETS_IDENTITY"] = str(kept)  # outside of what is searched
    return user


def identity_of(user: User) -> Path:
    return user.home / ".config" / "scale-secrets" / "identity.txt"


def manifest_of(user: User) -> Path:
    return user.cwd / "scale-secrets.toml"


def store_of(user: User) -> Path:
    return user.cwd / ".scale-secrets" / "store.age"


@pytest.mark.parametrize("environment", ["test", "live"])
def test_reading_shows_values_only_where_they_were_asked_for(user: User, environment: str) -> None:
    outcomes = read_everything(user, environment, expect=0)
    assert all(outcome.code == 0 for outcome in outcomes.values())
    outcome = user.run("get", "-v", "-e", environment, "note", "--yes", asked={STDOUT})
    assert (outcome.out, outcome.leaks) == (NOTE.value, [])


@pytest.mark.parametrize("form", HEADER_FORMATS)
def test_a_header_stands_on_stdout_or_in_its_file_alone(user: User, form: str) -> None:
    words = ("header", "-v", "-e", "live", "--yes", "--format", form)
    outcome = user.run(*words, asked={STDOUT})
    assert (outcome.code, outcome.leaks) == (0, [])
    assert LIVE.found_in(outcome.out)
    file = user.cwd / "header"
    outcome = user.run(*words, "--output", "header", asked={file})
    assert (outcome.code, outcome.leaks) == (0, [])
    assert LIVE.found_in(file.read_bytes())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_environment_stands_in_its_file_alone(user: User, dialect: str) -> None:
    """Every dialect either holds the text of several lines, or refuses it without showing it."""
    file = user.cwd / "app.env"
    masks = {STDOUT} if dialect == "github" else set()
    words = ("env", "-v", "-e", "test", "--format", dialect, "--output", "app.env")
    outcome = user.run(*words, asked={file, *masks})
    assert outcome.code in (0, 3)
    assert not outcome.leaks
    assert file.exists() == (outcome.code == 0)
    outcome = user.run(*words, "--only", "api_key", asked={file, *masks})
    assert (outcome.code, outcome.leaks) == (0, [])
    assert TEST.found_in(file.read_bytes())


def test_get_writes_the_file_that_was_named_and_no_other(user: User) -> None:
    file = user.cwd / "key"
    outcome = user.run("get", "-v", "-e", "test", "api_key", "-o", "key", asked={file})
    assert (outcome.code, outcome.leaks) == (0, [])
    assert file.read_bytes() == TEST.value


def test_run_hands_the_values_to_its_child_and_leaves_no_other_trace(user: User) -> None:
    words = ("run", "-v", "-e", "test", "--", "sh", "-c", "env; sleep 0.1")
    outcome = user.run(*words, asked={STDOUT})
    assert (outcome.code, outcome.leaks) == (0, [])
    assert NOTE.core in outcome.out
    files = user.cwd / "files"
    words = ("run", "-v", "-e", "test", "--files", "files", "--", "env")
    outcome = user.run(*words, asked={files / "SCALE_API_KEY", files / "NOTE"})
    assert (outcome.code, outcome.leaks) == (0, [])
    assert (files / "NOTE").read_bytes() == NOTE.value


@pytest.mark.parametrize("strict", [(), ("--strict",)], ids=["stripped", "refused"])
def test_a_key_of_the_other_mode_that_is_taken_out_is_not_shown(
    user: User, strict: tuple[str, ...]
) -> None:
    words = ("run", "-v", "-e", "test", "--only", "api_key", *strict, "--", "sh", "-c", "env")
    outcome = user.run(*words, environ={"OLD": LIVE.text}, asked={STDOUT})
    assert outcome.code == (125 if strict else 0)
    assert not outcome.leaks
    assert not LIVE.found_in(outcome.out)
    assert b"SEP005 OLD" in outcome.err


def test_commands_that_deliver_no_value_show_none(user: User) -> None:
    for words in (
        ("schema",),
        ("schema", "manifest"),
        ("completion", "bash"),
        ("trust", "https://vault.example.com:8200"),
        ("trust",),
        ("init",),
        ("list", "laptop:"),
        ("--help",),
        ("check", "--all", "--format", "json"),
        ("doctor", "--format", "json"),
        ("list", "-e", "live", "--format", "json"),
    ):
        outcome = user.run(*words, environ={"SCALE_API_KEY": LIVE.text})
        assert not outcome.leaks
        assert outcome.code == (7 if words == ("init",) else 0)


Break = Callable[[User], object]


def _swap_paths(user: User) -> None:
    text = MANIFEST.replace("scale/test/api-key", "scale/live/x")
    text = text.replace("scale/live/api-key", "scale/test/api-key")
    manifest_of(user).write_text(text.replace("scale/live/x", "scale/live/api-key"))


def _other_identity(user: User) -> None:
    other = User(user.root.parent / "other", [])
    assert other.run("init").code == 0
    user.environ["SCALE_SECRETS_IDENTITY"] = str(identity_of(other))


def _cut_short(user: User) -> None:
    store_of(user).write_bytes(store_of(user).read_bytes()[:-9])


def _flip_last_byte(user: User) -> None:
    data = bytearray(store_of(user).read_bytes())
    data[-1] ^= 1
    store_of(user).write_bytes(data)


def _pasted_identity(user: User) -> None:
    pasted = user.root.parent / "pasted.txt"
    pasted.touch(mode=0o600)
    pasted.write_bytes(LIVE.value + b"\n" + NOTE.value)
    user.environ["SCALE_SECRETS_IDENTITY"] = str(pasted)


BROKEN: dict[str, tuple[int, Break]] = {
    "wrong mode": (3, _swap_paths),
    "missing secret": (
        4,
        lambda user: manifest_of(user).write_text(MANIFEST.replace('path = "', 'path = "no/')),
    ),
    "missing store": (4, lambda user: store_of(user).unlink()),
    "wrong identity": (5, _other_identity),
    "open identity": (5, lambda user: Path(user.environ["SCALE_SECRETS_IDENTITY"]).chmod(0o644)),
    "a key pasted as identity": (2, _pasted_identity),
    "store cut short": (6, _cut_short),
    "store changed": (6, _flip_last_byte),
    "store emptied": (6, lambda user: store_of(user).write_bytes(b"")),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_a_store_that_fails_shows_nothing(user: User, fault: str) -> None:
    code, spoil = BROKEN[fault]
    spoil(user)
    read_everything(
        user, "test", expect=None if fault in ("missing secret", "missing store") else code
    )
    outcome = user.run("put", "-v", "-e", "test", "api_key", stdin=TEST.value)
    assert not outcome.leaks
    assert b"internal error" not in outcome.err


def test_a_store_in_the_clear_is_refused_without_showing_it(user: User) -> None:
    """Somebody decrypted it in place: the file may hold the values, messages may not."""
    store_of(user).write_bytes(b'{"api_key": "' + TEST.value + b'"}' + NOTE.value)
    for words in (("get", "-e", "test", "api_key"), ("check", "-e", "test"), ("doctor",)):
        outcome = user.run(*words, "-v", asked={store_of(user)})
        assert outcome.code in (2, 3, 6)
        assert not outcome.leaks


@pytest.mark.parametrize(
    ("words", "stdin", "code"),
    [
        (("put", "-e", "test", "api_key"), LIVE.value, 3),
        (("put", "-e", "live", "api_key", "--yes"), TEST.value, 3),
        (("put", "-e", "live", "api_key"), LIVE.value, 3),
        (("put", "-e", "live", "callback_auth_key", "--yes"), LIVE.value, 3),
        (("put", "-e", "test", "api_key", "--expect", "99"), TEST.value, 7),
        (("put", "-e", "test", "api_key", "--exact"), TEST.value + b"\n", 3),
        (("put", "-e", "test", "nothing"), TEST.value, 2),
        (("put", "-e", "test", "api_key", "--from-file", "nowhere"), TEST.value, 5),
        (("put", "environ:SCALE_API_KEY"), TEST.value, 2),
        (("put", "laptop:scale/test/api-key"), LIVE.value, 3),
        (("put", "laptop:a@3"), LIVE.value, 2),
        (("put", "laptop:new#x"), b"\xff" + NOTE.value, None),
    ],
    ids=lambda one: "value" if isinstance(one, bytes) else None,  # canaries are random
)
def test_a_refused_write_shows_nothing(
    user: User, words: tuple[str, ...], stdin: bytes, code: int | None
) -> None:
    outcome = user.run(*words, "-v", stdin=stdin)
    assert not outcome.leaks
    assert b"internal error" not in outcome.err
    if code is not None:
        assert outcome.code == code, outcome.err.decode()


NOTE_RULES = (
    '{"const": "x"}',
    '{"type": "integer"}',
    '{"pattern": "^x$", "description": "a short word"}',
    '{"maxLength": 3}',
    "false",
    '{"anyOf": [{"const": "x"}, {"enum": ["y", "z"]}]}',
    '{"$ref": "#/nowhere"}',
)
OWN_SCHEMAS = (
    *('{"properties": {"secrets": {"properties": {"note": {"properties": {"value": RULE}}}}}}'
      .replace("RULE", rule) for rule in NOTE_RULES),
    '{"properties": {"secrets": {"additionalProperties": false}}}',
    '{"type": 3}',
    "{",
)  # fmt: skip


@pytest.mark.parametrize("schema", OWN_SCHEMAS)
def test_a_value_that_breaks_a_schema_of_the_user_is_not_shown(user: User, schema: str) -> None:
    text = MANIFEST.replace('mode = "test"\n', 'mode = "test"\nschema = "own.json"\n')
    manifest_of(user).write_text(text)
    (user.cwd / "own.json").write_text(schema)
    for words in (("check", "-e", "test"), ("get", "-e", "test", "note")):
        outcome = user.run(*words, "-v")
        assert outcome.code in (2, 3), outcome.err.decode()
        assert not outcome.leaks
