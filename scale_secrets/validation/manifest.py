"""From a parsed TOML document to a ``Manifest``: schema first, then the rules it cannot say.

Pure: the file was read elsewhere. Every error names file, table path, rule and fix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scale_secrets.errors import ManifestError
from scale_secrets.keys import detect
from scale_secrets.model import (
    Coordinate,
    EnvironmentSpec,
    Guard,
    Manifest,
    Mode,
    Origin,
    SecretSpec,
    SecretType,
    StoreSpec,
)
from scale_secrets.validation.schema import shipped_schema, shipped_violations

MANIFEST_NAME = "scale-secrets.toml"
DEFAULT_BASE_URL = "https://api.scale.com/v1"
_SHOWN = 8  # violations told at once

_IMPLIED_TYPE = {"api_key": SecretType.API_KEY, "callback_auth_key": SecretType.CALLBACK_KEY}
_IMPLIED_VARIABLE = {
    "api_key": "SCALE_API_KEY",
    "callback_auth_key": "SCALE_CALLBACK_AUTH_KEY",
}


def implied_type(name: str) -> SecretType:
    """The type that a secret's name implies when the manifest does not say it."""
    return _IMPLIED_TYPE.get(name, SecretType.OPAQUE)


def implied_variable(name: str) -> str:
    """The variable that a secret is delivered under when the manifest does not say it."""
    return _IMPLIED_VARIABLE.get(name, name.upper())


def parse_manifest(
    document: Mapping[str, Any],
    *,
    path: Path | None = None,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    override_directory: Path | None = None,
) -> Manifest:
    """Build the manifest.

    ``path``: the file, for messages and relative paths; None for a dict given by a program.
    ``overrides``: the ``[stores]`` of the user's own configuration (another address, another
    auth); it can change neither modes nor guards, because it holds stores only.
    Raises ``ManifestError``.
    """
    file = path.name if path else "manifest"
    _refuse(file, [f"{found.path or 'the file'} {found.rule}" for found in _schema(document)])
    _refuse(file, list(_keys_inside(document, "")))
    directory = path.parent if path else None
    stores = _stores(document.get("stores", {}), directory, overrides or {}, override_directory)
    environments = {
        name: _environment(file, name, table, stores, directory)
        for name, table in document["environments"].items()
    }
    return Manifest(
        project=document.get("project", {}).get("name", ""),
        stores=MappingProxyType(stores),
        environments=MappingProxyType(environments),
        path=path,
        scale_base_url=document.get("scale", {}).get("base_url", DEFAULT_BASE_URL),
    )


def _schema(document: Mapping[str, Any]) -> tuple[Any, ...]:
    return shipped_violations(document, shipped_schema("manifest"))


def _refuse(file: str, rules: list[str], *, hint: str = "") -> None:
    if not rules:
        return
    more = f"\n  and {len(rules) - _SHOWN} more" if len(rules) > _SHOWN else ""
    raise ManifestError(
        f"{file}: " + "\n  ".join(rules[:_SHOWN]) + more,
        hint=hint or "scale-secrets schema manifest prints the rules",
    )


