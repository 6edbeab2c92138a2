"""A local store in a directory of its own, as the contracts and the fault tests open it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from scale_secrets.model import StoreSpec
from scale_secrets.operation import operation
from scale_secrets.stores.interface import Store
from scale_secrets.stores.local.places import places
from scale_secrets.stores.local.setup import create_identity, create_store
from scale_secrets.stores.local.store import LocalStore, utc_now
from scale_secrets.surroundings import Surroundings
from tests.contracts.store_contract import Harness


class LocalHarness(Harness):
    """A store in a directory of its own; ``field`` decides how plain values are written."""

    def __init__(self, directory: Path, field: str | None) -> None:
        self.field = field
        self.directory = directory
        self.identity = directory / "identity.txt"
        self.file = directory / "store.age"
        self.recipients = directory / "store.age.recipients"
        create_store(self.file, [create_identity(self.identity)])

    def open(
        self, *, identity: Path | None = None, now: Callable[[], datetime] = utc_now
    ) -> LocalStore:
        settings = {"path": str(self.file), "identity": str(identity or self.identity)}
        spec = StoreSpec("laptop", "local", settings)
        surroundings = Surroundings({}, self.directory, self.directory)
        return LocalStore(places(spec, surroundings), surroundings, now)

    def soft_delete(self, path: str) -> None:
        self.open().delete(path, operation())

    def denied(self) -> Store:
        stranger = self.directory / "stranger.txt"
        create_identity(stranger)
        return self.open(identity=stranger)
