"""The callback keys that a receiver accepts: current, and while a rotation runs its neighbours.

A pending key is accepted before Scale signs with it, and a previous one as long as the store has
it: a callback that Scale repeats for a day may still carry it. What should not be accepted any
more is taken out of the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scale_secrets.bundle import Bundle
from scale_secrets.errors import DeniedError, NotFoundError, ScaleSecretsError, UsageError
from scale_secrets.model import EnvironmentSpec, SecretSpec, SecretType, Severity, Stage
from scale_secrets.operation import Operation
from scale_secrets.service.fetch import fetch
from scale_secrets.service.load import check_fetched, located, secret_place
from scale_secrets.service.session import Session
from scale_secrets.values import SecretValue


@dataclass(frozen=True, slots=True)
class Accepted:
    """``warnings``: which neighbour is not accepted, and why."""

    keys: tuple[SecretValue, ...] = ()
    warnings: tuple[str, ...] = ()


def accepted_keys(
    session: Session, environment: EnvironmentSpec, bundle: Bundle, operation: Operation
) -> Accepted:
    """The accepted keys of all callback secrets of a bundle that was just loaded.

    A neighbour that is not there, or may not be read, or breaks a rule that its secret has to
    keep is left out. Raises ``UnreachableError`` when the store does not answer.
    """
    specs = [one.spec for one in bundle.values() if one.spec.type is SecretType.CALLBACK_KEY]
    keys = [bundle[spec.name].value for spec in specs]
    warnings: list[str] = []
    for neighbour in _neighbours(session, environment, specs, operation):
        keys += [key for key in neighbour.keys if not any(key.same_as(one) for one in keys)]
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
                f"{one.id} {one.place}: {one.message}, so it is not accepted"
                for one in check_fetched(spec, result, environment.mode, place)
                if one.severity is Severity.ERROR
            ]
            yield Accepted(() if broken else (result.value,), tuple(broken))
