"""Opening stores on the tests' OpenBao, and the store contract's harness for it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from scale_secrets.model import Origin, StoreSpec
from scale_secrets.operation import operation
from scale_secrets.stores import vault
from scale_secrets.stores.interface import Change, Store, VersionInfo
from scale_secrets.stores.vault.store import VaultStore
from scale_secrets.surroundings import Ask, Surroundings
from scale_secrets.values import SecretValue
from tests.contracts.store_contract import Harness
from tests.support.openbao import ROOT_TOKEN, OpenBao

NOWHERE = Path("/nonexistent")
VALUE = "live_" + "0123456789abcdef" * 2


def surroundings_of(
    environ: Mapping[str, str] | None = None, *, home: Path = NOWHERE, ask: Ask | None = None
) -> Surroundings:
    return Surroundings(dict(environ or {}), home, NOWHERE, ask=ask)


def spec_of(
    address: str, *, origin: Origin = Origin.USER, directory: Path | None = None, **settings: Any
) -> StoreSpec:
    return StoreSpec("vault", "vault", {"address": address, **settings}, origin, directory)


@contextmanager
def opened(
    address: str,
    environ: Mapping[str, str] | None = None,
    *,
    home: Path = NOWHERE,
    ask: Ask | None = None,
    directory: Path | None = None,
    **settings: Any,
) -> Iterator[VaultStore]:
    """A store of the user's own, by default with the root token and the mount ``secret``."""
    given = {"mount": "secret", **settings}
    around = surroundings_of(
        {"VAULT_TOKEN": ROOT_TOKEN} if environ is None else environ, home=home, ask=ask
    )
    store = vault.open(spec_of(address, directory=directory, **given), around)
    try:
        yield store
    finally:
        store.close()


class VaultHarness(Harness):
    """One mount of a real server."""

    field = "value"

    def __init__(self, bao: OpenBao, mount: str = "secret") -> None:
        self.bao = bao
        self.mount = mount

    def open(self, token: str = ROOT_TOKEN) -> Store:
        return vault.open(
            spec_of(self.bao.url, mount=self.mount), surroundings_of({"VAULT_TOKEN": token})
        )

    def soft_delete(self, path: str) -> None:
        self.bao.root("DELETE", f"{self.mount}/data/{path}")

    def denied(self) -> Store:
        return self.open(self._useless_token(self.bao))

    @staticmethod
    @cache
    def _useless_token(bao: OpenBao) -> str:
        """Valid, and inside each mount, but without a right to read any secret of the tests."""
        return bao.token("secret/data/other [read]", "kv1/other [read]")


class VaultV1Harness(VaultHarness):
    """A mount of KV version 1, which is filled behind the store's back: it is read-only here."""

    def __init__(self, bao: OpenBao) -> None:
        super().__init__(bao, "kv1")

    def seed(self, path: str, text: str) -> None:
        self.bao.root("POST", f"{self.mount}/{path}", {self.field: text})


def fresh(prefix: str = "t") -> str:
    """A path that no test has used."""
    return f"{prefix}/{uuid.uuid4().hex}"


def fill(bao: OpenBao, path: str, *values: object) -> None:
    for value in values:
        bao.root("POST", f"secret/data/{path}", {"data": {"value": value}})


def value_of(store: VaultStore, path: str, version: str | None = None) -> str:
    fields = store.get(path, version, operation(5)).content.fields
    assert fields is not None
    return fields["value"].reveal()


def put(store: VaultStore, path: str, text: str = VALUE, **more: object) -> VersionInfo:
    change = Change(SecretValue(text), **{"field": "value", **more})  # type: ignore[arg-type]
    return store.put(path, change, operation(5))


def port_of(bao: OpenBao) -> int:
    return int(bao.url.rpartition(":")[2])