def _keys_inside(node: object, place: str) -> Iterator[str]:
    """A manifest lies in git: no Scale key may stand anywhere in it."""
    if isinstance(node, str):
        if any(detect(node)):
            yield f"{place} holds a Scale key: a manifest holds no secret"
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _keys_inside(key, f"a key in {place or 'the file'}")
            yield from _keys_inside(value, f"{place}.{key}" if place else str(key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _keys_inside(value, f"{place}[{index}]")


def _stores(
    tables: Mapping[str, Mapping[str, Any]],
    directory: Path | None,
    overrides: Mapping[str, Mapping[str, Any]],
    override_directory: Path | None,
) -> dict[str, StoreSpec]:
    stores = {
        name: store_spec(name, table, Origin.MANIFEST, directory) for name, table in tables.items()
    }
    for name, table in overrides.items():
        stores[name] = _overridden(stores.get(name), name, table, override_directory)
    return stores


def store_spec(
    name: str, table: Mapping[str, Any], origin: Origin, directory: Path | None
) -> StoreSpec:
    """One ``[stores.NAME]`` table, already validated."""
    settings = {key: value for key, value in table.items() if key != "kind"}
    return StoreSpec(name, table["kind"], MappingProxyType(settings), origin, directory)


def _overridden(
    base: StoreSpec | None, name: str, table: Mapping[str, Any], directory: Path | None
) -> StoreSpec:
    """The user's table over the manifest's.

    The address decides whose store it is: it counts as the user's own, and so as trusted, only
    when the user's table names the address (or names another kind altogether).
    """
    if base is None or base.kind != table["kind"]:
        return store_spec(name, table, Origin.USER, directory)
    own = {key: value for key, value in table.items() if key != "kind"}
    names_address = "address" in own or "endpoint" in own
    paths = dict(_made_absolute(base))
    return StoreSpec(
        name,
        base.kind,
        MappingProxyType({**base.settings, **paths, **own}),
        Origin.USER if names_address else base.origin,
        directory,
    )


_PATH_SETTINGS = (
    "path",
    "identity",
    "recipients",
    "ca_cert",
    "ca_path",
    "client_cert",
    "client_key",
)


def _made_absolute(base: StoreSpec) -> Iterator[tuple[str, str]]:
    """The base's paths, which are relative to the manifest, not to the user's configuration."""
    for key in _PATH_SETTINGS:
        if base.directory and key in base.settings and not base.settings[key].startswith("~"):
            yield key, str(base.directory / base.settings[key])


def _environment(
    file: str,
    name: str,
    table: Mapping[str, Any],
    stores: Mapping[str, StoreSpec],
    directory: Path | None,
) -> EnvironmentSpec:
    place = f"environments.{name}"
    secrets = {
        secret: _secret(file, f"{place}.secrets.{secret}", entry, table.get("store"), stores)
        for secret, entry in table["secrets"].items()
    }
    config: Mapping[str, str] = table.get("config", {})
    variables: dict[str, str] = dict.fromkeys(config, f"{place}.config")
    for secret in secrets.values():
        for variable in secret.variables:
            if variable in variables:
                _refuse(
                    file,
                    [
                        f"{place}.secrets.{secret.name} is delivered as {variable}, "
                        f"and so is {variables[variable]}"
                    ],
                    hint="give one of them another name with variable = …",
                )
            variables[variable] = f"{place}.secrets.{secret.name}"
    schema = table.get("schema")
    return EnvironmentSpec(
        name=name,
        mode=Mode(table["mode"]),
        secrets=MappingProxyType(secrets),
        config=MappingProxyType(dict(config)),
        guards=tuple(_guard(block) for block in table.get("guard", [])),
        projects=tuple(table.get("projects", [])),
        schema=(directory or Path()) / schema if schema else None,
    )


def _secret(
    file: str,
    place: str,
    entry: Mapping[str, Any],
    default_store: str | None,
    stores: Mapping[str, StoreSpec],
) -> SecretSpec:
    name = place.rpartition(".")[2]
    store = entry.get("store", default_store)
    if store is None:
        _refuse(file, [f"{place} names no store"], hint="store = … on the secret or environment")
    if store not in stores:
        known = ", ".join(stores) or "none is declared"
        _refuse(file, [f"{place} names the unknown store {store!r}"], hint=f"known: {known}")
    type_ = SecretType(entry["type"]) if "type" in entry else implied_type(name)
    if "mode" in entry and type_ is not SecretType.CALLBACK_KEY:
        _refuse(file, [f'{place}.mode = "any" is for callback keys only'])
    if entry.get("allow_unknown_shape") and type_ is not SecretType.API_KEY:
        _refuse(file, [f"{place}.allow_unknown_shape is for API keys only"])
    version = entry.get("version")
    if version is not None and not re.match(r"[^\s@#]+\Z", str(version)):
        _refuse(file, [f"{place}.version is not a version or stage"])
    return SecretSpec(
        name=name,
        coordinate=Coordinate(
            store, entry["path"], entry.get("field"), None if version is None else str(version)
        ),
        type=type_,
        variable=entry.get("variable", implied_variable(name)),
        required=entry.get("required", True),
        allow_unknown_shape=entry.get("allow_unknown_shape", False),
        any_mode=entry.get("mode") == "any",
        max_age_days=entry.get("max_age_days"),
        owner=entry.get("owner"),
        also=tuple(entry.get("also", ())),
    )


def _guard(block: Mapping[str, Any]) -> Guard:
    return Guard(
        doors=tuple(block.get("for", ())),
        require_variables=MappingProxyType(dict(block.get("require_variables", {}))),
        confirm=block.get("confirm", False),
    )
