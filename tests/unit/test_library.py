"""``scale_secrets.load``: what a program gets, and each way it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import scale_secrets
from scale_secrets.errors import (
    FieldNotFoundError,
    ManifestError,
    NotFoundError,
    SeparationError,
    TrustError,
    UnreachableError,
    UsageError,
    ValidationError,
)
from tests.support.listener import Listener
from tests.support.project import LIVE_KEY, TEST_KEY

PATHS = {"test": "TEST_SLOT", "live": "LIVE_SLOT"}


@pytest.fixture
def document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """A manifest as a dict, whose store are this process's own variables."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TEST_SLOT", TEST_KEY)
    monkeypatch.setenv("LIVE_SLOT", LIVE_KEY)
    return {
        "stores": {"main": {"kind": "environ"}},
        "environments": {
            mode: {"mode": mode, "store": "main", "secrets": {"api_key": {"path": path}}}
            for mode, path in PATHS.items()
        },
    }


def test_a_dict_is_a_manifest(document: dict[str, Any]) -> None:
    bundle = scale_secrets.load("live", manifest=document)
    assert bundle.api_key.reveal() == LIVE_KEY
    assert bundle.environments == ("live",)


def test_the_nearest_file_is_the_manifest(document: dict[str, Any], tmp_path: Path) -> None:
    text = (
        '[stores.main]\nkind = "environ"\n[environments.test]\nmode = "test"\nstore = "main"\n'
        '[environments.test.secrets.api_key]\npath = "TEST_SLOT"\n'
    )
    path = tmp_path / "scale-secrets.toml"
    path.write_text(text)
    path.chmod(0o644)
    assert scale_secrets.load("test").api_key.reveal() == TEST_KEY
    other = tmp_path / "other.toml"
    path.rename(other)
    assert scale_secrets.load("test", manifest=other).api_key.reveal() == TEST_KEY
    with pytest.raises(UsageError):
        scale_secrets.load("test")


def refused(
    error: type[scale_secrets.ScaleSecretsError], environment: str, document: dict[str, Any]
) -> scale_secrets.ScaleSecretsError:
    with pytest.raises(error) as caught:
        scale_secrets.load(environment, manifest=document, timeout=5)
    for key in (TEST_KEY, LIVE_KEY):
        assert key not in caught.value.message + caught.value.hint + repr(caught.value)
    return caught.value


def test_an_unknown_environment_names_the_known_ones(document: dict[str, Any]) -> None:
    error = refused(UsageError, "prod", document)
    assert "test" in error.hint
    assert "live" in error.hint


def test_a_missing_secret_names_its_place(document: dict[str, Any]) -> None:
    document["environments"]["test"]["secrets"]["api_key"]["path"] = "NOT_SET"
    error = refused(NotFoundError, "test", document)
    assert "environments.test.secrets.api_key" in error.message


def test_a_missing_field_is_told(document: dict[str, Any]) -> None:
    document["environments"]["test"]["secrets"]["api_key"]["field"] = "value"
    refused(FieldNotFoundError, "test", document)


def test_an_optional_one_may_be_missing(document: dict[str, Any]) -> None:
    secret = document["environments"]["test"]["secrets"]["api_key"]
    secret |= {"path": "NOT_SET", "required": False}
    bundle = scale_secrets.load("test", manifest=document)
    assert len(bundle) == 0


def test_a_key_of_the_other_mode_is_refused(document: dict[str, Any]) -> None:
    document["environments"]["test"]["secrets"]["api_key"]["path"] = "LIVE_SLOT"
    error = refused(SeparationError, "test", document)
    assert "SEP001" in error.message


def test_a_callback_key_that_no_header_can_carry_does_not_validate(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLBACK", "two words")
    document["environments"]["test"]["secrets"]["callback_auth_key"] = {"path": "CALLBACK"}
    error = refused(ValidationError, "test", document)
    assert isinstance(error, ValidationError)
    assert [one.id for one in error.findings] == ["SCH001"]
    assert "two words" not in error.message


def test_a_guard_that_wants_a_confirmation_stays_closed(document: dict[str, Any]) -> None:
    document["environments"]["live"]["guard"] = [{"confirm": True}]
    assert "SEP006" in refused(SeparationError, "live", document).message


def test_a_guards_variable_opens(document: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    guard = [{"for": ["load"], "require_variables": {"REF": "main"}}]
    document["environments"]["live"]["guard"] = guard
    refused(SeparationError, "live", document)
    monkeypatch.setenv("REF", "main")
    assert scale_secrets.load("live", manifest=document).api_key.reveal() == LIVE_KEY


def test_a_document_of_a_program_is_not_trusted_with_a_token_either(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "s.made-up")
    with Listener() as listener:
        document["stores"]["main"] = {"kind": "vault", "address": listener.url, "mount": "secret"}
        refused(TrustError, "test", document)
        assert listener.connections == 0


def test_a_store_that_is_away_is_told_as_such(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "s.made-up")
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
    monkeypatch.setenv("VAULT_MAX_RETRIES", "0")
    document["stores"]["main"] = {"kind": "vault", "mount": "secret"}
    refused(UnreachableError, "test", document)


def test_a_document_that_is_wrong_is_a_manifest_error(document: dict[str, Any]) -> None:
    document["environments"]["test"]["mode"] = LIVE_KEY
    refused(ManifestError, "test", document)


def test_an_own_schema_applies_on_top(document: dict[str, Any], tmp_path: Path) -> None:
    schema = tmp_path / "own.json"
    schema.write_text('{"properties": {"config": {"required": ["SCALE_PROJECT"]}}}')
    environment = document["environments"]["test"]
    environment["schema"] = str(schema)
    error = refused(ValidationError, "test", document)
    assert "SCH002 environments.test.config: lacks 'SCALE_PROJECT'" in error.message
    environment["config"] = {"SCALE_PROJECT": "cats"}
    assert scale_secrets.load("test", manifest=document).config == {"SCALE_PROJECT": "cats"}
