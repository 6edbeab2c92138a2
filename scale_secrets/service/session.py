"""One use of the stores: a manifest (or none), the surroundings, and the stores opened so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any
from urllib.parse import urlsplit

from scale_secrets import log
from scale_secrets.errors import UsageError
from scale_secrets.model import Container, EnvironmentSpec, Manifest, Origin, StoreSpec
from scale_secrets.separation.containers import Place
from scale_secrets.separation.hosts import is_scales
from scale_secrets.service.configuration import (
    find_manifest,
    own_stores,
    read_manifest,
    read_user_config,
    with_config,
    with_overrides,
)
from scale_secrets.stores import KINDS, kind
from scale_secrets.stores.interface import Store
from scale_secrets.surroundings import Surroundings, require_trusted

_NO_MANIFEST = Manifest("", MappingProxyType({}), MappingProxyType({}))


class Session:
    """Opens each store once and closes them all, also after an error.

    ``auth``: picks one of a store's authentication methods instead of trying them in order.
    """

    def __init__(
        self, surroundings: Surroundings, manifest: Manifest | None = None, *, auth: str = ""
    ) -> None:
        self.surroundings = surroundings
        self.manifest = manifest or _NO_MANIFEST
        self._auth = auth
        self._stores: dict[str, Store] = {}
        self._containers: dict[str, Callable[[str], Container]] = {}

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind_: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every store that was opened. Safe to call twice."""
        while self._stores:
            _, store = self._stores.popitem()
            store.close()

    def spec(self, name: str) -> StoreSpec:
        """The store of this name: declared, or the kind of that name with its defaults."""
        if name in self.manifest.stores:
            spec = self.manifest.stores[name]
        elif name in KINDS:
            spec = StoreSpec(name, name, origin=Origin.IMPLICIT, directory=self.surroundings.cwd)
        else:
            known = ", ".join(dict.fromkeys([*self.manifest.stores, *KINDS]))
            raise UsageError(f"there is no store named {name!r}", hint=f"known: {known}")
        if self._auth and spec.kind == "vault":
            spec = replace(
                spec, settings=MappingProxyType({**spec.settings, "auth_method": self._auth})
            )
        return spec

    def store(self, name: str) -> Store:
        if name not in self._stores:
            spec = self.spec(name)
            log.info("opening store %s (%s)", name, spec.kind)
            self._stores[name] = kind(spec.kind).open(spec, self.surroundings)
        return self._stores[name]

    def container(self, store: str, path: str) -> Container:
        if store not in self._containers:
            spec = self.spec(store)
            self._containers[store] = kind(spec.kind).containers(spec, self.surroundings)
        return self._containers[store](path)

    def environment(self, name: str) -> EnvironmentSpec:
        environments = self.manifest.environments
        if name not in environments:
            if not environments:
                raise UsageError(
                    "there is no manifest, so there are no environments",
                    hint="scale-secrets init writes one; coordinates work without: vault:PATH",
                )
            raise UsageError(
                f"there is no environment named {name!r}", hint=f"known: {', '.join(environments)}"
            )
        return environments[name]

    def base_url(self) -> str:
        """Where Scale's API is. Raises ``TrustError`` for a host that is not Scale's own, unless
        the user trusts it: a key goes there.
        """
        url = self.manifest.scale_base_url
        host = urlsplit(url).hostname or ""
        if not is_scales(host) or not url.startswith("https://"):
            require_trusted(url, (), self.surroundings, what="scale.base_url")
        return url

    def places(self) -> tuple[Place, ...]:
        """Where every secret of the manifest is kept, for SEP002."""
        return tuple(
            Place(
                environment.name,
                environment.mode,
                secret.name,
                secret.type,
                secret.coordinate.store,
                self.container(secret.coordinate.store, secret.coordinate.path),
            )
            for environment in self.manifest.environments.values()
            for secret in environment.secrets.values()
        )


def open_session(
    surroundings: Surroundings,
    manifest: Path | Mapping[str, Any] | None = None,
    *,
    auth: str = "",
) -> Session:
    """A session with a manifest: the named file, the given document, or the nearest file.

    With none at all, the stores of the user's own configuration. Raises ``ManifestError``.
    """
    config = read_user_config(surroundings)
    surroundings = with_config(surroundings, config)
    if isinstance(manifest, Mapping):
        return Session(surroundings, with_overrides(manifest, None, config), auth=auth)
    path = find_manifest(manifest, surroundings)
    parsed = read_manifest(path, config) if path else own_stores(config)
    return Session(surroundings, parsed, auth=auth)
