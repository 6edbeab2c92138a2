"""The words of the project as data: modes, stages, coordinates, the manifest's parts, findings.

Frozen dataclasses and enums only: nothing here does I/O, holds a value in the clear, or raises
an error of the project's own (``errors`` stands one step above and uses ``Finding``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scale_secrets.frozen import frozen


class Mode(StrEnum):
    """Scale's own term: a key is live (people do the work, and it is charged) or test."""

    LIVE = "live"
    TEST = "test"

    @property
    def other(self) -> Mode:
        return Mode.TEST if self is Mode.LIVE else Mode.LIVE


class Stage(StrEnum):
    """Where a version of a secret stands in a rotation."""

    CURRENT = "current"
    PENDING = "pending"
    PREVIOUS = "previous"


class SecretType(StrEnum):
    API_KEY = "scale-api-key"
    CALLBACK_KEY = "scale-callback-key"
    OPAQUE = "opaque"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Refusal(StrEnum):
    """Why a callback was not taken for Scale's."""

    MISSING = "missing"
    EMPTY = "empty"
    DUPLICATE = "duplicate"
    LOOK_ALIKE = "look-alike"  # scale_callback_auth, which CGI cannot tell from the real one
    MALFORMED = "malformed"  # characters that no accepted key has
    TOO_LONG = "too-long"
    WRONG = "wrong"  # none of the accepted keys
    UNAVAILABLE = "unavailable"  # nothing wrong with it: the accepted keys could not be had


class Origin(StrEnum):
    """Who named a store's settings; decides which credentials may go to its address."""

    MANIFEST = "manifest"
    USER = "user"  # the user's own configuration file
    IMPLICIT = "implicit"  # no configuration: the kind's name used as a store's name


def _frozen(mapping: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    return MappingProxyType(dict(mapping or {}))


@frozen
class Finding:
    """One broken rule. ``message`` and ``mend`` never hold a value."""

    id: str
    place: str
    message: str
    mend: str
    severity: Severity = Severity.ERROR


@frozen
class Coordinate:
    """A container plus an optional field and an optional version or stage.

    ``version`` is what the store calls it (Vault: a number, AWS: a version id or staging label)
    or one of the three stages of ``Stage``.
    """

    store: str
    path: str
    field: str | None = None
    version: str | None = None

    @property
    def stage(self) -> Stage | None:
        """The stage that ``version`` names; None when it names a single version."""
        if self.version is None:
            return Stage.CURRENT
        return Stage(self.version) if self.version in Stage.__members__.values() else None


@frozen
class Container:
    """What access rules can tell apart, made canonical, so that equal places compare equal.

    ``address`` is the store's canonical address (URL, region, file); ``account`` is empty when it
    is not known, and then counts as the same as any other.
    """

    kind: str
    address: str
    path: str
    account: str = ""

    def overlaps(self, other: Container) -> bool:
        """Whether both may be one place: unknown parts count as equal."""
        if (self.kind, self.path) != (other.kind, other.path):
            return False
        return all(
            not ours or not theirs or ours == theirs
            for ours, theirs in ((self.address, other.address), (self.account, other.account))
        )


@frozen
class StoreSpec:
    """A named store: its kind and the settings that its kind understands."""

    name: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=_frozen)
    origin: Origin = Origin.IMPLICIT
    directory: Path | None = None  # what relative paths in the settings are relative to


@frozen
class SecretSpec:
    """One secret of an environment, as the manifest declares it."""

    name: str
    coordinate: Coordinate
    type: SecretType
    variable: str
    required: bool = True
    allow_unknown_shape: bool = False
    any_mode: bool = False  # a callback key that serves both modes
    max_age_days: float | None = None
    owner: str | None = None
    also: tuple[str, ...] = ()  # further variables that get the same value

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable that the secret is delivered under, ``variable`` first."""
        return (self.variable, *self.also)


@frozen
class Guard:
    """One block of ``guard``: it opens its doors when all of its conditions hold."""

    doors: tuple[str, ...]  # empty: every door
    require_variables: Mapping[str, str] = field(default_factory=_frozen)
    confirm: bool = False


@frozen
class EnvironmentSpec:
    name: str
    mode: Mode
    secrets: Mapping[str, SecretSpec]
    config: Mapping[str, str] = field(default_factory=_frozen)
    guards: tuple[Guard, ...] = ()
    projects: tuple[str, ...] = ()
    schema: Path | None = None  # the user's own JSON Schema, applied on top
    declared: bool = True  # False: made of bare coordinates, no manifest names it


@frozen
class Manifest:
    """A parsed and validated ``scale-secrets.toml`` with the user's overrides applied."""

    project: str
    stores: Mapping[str, StoreSpec]
    environments: Mapping[str, EnvironmentSpec]
    path: Path | None = None  # None: given as a dict, or there is no manifest
    scale_base_url: str = "https://api.scale.com/v1"
