"""Which callback keys a loaded environment accepts, as the stages of real stores have them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import scale_secrets
from scale_secrets.errors import UnreachableError
from scale_secrets.service.application import Secrets
from tests.support.moto_server import MotoServer
from tests.support.openbao import OpenBao

CURRENT, PENDING, PREVIOUS = (f"live_auth_{digit * 32}" for digit in "abc")
TEST_KEY = "test_auth_" + "d" * 32
PLACE = "environments.live.secrets.callback_auth_key"


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return f"accepted/{uuid.uuid4().hex}"


def loaded(store: dict[str, Any], **secret: Any) -> Secrets:
    secrets = {"callback_auth_key": secret}
    document = {
        "stores": {"main": store},
        "environments": {"live": {"mode": "live", "store": "main", "secrets": secrets}},
    }
    return scale_secrets.load("live", manifest=document)


def accepted(secrets: Secrets) -> list[str]:
    return [key.reveal() for key in secrets.accepted]


class Vault:
    """Writes callback keys to OpenBao, and loads them with a token that may read some of it."""

    def __init__(self, bao: OpenBao, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._bao = bao
        self.path = path
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("VAULT_ADDR", bao.url)

    def write(self, text: str, suffix: str = "") -> None:
        self._bao.root("POST", f"secret/data/{self.path}{suffix}", {"data": {"value": text}})

    def load(self, *rules: str, **secret: Any) -> Secrets:
        everything = (f"secret/data/{self.path}* [read]", f"secret/metadata/{self.path} [read]")
        self._monkeypatch.setenv("VAULT_TOKEN", self._bao.token(*(rules or everything)))
        return loaded({"kind": "vault", "mount": "secret"}, path=self.path, field="value", **secret)


@pytest.fixture
def vault(openbao: OpenBao, path: str, monkeypatch: pytest.MonkeyPatch) -> Vault:
    return Vault(openbao, path, monkeypatch)


def test_vault_a_first_key_is_accepted_alone(vault: Vault) -> None:
    vault.write(CURRENT)
    secrets = vault.load()
    assert accepted(secrets) == [CURRENT]
    assert [one for one in secrets.warnings if "accepted" in one] == []


def test_vault_the_neighbours_are_accepted(vault: Vault) -> None:
    vault.write(PREVIOUS)
    vault.write(CURRENT)
    vault.write(PENDING, ".pending")
    secrets = vault.load()
    assert accepted(secrets) == [CURRENT, PENDING, PREVIOUS]
    for key in (CURRENT, PENDING, PREVIOUS):
        secrets.callbacks.verify({"scale-callback-auth": key})


def test_vault_what_is_pending_and_current_is_one_key(vault: Vault) -> None:
    vault.write(CURRENT)
    vault.write(CURRENT, ".pending")
    assert accepted(vault.load()) == [CURRENT]


def test_vault_what_was_destroyed_is_not_accepted(vault: Vault, openbao: OpenBao) -> None:
    vault.write(PREVIOUS)
    vault.write(CURRENT)
    openbao.root("POST", f"secret/destroy/{vault.path}", {"versions": [1]})
    assert accepted(vault.load()) == [CURRENT]


def test_vault_a_version_that_is_named_is_meant_alone(vault: Vault) -> None:
    vault.write(PREVIOUS)
    vault.write(CURRENT)
    assert accepted(vault.load(version=1)) == [PREVIOUS]
    assert accepted(vault.load(version="previous")) == [PREVIOUS]


def test_vault_a_token_that_may_read_the_current_key_alone_is_enough(vault: Vault) -> None:
    vault.write(PREVIOUS)
    vault.write(CURRENT)
    vault.write(PENDING, ".pending")
    secrets = vault.load(f"secret/data/{vault.path} [read]")
    assert accepted(secrets) == [CURRENT]
    told = [one for one in secrets.warnings if "accepted" in one]
    assert told == [
        f"{PLACE} ({stage}): may not be read, so it is not accepted"
        for stage in ("pending", "previous")
    ]


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        pytest.param(TEST_KEY, "SEP001", id="of-the-other-mode"),
        pytest.param("live_" + "a" * 32, "SEP001", id="an-api-key"),
        pytest.param("", "empty", id="empty"),
        pytest.param("two words", "character", id="no-header"),
    ],
)
def test_vault_a_neighbour_that_breaks_a_rule_is_left_out_and_told(
    vault: Vault, wrong: str, rule: str
) -> None:
    vault.write(wrong)
    vault.write(CURRENT)
    vault.write(wrong, ".pending")
    secrets = vault.load()
    assert accepted(secrets) == [CURRENT]
    told = [one for one in secrets.warnings if one.endswith("so it is not accepted")]
    assert len(told) == 2
    assert all(rule in one and PLACE in one for one in told)
    assert not [one for one in told if wrong and wrong in one]


def test_aws_the_neighbours_are_accepted(
    moto: MotoServer, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in moto.environ.items():
        monkeypatch.setenv(name, text)
    client = moto.client("secretsmanager")
    client.create_secret(Name=path, SecretString=PREVIOUS)
    client.put_secret_value(SecretId=path, SecretString=CURRENT)
    client.put_secret_value(SecretId=path, SecretString=PENDING, VersionStages=["AWSPENDING"])
    assert accepted(loaded({"kind": "aws"}, path=path)) == [CURRENT, PENDING, PREVIOUS]


def test_a_store_without_stages_has_no_neighbours(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLBACK_SLOT", CURRENT)
    secrets = loaded({"kind": "environ"}, path="CALLBACK_SLOT")
    assert accepted(secrets) == [CURRENT]
    assert secrets.warnings == ()


def test_a_store_that_goes_away_in_between_is_told(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scale_secrets.stores import environ

    get: Callable[..., Any] = environ.EnvironStore.get

    def failing(store: Any, path: str, version: str | None, operation: Any) -> Any:
        if version is not None:
            raise UnreachableError("store main: away")
        return get(store, path, version, operation)

    monkeypatch.setattr(environ.EnvironStore, "get", failing)
    monkeypatch.setenv("CALLBACK_SLOT", CURRENT)
    with pytest.raises(UnreachableError, match=r"callback_auth_key \(pending\): store main: away"):
        loaded({"kind": "environ"}, path="CALLBACK_SLOT")
