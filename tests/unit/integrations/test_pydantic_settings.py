"""Settings of the real pydantic-settings, filled from an environment; what its errors show."""

from __future__ import annotations

import json
import traceback
from pathlib import Path
from typing import Any

import pytest
from pydantic import AliasChoices, Field, SecretBytes, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from scale_secrets.errors import SeparationError, UsageError
from scale_secrets.integrations.pydantic_settings import ScaleSecretsSource
from scale_secrets.values import SecretValue
from tests.support.project import LIVE_KEY, TEST_KEY

CALLBACK_KEY = "live_auth_" + "0123456789abcdef" * 2


@pytest.fixture
def manifest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KEY_SLOT", LIVE_KEY)
    monkeypatch.setenv("CALLBACK_SLOT", CALLBACK_KEY)
    return {
        "stores": {"main": {"kind": "environ"}},
        "environments": {
            "live": {
                "mode": "live",
                "store": "main",
                "secrets": {
                    "api_key": {"path": "KEY_SLOT"},
                    "callback_auth_key": {"path": "CALLBACK_SLOT"},
                },
                "config": {"SCALE_PROJECT": "cats"},
            }
        },
    }


class FromLive(BaseSettings):
    """Settings whose source is the manifest that a test puts here, and what it passes itself."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        **_: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        given = init_settings.init_kwargs.pop("manifest")  # type: ignore[attr-defined]
        return init_settings, ScaleSecretsSource(settings_cls, "live", manifest=given)


def made(settings: type[BaseSettings], manifest: dict[str, Any], **values: Any) -> Any:
    return settings(manifest=manifest, **values)  # type: ignore[call-arg]


def test_fields_are_found_by_name_by_variable_and_by_alias(manifest: dict[str, Any]) -> None:
    class Settings(FromLive):
        api_key: SecretStr
        scale_callback_auth_key: SecretBytes
        project: str = Field(validation_alias="SCALE_PROJECT")
        again: SecretStr | None = Field(
            default=None, validation_alias=AliasChoices("OTHER", "SCALE_API_KEY")
        )
        unknown: int = 7

    settings = made(Settings, manifest)
    assert settings.api_key.get_secret_value() == LIVE_KEY
    assert settings.scale_callback_auth_key.get_secret_value() == CALLBACK_KEY.encode()
    assert settings.project == "cats"
    assert settings.again.get_secret_value() == LIVE_KEY
    assert settings.unknown == 7
    assert LIVE_KEY not in f"{settings!r} {settings.model_dump()} {settings.model_dump_json()}"


def test_a_field_may_hold_our_own_class(manifest: dict[str, Any]) -> None:
    class Settings(FromLive):
        model_config = SettingsConfigDict(arbitrary_types_allowed=True)
        api_key: SecretValue

    assert made(Settings, manifest).api_key.reveal() == LIVE_KEY


def test_sources_before_it_win(manifest: dict[str, Any]) -> None:
    class Settings(FromLive):
        api_key: SecretStr

    settings = made(Settings, manifest, api_key=SecretStr("other"))
    assert settings.api_key.get_secret_value() == "other"


def test_a_bare_text_field_is_refused(manifest: dict[str, Any]) -> None:
    class Settings(FromLive):
        api_key: str

    with pytest.raises(UsageError, match="api_key") as caught:
        made(Settings, manifest)
    assert "SecretStr" in caught.value.hint


def test_what_load_refuses_is_refused(manifest: dict[str, Any], monkeypatch: Any) -> None:
    class Settings(FromLive):
        api_key: SecretStr

    monkeypatch.setenv("KEY_SLOT", TEST_KEY)
    with pytest.raises(SeparationError, match="SEP001"):
        made(Settings, manifest)


def test_no_validation_error_shows_a_value(manifest: dict[str, Any]) -> None:
    class Settings(FromLive):
        api_key: SecretStr = Field(max_length=3)
        callback_auth_key: SecretBytes
        missing: int

    class Judged(FromLive):
        api_key: SecretStr
        callback_auth_key: SecretBytes

        @model_validator(mode="after")
        def judge(self) -> Judged:
            raise ValueError("no")

    for settings in (Settings, Judged):
        with pytest.raises(ValidationError) as caught:
            made(settings, manifest)
        error = caught.value
        shown = f"{error} {error!r} {error.errors()} {error.json()}"
        shown += "".join(traceback.format_exception(error))
        for value in (LIVE_KEY, CALLBACK_KEY, json.dumps(LIVE_KEY)):
            assert value not in shown


def test_the_source_keeps_and_shows_nothing(manifest: dict[str, Any]) -> None:
    class Settings(BaseSettings):
        api_key: SecretStr

    source = ScaleSecretsSource(Settings, "live", manifest=manifest)
    assert source()["api_key"].get_secret_value() == LIVE_KEY
    assert LIVE_KEY not in f"{source!r} {vars(source)}"
