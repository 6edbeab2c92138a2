"""A source of settings for ``pydantic-settings``: an environment's secrets and config.

    class Settings(BaseSettings):
        scale_api_key: SecretStr

        @classmethod
        def settings_customise_sources(cls, settings_cls, **sources):
            return sources["init_settings"], ScaleSecretsSource(settings_cls, "live")

Invariant: what is handed over is wrapped already. pydantic's errors repeat what was put in, even
for a ``SecretStr`` field, so a bare value would show in them as soon as another field is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import AliasChoices, SecretBytes, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from scale_secrets.errors import UsageError
from scale_secrets.model import Mode
from scale_secrets.operation import DEFAULT_TIMEOUT
from scale_secrets.service.application import Secrets
from scale_secrets.service.library import load
from scale_secrets.values import SecretValue

_WRAPPED = SecretStr | SecretBytes | SecretValue


class ScaleSecretsSource(PydanticBaseSettingsSource):
    """Takes what ``load`` takes, and loads when the settings are made.

    A field is filled whose name or alias is a secret's name (``api_key``), its variable
    (``scale_api_key``), or a variable of the config; case does not matter. A field of a secret is
    annotated ``SecretStr``, ``SecretBytes`` or our ``SecretValue``: ``UsageError`` otherwise.
    Raises what ``load`` raises.
    """

    def __init__(
        self,
        settings_cls: type[BaseSettings],
        environment: str | None = None,
        *,
        manifest: Path | Mapping[str, Any] | None = None,
        coordinates: Mapping[str, str] | None = None,
        mode: Mode | str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        super().__init__(settings_cls)
        self._environment = environment
        self._manifest = manifest
        self._coordinates = coordinates
        self._mode = mode
        self._timeout = timeout
        self._known: Mapping[str, SecretValue | str] = {}

    def __repr__(self) -> str:
        return f"ScaleSecretsSource({self._environment or self._mode})"

    def __call__(self) -> dict[str, Any]:
        """The values of the fields that this source knows."""
        self._known = _by_names(
            load(
                self._environment,
                manifest=self._manifest,
                coordinates=self._coordinates,
                mode=self._mode,
                timeout=self._timeout,
            )
        )
        try:
            found = (
                self.get_field_value(field, name)
                for name, field in self.settings_cls.model_fields.items()
            )
            return {key: value for value, key, _ in found if value is not None}
        finally:
            self._known = {}  # a source lives on with its settings class

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value or None, under which key the model takes it, and that it is no JSON."""
        aliases = list(_aliases(field))
        key = aliases[0] if aliases else field_name
        for name in (*aliases, field_name):
            value = self._known.get(name.lower())
            if isinstance(value, SecretValue):
                return _wrapped(value, field, field_name), key, False
            if value is not None:
                return value, key, False
        return None, key, False


def _by_names(secrets: Secrets) -> Mapping[str, SecretValue | str]:
    by_variable = {name.lower(): value for name, value in secrets.variables().items()}
    return by_variable | {name.lower(): secret.value for name, secret in secrets.items()}


def _aliases(field: FieldInfo) -> Iterator[str]:
    alias = field.validation_alias
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    yield from (choice for choice in choices if isinstance(choice, str))


def _wrapped(value: SecretValue, field: FieldInfo, name: str) -> _WRAPPED:
    """In the class that the field is annotated with, alone or in a union."""
    annotated = (field.annotation, *get_args(field.annotation))
    if SecretStr in annotated and value.is_text:
        return SecretStr(value.reveal())
    if SecretBytes in annotated:
        return SecretBytes(value.reveal_bytes())
    if SecretValue in annotated:
        return value
    raise UsageError(
        f"the settings field {name} gets a secret, and is not annotated as one",
        hint="annotate it SecretStr; SecretBytes for a value that is no text",
    )
