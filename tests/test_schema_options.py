"""The manifest's schema and the code that reads the settings know the same names."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from scale_secrets.resources import resource_text
from scale_secrets.stores import KINDS
from scale_secrets.stores.aws import settings as aws_settings
from scale_secrets.stores.vault import settings as vault_settings
from scale_secrets.stores.vault.auth.context import Options
from scale_secrets.stores.vault.auth.methods import METHODS

DEFINITIONS: dict[str, Any] = json.loads(resource_text("schemas", "manifest.schema.json"))["$defs"]


def _properties(definition: str) -> set[str]:
    return set(DEFINITIONS[definition]["properties"])


class _ToldError(Exception):
    pass


class _Listening(Options):
    """Ends a method at its first step, in which it tells the options that it knows."""

    def __init__(self) -> None:
        pass

    def known(self, *names: str) -> NoReturn:
        raise _ToldError(*names)


def _options_of(method: str) -> set[str]:
    try:
        METHODS[method](_Listening(), None)  # type: ignore[arg-type]  # it gets no further
    except _ToldError as told:
        return set(told.args)
    raise AssertionError(f"{method} does not tell its options first")


def test_the_schema_has_the_options_of_every_auth_method() -> None:
    assert set().union(*map(_options_of, METHODS)) | {"method"} == _properties("vaultAuth")


def test_the_schema_has_every_auth_method_and_kind() -> None:
    assert set(DEFINITIONS["vaultAuth"]["properties"]["method"]["enum"]) == METHODS.keys()
    assert set(DEFINITIONS["store"]["properties"]["kind"]["enum"]) == KINDS.keys()


def test_the_schema_has_the_settings_of_the_stores() -> None:
    vault = {*vault_settings._TEXTS, *vault_settings._OTHERS} - {"auth_method"}  # set by --auth
    assert _properties("vaultStore") - {"kind"} == vault
    assert _properties("awsStore") - {"kind"} == aws_settings._FORMS.keys()
