"""Loading a bundle: guarded, fetched, kept apart, validated. In this order, whatever the door."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from scale_secrets.bundle import Bundle, Secret
from scale_secrets.coordinates import format_coordinate
from scale_secrets.errors import (
    NotFoundError,
    ScaleSecretsError,
    UsageError,
    ValidationError,
)
from scale_secrets.model import EnvironmentSpec, Finding, Mode, SecretSpec, Severity
from scale_secrets.operation import Operation
from scale_secrets.separation import refuse
from scale_secrets.separation.containers import check_containers
from scale_secrets.separation.duplicates import Held
from scale_secrets.separation.labels import check_label, labelled
from scale_secrets.separation.shapes import check_shape, check_text
from scale_secrets.service.configuration import read_own_schema
from scale_secrets.service.doors import Door, keepers, pass_door
from scale_secrets.service.fetch import Fetched, fetch
from scale_secrets.service.session import Session
from scale_secrets.stores.interface import LABEL_MODE
from scale_secrets.validation.bundle import check_bundle
from scale_secrets.values import SecretValue


def load_bundle(
    session: Session,
    environments: Sequence[EnvironmentSpec],
    operation: Operation,
    door: Door,
    *,
    only: Collection[str] = (),
) -> Bundle:
    """The bundle of one or several environments of one mode.

    ``only``: names of secrets; empty means all. Raises ``UsageError`` when the environments do
    not compose, ``SeparationError`` and ``ValidationError`` with their findings, and the store's
    own error when a required secret cannot be had.
    """
    mode = _one_mode(environments)
    refuse(check_containers(session.places()))
    specs = _selected(environments, only)
    pass_door(door, _guarding(environments, specs, session), session)
    fetched = fetch((spec.coordinate for _, spec in specs), session, operation)
    findings: list[Finding] = []
    secrets: dict[str, Secret] = {}
    for environment, spec in specs:
        result = fetched[spec.coordinate]
        place = secret_place(environment, spec)
        if isinstance(result, ScaleSecretsError):
            if isinstance(result, NotFoundError) and not spec.required:
                continue
            raise located(result, place)
        findings += check_fetched(spec, result, mode, place)
        secrets[spec.name] = made_secret(spec, result)
    config = _config(environments, only)
    for variable, text in config.items():
        findings += check_text(SecretValue(text), mode, f"config.{variable}")
    refuse(findings)
    bundle = Bundle(
        environments=tuple(environment.name for environment in environments),
        mode=mode,
        secrets=secrets,
        config=config,
        warnings=tuple(f"{one.id} {one.place}: {one.message}" for one in findings),
    )
    broken = validate(bundle, environments)
    if broken:
        raise ValidationError(broken)
    return bundle


def _guarding(
    environments: Sequence[EnvironmentSpec],
    specs: Sequence[tuple[EnvironmentSpec, SecretSpec]],
    session: Session,
) -> Iterator[EnvironmentSpec]:
    """The environments whose guards count: those named, or for bare coordinates their keepers."""
    yield from environments
    bare = [spec.coordinate for one, spec in specs if not one.declared]
    yield from keepers(bare, session)


def secret_place(environment: EnvironmentSpec, spec: SecretSpec) -> str:
    """The place of a secret in messages: its table in the manifest, or its coordinate."""
    if not environment.declared:
        return format_coordinate(spec.coordinate)
    return f"environments.{environment.name}.secrets.{spec.name}"


def check_fetched(spec: SecretSpec, fetched: Fetched, mode: Mode, place: str) -> Iterator[Finding]:
    """SEP001 and, where the read returned labels, SEP004."""
    yield from check_shape(spec, fetched.value, mode, place)
    labels = fetched.record.labels
    if labels is not None:
        yield from check_label(spec, labelled(labels, LABEL_MODE), mode, place)


def held(environment: EnvironmentSpec, spec: SecretSpec, value: SecretValue) -> Held:
    """A fetched value as SEP003 compares it."""
    return Held(environment.name, environment.mode, spec.name, spec.type, spec.any_mode, value)


def located(error: ScaleSecretsError, place: str) -> ScaleSecretsError:
    """The error with the place of the manifest before its message."""
    error.message = f"{place}: {error.message}"
    error.args = (error.message,)
    return error


def too_old(secret: Secret, place: str, now: datetime) -> Iterator[Finding]:
    """AGE001: older than ``max_age_days``."""
    age = secret.age_days(now)
    limit = secret.spec.max_age_days
    if limit is None:
        return
    owner = f" (owner: {secret.spec.owner})" if secret.spec.owner else ""
    if age is None:
        message = "has a max_age_days, and its store does not tell its age"
    elif age > limit:
        message = f"is {age:.0f} days old, and max_age_days is {limit:g}{owner}"
    else:
        return
    yield Finding("AGE001", place, message, "rotate the key", Severity.WARNING)


def utc_now() -> datetime:
    return datetime.now(UTC)


def _one_mode(environments: Sequence[EnvironmentSpec]) -> Mode:
    modes = {environment.mode for environment in environments}
    if not modes:
        raise UsageError(
            "no environment is named", hint="-e ENVIRONMENT, or SCALE_SECRETS_ENVIRONMENT"
        )
    if len(modes) > 1:
        listing = ", ".join(f"{one.name} is {one.mode}" for one in environments)
        raise UsageError(
            f"environments of different modes do not compose: {listing}",
            hint="name environments of one mode",
        )
    return modes.pop()


def _selected(
    environments: Sequence[EnvironmentSpec], only: Collection[str]
) -> list[tuple[EnvironmentSpec, SecretSpec]]:
    """The wanted secrets. Raises ``UsageError`` for an unknown name, or one claimed twice."""
    specs = [
        (environment, spec)
        for environment in environments
        for spec in environment.secrets.values()
        if not only or spec.name in only
    ]
    unknown = set(only) - {spec.name for _, spec in specs}
    if unknown:
        names = ", ".join(environment.name for environment in environments)
        known = ", ".join(name for environment in environments for name in environment.secrets)
        raise UsageError(
            f"no secret named {', '.join(sorted(unknown))} in environment {names}",
            hint=f"known: {known or 'none'}",
        )
    _refuse_twice((environment, spec.name, spec) for environment, spec in specs)
    _refuse_twice(
        (environment, variable, spec) for environment, spec in specs for variable in spec.variables
    )
    return specs


def _refuse_twice(claims: Iterable[tuple[EnvironmentSpec, str, SecretSpec]]) -> None:
    first: dict[str, tuple[EnvironmentSpec, SecretSpec]] = {}
    for environment, claimed, spec in claims:
        other = first.setdefault(claimed, (environment, spec))
        if other != (environment, spec):
            raise UsageError(
                f"{secret_place(environment, spec)} and {secret_place(*other)} "
                f"are both delivered as {claimed}",
                hint="leave one of them out with --only, or rename its variable",
            )


def _config(environments: Sequence[EnvironmentSpec], only: Collection[str]) -> dict[str, str]:
    config: dict[str, str] = {}
    for environment in environments:
        for variable, text in environment.config.items():
            if config.setdefault(variable, text) != text:
                raise UsageError(
                    f"the environments give {variable} different values",
                    hint=f"it stands in environments.{environment.name}.config and in another",
                )
    taken = config.keys() & {
        variable
        for one in environments
        for spec in one.secrets.values()
        for variable in spec.variables
    }
    if taken and not only:
        raise UsageError(
            f"{', '.join(sorted(taken))} is a secret in one environment and config in another",
            hint="rename one of them",
        )
    return config


def made_secret(spec: SecretSpec, fetched: Fetched) -> Secret:
    return Secret(spec, fetched.value, fetched.record.version, fetched.record.created)


def validate(bundle: Bundle, environments: Sequence[EnvironmentSpec]) -> tuple[Finding, ...]:
    """What the shipped schema of the mode and the environments' own schemas find."""
    own = dict.fromkeys(one.schema for one in environments if one.schema)
    return tuple(check_bundle(bundle, [read_own_schema(path) for path in own]))
