"""The library's door: one call from a program's start-up to its keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scale_secrets.bundle import Bundle
from scale_secrets.operation import DEFAULT_TIMEOUT, operation
from scale_secrets.service.doors import Door
from scale_secrets.service.load import load_bundle
from scale_secrets.service.session import open_session
from scale_secrets.surroundings import real_surroundings


def load(
    environment: str,
    *,
    manifest: Path | Mapping[str, Any] | None = None,
    timeout: float = DEFAULT_TIMEOUT,
) -> Bundle:
    """Fetch, check and validate one environment's secrets.

    ``manifest``: a file, a dict of the same shape (the code that passes it is as trusted as the
    user, but an address in it still has to be), or None for the nearest ``scale-secrets.toml``.
    ``timeout``: seconds for all of it together.

    Never asks anybody anything: a guard that wants a confirmation stays closed. Raises
    ``ManifestError``, ``TrustError`` or ``UsageError``, ``SeparationError``, ``ValidationError``,
    ``NotFoundError``, ``DeniedError``, ``UnreachableError``; none of them holds a value.
    """
    started = operation(timeout, command="library", environment=environment)
    with open_session(real_surroundings(), manifest) as session:
        return load_bundle(session, [session.environment(environment)], started, Door("load"))
