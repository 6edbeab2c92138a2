"""What a store is to the rest of the code. One package or file per kind implements it.

An interface has three methods or fewer; what only some stores can do is an interface of its own.
Every method finishes its I/O before it returns and raises only the project's errors:
``NotFoundError``, ``SoftDeletedError``, ``DeniedError``, ``UnreachableError`` (and below),
``ConflictError``, ``UsageError``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from scale_secrets.errors import ScaleSecretsError
from scale_secrets.frozen import frozen
from scale_secrets.model import Container, StoreSpec
from scale_secrets.operation import Operation
from scale_secrets.surroundings import Surroundings
from scale_secrets.values import SecretValue

LABEL_MODE = "scale-mode"  # the store-side label that SEP004 reads
ABSENT = "0"  # the version to expect when a write must create the container


@frozen
class Content:
    """What a container holds: one whole value, named fields, or both views of one text.

    A Vault secret has fields only; an AWS secret string is whole, and has fields too when it is a
    JSON object.
    """

    whole: SecretValue | None = None
    fields: Mapping[str, SecretValue] | None = None


@frozen
class Record:
    """One version of a container, as read."""

    path: str
    version: str
    content: Content
    created: datetime | None = None  # of this version, aware
    labels: Mapping[str, str] | None = None  # None: this store's read does not return them


@frozen
class VersionInfo:
    """One version, without its content."""

    version: str
    created: datetime | None = None
    stages: frozenset[str] = frozenset()  # model.Stage values; AWS: other labels as they are
    state: str = "available"  # or "deleted", "destroyed"


@frozen
class Change:
    """A write of one value: to a field, or (``field`` None) as the container's only value.

    ``expected``: the version that must be current for the write to happen, ``ABSENT`` when the
    container must not exist, None for "whatever is current when the write begins". In every case
    a writer that comes in between is noticed and makes the write fail with ``ConflictError``.
    Fields that the change does not name, and labels that it does not name, stay as they are.
    """

    value: SecretValue
    field: str | None = None
    expected: str | None = None
    labels: Mapping[str, str] | None = None


class Reader(ABC):
    """Reading: every store does it."""

    @abstractmethod
    def get(self, path: str, version: str | None, operation: Operation) -> Record:
        """Read one version; None is the current one. ``version`` may be a ``model.Stage`` value."""

    @abstractmethod
    def versions(self, path: str, operation: Operation) -> Sequence[VersionInfo]:
        """All known versions, newest first."""

    @abstractmethod
    def list(self, prefix: str, operation: Operation) -> Sequence[str]:
        """The paths of all containers whose path is ``prefix`` or lies below it, sorted.

        The empty prefix means all. A prefix with nothing below it gives an empty sequence.
        """


class Writer(ABC):
    """Writing: every kind but the read-only ones."""

    @abstractmethod
    def put(self, path: str, change: Change, operation: Operation) -> VersionInfo:
        """Write by compare-and-swap and return the new version.

        Raises ``ConflictError`` when another writer came first, and ``WriteInDoubtError`` when the
        store gave no answer and reading back could not settle whether the write happened.
        """


class BatchReader(ABC):
    """Reading many containers in fewer calls than one each."""

    @abstractmethod
    def get_many(
        self, requests: Sequence[tuple[str, str | None]], operation: Operation
    ) -> Sequence[Record | ScaleSecretsError]:
        """One result per ``(path, version)`` in their order; a failure of one is its result.

        A failure of the store as a whole is raised.
        """


class LabelReader(ABC):
    """Reading the labels of a container where ``Record.labels`` is None."""

    @abstractmethod
    def labels(self, path: str, operation: Operation) -> Mapping[str, str]:
        """The store-side labels (Vault: custom metadata, AWS: tags)."""


CLOCK_SKEW = "clock skew"  # a fact of whoami: our clock less the store's, such as "+3 s"


class Identified(ABC):
    """Saying who the store takes us for, and what is wrong with the way there."""

    @abstractmethod
    def whoami(self, operation: Operation) -> Mapping[str, str]:
        """Facts for a person, such as ``{"principal": …, "policies": …, CLOCK_SKEW: …}``."""


class Store(Reader):
    """An open store. ``close`` gives back what it took (a token gained by login, a socket)."""

    def close(self) -> None:  # most stores hold nothing
        """Release; never raises. Called once, by whoever opened the store."""


class Kind(Protocol):
    """A module of ``stores`` that implements one kind. Importing it must stay cheap."""

    def containers(self, spec: StoreSpec, surroundings: Surroundings) -> Callable[[str], Container]:
        """What tells where a path of this store is, made canonical; the settings are read once.

        Asks no server and reads no content. Raises ``UsageError`` for bad settings, and the result
        does for a path that the kind cannot hold.
        """
        ...

    def open(self, spec: StoreSpec, surroundings: Surroundings) -> Store:
        """Make the store ready; I/O may wait until the first call.

        Raises ``TrustError`` before any credential could go to an address nobody trusted.
        """
        ...
