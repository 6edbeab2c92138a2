"""What a person is told when something fails, and the exit code that a pipeline sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import click
import pytest

import scale_secrets
from scale_secrets import errors
from scale_secrets.cli import app, exits
from scale_secrets.errors import ScaleSecretsError
from scale_secrets.model import Finding
from tests.support.canary import Outcome, User

LIVE = "live_" + "0123456789abcdef" * 2
TEST = "test_" + "0123456789abcdef" * 2

MANIFEST = """\
[stores.pipeline]
kind = "environ"
[stores.laptop]
kind = "local"
path = "store.age"
[stores.vault]
kind = "vault"
address = "http://127.0.0.1:1"
mount = "secret"
[environments.test]
mode = "test"
store = "pipeline"
[environments.test.secrets.api_key]
path = "SOME_KEY"
[environments.vault]
mode = "test"
store = "vault"
[environments.vault.secrets.api_key]
path = "a"
[environments.guarded]
mode = "test"
store = "pipeline"
[environments.guarded.secrets.api_key]
path = "SOME_KEY"
[[environments.guarded.guard]]
confirm = true
"""


@pytest.fixture
def user(tmp_path: Path) -> User:
    user = User(tmp_path, [], {"SOME_KEY": TEST, "XDG_CONFIG_HOME": str(tmp_path / "home" / "c")})
    (user.cwd / "scale-secrets.toml").write_text(MANIFEST)
    return user


def _below(base: type[ScaleSecretsError]) -> Iterator[type[ScaleSecretsError]]:
    for one in base.__subclasses__():
        yield one
        yield from _below(one)


def _all_errors() -> list[type[ScaleSecretsError]]:
    for module in walk_packages(scale_secrets.__path__, "scale_secrets."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    ours = [one for one in _below(ScaleSecretsError) if one.__module__.startswith("scale_secrets")]
    return sorted(set(ours), key=lambda one: one.__qualname__)


# Written out by hand: the table is what pipelines rely on, so a change of it must be seen here.
CODES = {
    errors.UsageError: 2,
    errors.ManifestError: 2,
    errors.CoordinateError: 2,
    errors.PolicyError: 2,
    errors.TrustError: 2,
    errors.ReadOnlyStoreError: 2,
    errors.FindingsError: 3,
    errors.ValidationError: 3,
    errors.SeparationError: 3,
    errors.KeyFormatError: 3,
    errors.RenderError: 3,
    errors.CallbackRefused: 3,
    errors.NotFoundError: 4,
    errors.SoftDeletedError: 4,
    errors.FieldNotFoundError: 4,
    errors.DeniedError: 5,
    errors.UnreachableError: 6,
    errors.DeadlineError: 6,
    errors.BadAnswerError: 6,
    errors.WriteInDoubtError: 6,
    errors.ConflictError: 7,
}


def test_every_error_of_the_tree_has_its_documented_code() -> None:
    for kind in _all_errors():
        documented = next(CODES[base] for base in kind.__mro__ if base in CODES)
        made = _make(kind)
        assert exits.exit_code(made) == documented, kind
    assert {kind for kind in _all_errors() if kind.__module__ == errors.__name__} == set(CODES)


def _make(kind: type[ScaleSecretsError]) -> ScaleSecretsError:
    """An error without its constructor, which differs: only the class decides the code."""
    return kind.__new__(kind)


def test_a_code_means_one_thing() -> None:
    named = [exits.DONE, exits.BUG, exits.USAGE, exits.FINDINGS, *range(4, 8)]
    assert sorted({*exits.EXIT_CODES.values(), exits.DONE, exits.BUG}) == sorted(named)
    assert exits.exit_code(ScaleSecretsError("unknown")) == exits.BUG


def test_an_error_masks_a_key_in_its_message_and_hint() -> None:
    error = errors.UsageError(f"there is no store named {LIVE!r}", hint=f"known: a, {TEST}")
    assert LIVE not in f"{error!r} {error} {error.message} {error.args}"
    assert error.message == "there is no store named '<secret>'"
    assert error.hint == "known: a, <secret>"
    finding = Finding("SEP001", f"environments.{LIVE}", "is wrong", "mend it")
    assert LIVE not in str(errors.SeparationError([finding]))


FAILURES: dict[str, tuple[tuple[str, ...], int]] = {
    "no command": (("nothing",), 2),
    "no such option": (("get", "--nothing", "a"), 2),
    "an option without its value": (("get", "-e"), 2),
    "a flag with a value": (("get", "--reveal=word", "environ:A"), 2),
    "a missing argument": (("get",), 2),
    "too many arguments": (("get", "a", "b"), 2),
    "a number that is none": (("get", "environ:A", "--timeout", "word"), 2),
    "a choice that is none": (("header", "--format", "word"), 2),
    "no environment": (("get", "api_key"), 2),
    "an unknown environment": (("get", "-e", "none", "api_key"), 2),
    "an unknown secret": (("get", "-e", "test", "none"), 2),
    "an unknown store": (("get", "none:a"), 2),
    "a bad coordinate": (("get", "environ:"), 2),
    "two environments": (("get", "-e", "test", "-e", "vault", "api_key"), 2),
    "a read-only store": (("put", "environ:A"), 2),
    "an untrusted address": (("get", "-e", "vault", "api_key"), 2),
    "no manifest there": (("check", "--all", "--manifest", "none.toml"), 2),
    "an unknown schema": (("schema", "none"), 2),
    "no URL to trust": (("trust", "word"), 2),
    "an unknown login": (("get", "vault:secret/a", "--auth", "none"), 2),
    "mode without secret": (("env", "-e", "test", "--mode", "test", "--format", "posix"), 2),
    "secret without mode": (("env", "--secret", "A=environ:B", "--format", "posix"), 2),
    "a prefix that is none": (("list", "word"), 2),
    "no workflow": (("env", "-e", "test", "--format", "github"), 2),
    "an empty value": (("put", "laptop:a"), 2),
    "no callback key": (("callback", "verify", "-e", "test"), 2),
    "a closed guard": (("get", "-e", "guarded", "api_key"), 3),
    "a missing variable": (("get", "environ:NONE"), 4),
    "a missing field": (("get", "environ:SOME_KEY#none", "--yes"), 4),
    "no store file": (("get", "laptop:a"), 4),
    "an unreadable file": (("put", "laptop:a", "--from-file", "none"), 5),
    "a manifest that exists": (("init",), 7),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_has_its_code_and_tells_on_stderr_alone(user: User, failure: str) -> None:
    words, code = FAILURES[failure]
    outcome = user.run(*words)
    assert outcome.code == code, outcome.err.decode()
    _check_told(outcome)


def test_an_unreachable_store_is_code_6(user: User) -> None:
    user.environ |= {"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "t"}
    outcome = user.run("get", "-e", "vault", "api_key", "--timeout", "2")
    assert outcome.code == 6
    _check_told(outcome)


def test_a_live_key_in_a_test_environment_is_code_3(user: User) -> None:
    outcome = user.run("get", "-e", "test", "api_key", environ={"SOME_KEY": LIVE})
    assert outcome.code == 3
    assert b"SEP001 environments.test.secrets.api_key: " in outcome.err
    _check_told(outcome)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("run", "-e", "none", "--", "true"), 125),
        (("run",), 125),
        (("run", "--nothing", "--", "true"), 125),
        (("run", "-e", "guarded", "--", "true"), 125),
        (("run", "-e", "test", "--", "./scale-secrets.toml"), 126),
        (("run", "-e", "test", "--", "no-such-command"), 127),
        (("run", "-e", "test", "--", "sh", "-c", "exit 3"), 3),
        (("run", "-e", "test", "--", "sh", "-c", "kill -TERM $$"), -15),  # a shell reports 143
    ],
)
def test_run_keeps_the_codes_below_125_for_its_child(
    user: User, words: tuple[str, ...], code: int
) -> None:
    outcome = user.run(*words)
    assert outcome.code == code, outcome.err.decode()
    assert outcome.out == b""


def _check_told(outcome: Outcome) -> None:
    """Nothing on stdout; the prefix; lower case, no final period, and a hint on its own line."""
    assert outcome.out == b""
    lines = outcome.err.decode().splitlines()
    told = [line for line in lines if not line.startswith("  ")]
    assert all(line.startswith("scale-secrets: ") for line in told), lines
    message, *_, hint = [line.removeprefix("scale-secrets: ") for line in told]
    assert hint.startswith("hint: ")
    assert len(hint) > len("hint: ")
    assert re.match(r"[a-z\-]|[A-Z]{3}[0-9]{3} |[A-Z_]+ |[A-Z]+: |/|'|\"", message), message
    assert not message.endswith("."), message
    assert not hint.endswith("."), hint


TYPED = "some-Typed-Word"


@pytest.mark.parametrize("command", app.COMMANDS)
def test_click_s_own_errors_never_repeat_a_typed_word(user: User, command: str) -> None:
    """Every option that takes a value or not, and every argument: read from the command itself."""
    loaded: click.Command = import_module(app.COMMANDS[command]).command
    calls = [[command, f"--{TYPED}"], [command, *[TYPED] * 5], [command, "--"] + [TYPED] * 5]
    for parameter in loaded.params:
        if isinstance(parameter, click.Option):
            name = parameter.opts[-1]
            if parameter.is_flag:
                calls.append([command, f"{name}={TYPED}"])
            elif not isinstance(parameter.type, click.Path) and parameter.type is not click.STRING:
                calls.append([command, name, TYPED])
    for call in calls:
        if command in ("run", "init", "demo") and call[1:2] in (["--"], [TYPED]):
            continue  # these words are the child's
        told = _in_process(call)
        assert TYPED.lower() not in told.lower(), call
        assert "internal error" not in told, call


def _in_process(words: list[str]) -> str:
    """Click's part of a command line, which needs no process of its own."""
    try:
        app.app.main(words, prog_name="scale-secrets", standalone_mode=False)
    except click.ClickException as error:
        return app._without_words(error)
    except ScaleSecretsError as error:
        return error.message + error.hint
    return ""
