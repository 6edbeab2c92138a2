"""The doors that keys leave and enter by, and the guards that open them (SEP006).

A bare coordinate is bound like the secrets of the manifest that are kept where it points: naming
a place instead of an environment opens no door that the environment's guard keeps shut.
"""

from __future__ import annotations

from collections.abc import Iterable

from scale_secrets.frozen import frozen
from scale_secrets.model import Coordinate, EnvironmentSpec, SecretSpec
from scale_secrets.separation.guard import Confirm, require_open
from scale_secrets.service.session import Session


@frozen
class Door:
    """How the keys leave, for the guard: its name, and how a person confirms."""

    name: str
    assume_yes: bool = False
    confirm: Confirm | None = None


@frozen
class Slot:
    """A secret of the manifest, with the environment whose rules bind whoever comes there."""

    environment: EnvironmentSpec
    spec: SecretSpec


def slots_at(coordinate: Coordinate, session: Session) -> tuple[Slot, ...]:
    """The manifest's secrets that are kept where a coordinate points.

    A field that one side leaves out may be any: the whole of a container is each of its fields.
    """
    here = session.container(coordinate.store, coordinate.path)
    return tuple(
        Slot(environment, spec)
        for environment in session.manifest.environments.values()
        for spec in environment.secrets.values()
        if coordinate.field is None or spec.coordinate.field in (None, coordinate.field)
        if here.overlaps(session.container(spec.coordinate.store, spec.coordinate.path))
    )


def pass_door(door: Door, environments: Iterable[EnvironmentSpec], session: Session) -> None:
    """Raise ``SeparationError`` unless each environment's guard opens the door; ask each once."""
    for environment in {one.name: one for one in environments}.values():
        require_open(
            environment,
            door.name,
            session.surroundings.environ,
            assume_yes=door.assume_yes,
            confirm=door.confirm,
        )


def keepers(coordinates: Iterable[Coordinate], session: Session) -> tuple[EnvironmentSpec, ...]:
    """The manifest's environments that keep a secret at one of these coordinates."""
    return tuple(slot.environment for one in coordinates for slot in slots_at(one, session))
