"""The library's door: one call from a program's start-up to its keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scale_secrets.errors import UsageError
from scale_secrets.model import EnvironmentSpec, Mode
from scale_secrets.operation import DEFAULT_TIMEOUT, Operation, operation
from scale_secrets.service.accepted import accepted_keys
from scale_secrets.service.application import Secrets, for_application
from scale_secrets.service.doors import Door
from scale_secrets.service.frameless import frameless
from scale_secrets.service.load import load_bundle
from scale_secrets.service.naming import bare_environment
from scale_secrets.service.session import Session, open_session
from scale_secrets.surroundings import real_surroundings
from scale_secrets.validation.manifest import implied_variable


def load(
    environment: str | None = None,
    *,
    manifest: Path | Mapping[str, Any] | None = None,
    coordinates: Mapping[str, str] | None = None,
    mode: Mode | str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> Secrets:
    """Fetch, check and validate one environment's secrets.

    ``manifest``: a file, a dict of the same shape (the code that passes it is as trusted as the
    user, but an address in it still has to be), or None for the nearest ``scale-secrets.toml``.
    ``coordinates``: in place of an environment, where each secret is kept, by name:
    ``{"api_key": "vault:secret/scale/test/api-key#value"}``; ``mode`` says which keys these are.
    ``timeout``: seconds for all of it together.

    Never asks anybody anything: a guard that wants a confirmation stays closed. Raises
    ``ManifestError``, ``TrustError`` or ``UsageError``, ``SeparationError``, ``ValidationError``,
    ``NotFoundError``, ``DeniedError``, ``UnreachableError``; none of them holds a value.
    """
    started = operation(timeout, command="library", environment=environment)
    return _load(environment, manifest, coordinates, mode, started)


async def load_async(
    environment: str | None = None,
    *,
    manifest: Path | Mapping[str, Any] | None = None,
    coordinates: Mapping[str, str] | None = None,
    mode: Mode | str | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> Secrets:
    """``load`` for asyncio, in a thread of its own: the event loop goes on meanwhile.

    The time counts from the call. A cancelled call returns at once; its thread ends by the
    deadline, and what it fetched is dropped.
    """
    from scale_secrets.service.background import in_a_thread

    started = operation(timeout, command="library", environment=environment)
    return await in_a_thread(lambda: _load(environment, manifest, coordinates, mode, started))


@frameless
def _load(
    environment: str | None,
    manifest: Path | Mapping[str, Any] | None,
    coordinates: Mapping[str, str] | None,
    mode: Mode | str | None,
    started: Operation,
) -> Secrets:
    with open_session(real_surroundings(), manifest) as session:
        return read_secrets(session, meant(session, environment, coordinates, mode), started)


def read_secrets(session: Session, environment: EnvironmentSpec, during: Operation) -> Secrets:
    """One environment's secrets by way of an open session, as ``load`` gives and refuses them."""
    base_url = session.base_url()
    bundle = load_bundle(session, [environment], during, Door("load"))
    return for_application(bundle, base_url, accepted_keys(session, environment, bundle, during))


def meant(
    session: Session,
    environment: str | None,
    coordinates: Mapping[str, str] | None,
    mode: Mode | str | None,
) -> EnvironmentSpec:
    """The named environment, or one of bare coordinates. Raises ``UsageError`` for both or none."""
    if (environment is None) == (coordinates is None):
        raise UsageError(
            "load takes an environment or coordinates, and one of them",
            hint='load("test"), or load(coordinates={"api_key": "vault:PATH"}, mode="test")',
        )
    if environment is not None:
        if mode is not None:
            raise UsageError("mode goes with coordinates", hint="an environment has its own mode")
        return session.environment(environment)
    if mode is None or mode not in Mode.__members__.values():
        raise UsageError(
            "coordinates do not tell whether live or test keys are meant",
            hint='say mode="live" or mode="test"',
        )
    pairs = {name: (implied_variable(name), text) for name, text in (coordinates or {}).items()}
    return bare_environment(f"of mode {mode}", pairs, Mode(mode))
