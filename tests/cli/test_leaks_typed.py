"""A key that was typed or pasted where none belongs is not repeated, neither by us nor by Click.

The command line itself is open to everyone, and a person's mistake; the log of a pipeline, which
keeps stderr for years, need not have it as well.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.canary import User, key

LIVE = key("live key", "live_")
CALLBACK = key("callback key", "test_auth_")
KEY = LIVE.text

MANIFEST = """\
[stores.pipeline]
kind = "environ"
[environments.test]
mode = "test"
store = "pipeline"
[environments.test.secrets.api_key]
path = "SOME_KEY"
"""
TEST_KEY = "test_" + "0123456789abcdef" * 2
TALKING = ("get", "put", "list", "check", "header", "env", "run", "doctor", "init")


@pytest.fixture
def user(tmp_path: Path) -> User:
    user = User(tmp_path, [LIVE, CALLBACK], {"SOME_KEY": TEST_KEY})
    (user.cwd / "scale-secrets.toml").write_text(MANIFEST)
    return user


TYPED: list[tuple[tuple[str, ...], int]] = [
    ((KEY,), 2),
    (("--" + KEY,), 2),
    (("get", KEY), 2),
    (("get", KEY, KEY), 2),
    (("get", "-" + KEY), 2),
    (("get", f"--{KEY}"), 2),
    (("get", f"--yes={KEY}", "x"), 2),
    (("get", "-e", "test", KEY), 2),
    (("get", f"{KEY}:"), 2),  # as `curl -u` wants it
    (("get", f"{KEY}:x"), 2),
    (("get", f"{KEY}:x#"), 2),
    (("get", f"{KEY}:x%"), 2),
    (("get", f"environ:{KEY}"), 4),
    (("get", f"environ:SOME_KEY#{KEY}"), 4),
    (("get", f"environ:SOME_KEY@{KEY}"), 4),
    (("get", f"local:{KEY}"), 4),
    (("get", f"vault:{KEY}"), 5),
    (("get", f"vault:secret/{KEY}", "--auth", KEY), 2),
    (("get", f"aws:{KEY}"), 5),
    (("get", "-e", KEY, "api_key"), 2),
    (("get", "-e", "test", "api_key", "--manifest", KEY), 2),
    (("get", "-e", "test", "api_key", "--timeout", KEY), 2),
    (("get", "-e", "test", "api_key", "-o", f"{KEY}/x"), 4),
    (("put", "-e", "test", "api_key", KEY), 2),
    (("put", "-e", "test", KEY), 2),
    (("put", "-e", "test", "api_key", "--from-file", KEY), 5),
    (("put", "local:x", "--expect", KEY), 2),
    (("list", KEY), 2),
    (("list", f"{KEY}:"), 2),
    (("list", f"{KEY}:x"), 2),
    (("list", "-e", KEY), 2),
    (("list", "--format", KEY), 2),
    (("check", KEY), 2),
    (("check", "-e", KEY), 2),
    (("header", KEY), 2),
    (("header", "-e", "test", "--format", KEY), 2),
    (("header", f"{KEY}:x", "--mode", "test"), 2),
    (("header", "environ:SOME_KEY", "--mode", KEY), 2),
    (("env", "-e", "test", "--format", KEY), 2),
    (("env", "-e", "test", "--format", "posix", "--only", KEY), 2),
    (("env", "--format", "posix", "--secret", KEY), 2),
    (("env", "--format", "posix", "--mode", "test", "--secret", f"X={KEY}"), 2),
    (("env", "--format", "k8s", "-e", "test", "--secret-name", KEY, "--namespace", KEY), 2),
    (("run", KEY, "--", "true"), 125),
    (("run", "-e", KEY, "--", "true"), 125),
    (("run", "-e", "test", "--only", KEY, "--", "true"), 125),
    (("run", "-e", "test", "--", KEY), 127),
    (("run", "-e", "test", "--", f"/{KEY}"), 127),
    (("schema", KEY), 2),
    (("completion", KEY), 2),
    (("doctor", "-e", KEY), 3),
    (("doctor", KEY), 2),
    (("trust", KEY), 2),
    (("trust", f"https://{KEY}:@vault.example.com"), 2),
    (("trust", f"https://vault.example.com/?{KEY}"), 2),
    (("init", KEY), 2),
    (("init", "--kind", KEY), 2),
    (("init", "--manifest", "new.toml", "--kind", "environ", "--name", KEY), 2),
]


@pytest.mark.parametrize(
    ("words", "code"), TYPED, ids=[" ".join(w).replace(KEY, "KEY") for w, _ in TYPED]
)
def test_a_key_typed_in_the_wrong_place_is_not_repeated(
    user: User, words: tuple[str, ...], code: int
) -> None:
    verbose = (words[0], "-v", *words[1:]) if len(words) > 1 and words[0] in TALKING else words
    outcome = user.run(*verbose, typed=True)
    assert not outcome.leaks
    assert b"internal error" not in outcome.err, outcome.err.decode()
    assert outcome.code == code, outcome.err.decode()


@pytest.mark.parametrize(
    "name",
    [
        "SCALE_SECRETS_ENVIRONMENT",
        "SCALE_SECRETS_MANIFEST",
        "SCALE_SECRETS_TRUSTED",
        "SCALE_SECRETS_IDENTITY",
        "SCALE_API_KEY",
        "VAULT_ADDR",
        "VAULT_NAMESPACE",
        "VAULT_TOKEN",
        "VAULT_CACERT",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_ENDPOINT_URL",
        "NO_COLOR",
        "XDG_CONFIG_HOME",
    ],
)
def test_a_key_in_the_wrong_variable_is_not_repeated(user: User, name: str) -> None:
    environ = {"SCALE_SECRETS_ENVIRONMENT": "test", name: KEY}
    store = name.partition("_")[0].lower()
    if store in ("vault", "aws"):
        commands = [("get", "-v", f"{store}:secret/x", "--timeout", "5"), ("doctor", "-v")]
    else:
        commands = [("get", "-v", "api_key", "-o", "key"), ("run", "-v", "--", "true"), ("trust",)]
    for words in commands:
        outcome = user.run(*words, environ=environ)
        assert not outcome.leaks
        assert b"internal error" not in outcome.err, outcome.err.decode()


GUARD = "[[environments.test.guard]]\n[environments.test.guard.require_variables]\n"
SPOILT = {
    "a store's path": MANIFEST.replace("SOME_KEY", KEY),
    "a value": MANIFEST + f'variable = "{KEY}"\n',
    "a field": MANIFEST + f'field = "{KEY}"\n',
    "a version": MANIFEST + f'version = "{KEY}"\n',
    "a version with blanks": MANIFEST + f'version = "a {KEY}"\n',
    "a known key of a wrong type": MANIFEST + f'required = "{KEY}"\n',
    "an unknown key's value": MANIFEST + f'value = "{KEY}"\n',
    "an unknown key": MANIFEST + f'{KEY} = "x"\n',
    "an unknown key of another shape": MANIFEST + f'{CALLBACK.text} = "x"\n',
    "a quoted key": MANIFEST + f'"a {KEY} b" = "x"\n',
    "a table's name": MANIFEST + f"[{KEY}]\n",
    "a store's name": MANIFEST.replace("pipeline", KEY),
    "an unknown store": MANIFEST.replace('store = "pipeline"', f'store = "{KEY}"'),
    "a kind": MANIFEST.replace('"environ"', f'"{KEY}"'),
    "an environment's name": MANIFEST.replace("environments.test", f"environments.{KEY}"),
    "a secret's name": MANIFEST.replace("secrets.api_key", f"secrets.{KEY}"),
    "a mode": MANIFEST.replace('mode = "test"', f'mode = "{KEY}"'),
    "config": MANIFEST + f'[environments.test.config]\nSCALE_X = "{KEY}"\n',
    "config's name": MANIFEST + f'[environments.test.config]\n{KEY} = "x"\n',
    "a schema's name": MANIFEST.replace('mode = "test"\n', f'mode = "test"\nschema = "{KEY}"\n'),
    "a project": f'[project]\nname = "{KEY}"\n' + MANIFEST,
    "a guard": MANIFEST + GUARD + f'A = "{KEY}"\n',
    "a guard's variable": MANIFEST + GUARD + f'{KEY} = "a"\n',
    "no TOML: a bare key": MANIFEST + f"{KEY}\n",
    "no TOML: a bare value": MANIFEST + f"field = {KEY}\n",
    "no TOML: a name twice": MANIFEST + f"{KEY} = 1\n{KEY} = 2\n",
    "no TOML: a table twice": MANIFEST + f"[{KEY}]\n[{KEY}]\n",
    "no TOML: an open string": MANIFEST + f'field = "{KEY}\n',
    "no TOML: a bad escape": MANIFEST + f'field = "\\{KEY}"\n',
}  # fmt: skip


@pytest.mark.parametrize("place", SPOILT)
def test_a_key_pasted_into_the_manifest_is_refused_and_not_repeated(user: User, place: str) -> None:
    manifest = user.cwd / "scale-secrets.toml"
    manifest.write_text(SPOILT[place])
    user.environ["SCALE_SECRETS_ENVIRONMENT"] = "test"
    outcome = user.run("doctor", "-v", asked={manifest})  # tells more than any other command
    assert outcome.code == 3, outcome.err.decode()
    assert b"bad     manifest:" in outcome.out
    assert not outcome.leaks
    assert not outcome.err


@pytest.mark.parametrize("place", ["an unknown key", "a kind", "no TOML: a bare value"])
def test_a_key_pasted_into_the_users_configuration_is_not_repeated(user: User, place: str) -> None:
    directory = user.home / ".config" / "scale-secrets"
    directory.mkdir(parents=True, mode=0o700)
    config = directory / "config.toml"
    text = SPOILT[place].replace("[environments.test", "[stores.pipeline")
    config.write_text(text)
    outcome = user.run("get", "-v", "-e", "test", "api_key", asked={config})
    assert outcome.code == 2
    assert not outcome.leaks
    config.unlink()
    trusted = directory / "trusted"
    trusted.write_text(f"{KEY}\n")
    outcome = user.run("get", "-v", "-e", "test", "api_key", asked={trusted})
    assert outcome.code == 2
    assert not outcome.leaks
