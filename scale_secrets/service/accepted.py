"""The callback keys that a receiver accepts: current, and while a rotation runs its neighbours.

A pending key is accepted before Scale signs with it, and a previous one as long as the store has
it: a callback that Scale repeats for a day may still carry it. What should not be accepted any
more is taken out of the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scale_secrets.bundle import Bundle
from scale_secrets.errors import (
    DeniedError,
    KeyFormatError,
    NotFoundError,
    ScaleSecretsError,
    UsageError,
)
from scale_secrets.frozen import frozen
from scale_secrets.model import EnvironmentSpec, Mode, SecretSpec, SecretType, Severity, Stage
from scale_secrets.operation import Operation
from scale_secrets.service.fetch import Fetched, fetch
from scale_secrets.service.load import check_fetched, located, secret_place
from scale_secrets.service.session import Session
from scale_secrets.values import SecretValue


@frozen
class AcceptedKey:
    """``name``: the secret's in the manifest. ``stage``: None for a version that it names."""

    name: str
    stage: Stage | None
    value: SecretValue


@frozen
class Accepted:
    """``warnings``: which neighbour is not accepted, and why."""

    keys: tuple[AcceptedKey, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def values(self) -> tuple[SecretValue, ...]:
        return tuple(key.value for key in self.keys)


def accepted_keys(
    session: Session, environment: EnvironmentSpec, bundle: Bundle, operation: Operation
) -> Accepted:
    """The accepted keys of all callback secrets of a bundle that was just loaded.

    A neighbour that is not there, or may not be read, or breaks a rule that its secret has to
    keep is left out. Raises ``UnreachableError`` when the store does not answer.
    """
    specs = [one.spec for one in bundle.values() if one.spec.type is SecretType.CALLBACK_KEY]
    keys = [AcceptedKey(one.name, one.coordinate.stage, bundle[one.name].value) for one in specs]
    warnings: list[str] = []
    for neighbour in _neighbours(session, environment, specs, operation):
        keys += [
            key for key in neighbour.keys if not any(key.value.same_as(one.value) for one in keys)
        ]
        warnings += neighbour.warnings
    return Accepted(tuple(keys), tuple(warnings))


def _neighbours(
    session: Session,
    environment: EnvironmentSpec,
    specs: list[SecretSpec],
    operation: Operation,
) -> Iterator[Accepted]:
    wanted = {
        replace(spec.coordinate, version=str(stage)): spec
        for spec in specs
        if spec.coordinate.stage is Stage.CURRENT  # a version that was named is meant alone
        for stage in (Stage.PENDING, Stage.PREVIOUS)
    }
    for coordinate, result in fetch(wanted, session, operation).items():
        spec = wanted[coordinate]
        place = f"{secret_place(environment, spec)} ({coordinate.version})"
        if isinstance(result, DeniedError):
            yield Accepted((), (f"{place}: may not be read, so it is not accepted",))
        elif isinstance(result, NotFoundError | UsageError):
            yield Accepted()  # there is none, or this store knows no stages
        elif isinstance(result, ScaleSecretsError):
            raise located(result, place)
        else:
            broken = [
                f"{one}, so it is not accepted"
                for one in _broken(spec, result, environment.mode, place)
            ]
            key = AcceptedKey(spec.name, coordinate.stage, result.value)
            yield Accepted(() if broken else (key,), tuple(broken))


def _broken(spec: SecretSpec, fetched: Fetched, mode: Mode, place: str) -> Iterator[str]:
    """The rules that a key breaks. Of a current one the bundle's schema tells what is wrong."""
    from scale_secrets.callback.verifier import require_receivable

    for found in check_fetched(spec, fetched, mode, place):
        if found.severity is Severity.ERROR:
            yield f"{found.id} {found.place}: {found.message}"
    try:
        require_receivable(fetched.value)
    except KeyFormatError as error:
        yield f"{place}: {error.message}"
