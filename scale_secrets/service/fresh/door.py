"""``scale_secrets.fresh``: ``load``, and then again and again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scale_secrets.model import Mode
from scale_secrets.service.frameless import frameless
from scale_secrets.service.fresh import clock
from scale_secrets.service.fresh.keeper import Keeper
from scale_secrets.service.fresh.schedule import Schedule
from scale_secrets.service.fresh.secrets import FreshSecrets
from scale_secrets.service.fresh.snapshot import Snapshot
from scale_secrets.service.fresh.upstream import Upstream
from scale_secrets.service.library import meant
from scale_secrets.service.session import open_session
from scale_secrets.surroundings import real_surroundings


@frameless
def fresh(
    environment: str | None = None,
    *,
    manifest: Path | Mapping[str, Any] | None = None,
    coordinates: Mapping[str, str] | None = None,
    mode: Mode | str | None = None,
    refresh_every: float = 300.0,
    max_age: float = 3600.0,
    timeout: float = 10.0,
) -> FreshSecrets:
    """Load as ``load`` does, and keep what was loaded fresh.

    ``refresh_every``: seconds between two reads in the background, less a jitter of up to a
    quarter. ``max_age``: how old a value may become while the store cannot be read; an older one
    is not given out, but the store's error raised. ``timeout``: seconds for one read, the first
    included. Use it as a context manager, or ``close`` it.

    Raises what ``load`` raises, and ``UsageError`` for times that contradict each other.
    """
    schedule = Schedule(refresh_every, max_age, timeout)
    with open_session(real_surroundings(), manifest) as session:
        spec = meant(session, environment, coordinates, mode)
        upstream = Upstream(session.surroundings, session.manifest, spec)
    began = clock.seconds()
    try:
        first = Snapshot(upstream.read(timeout, strong=False), began)
    except BaseException:
        upstream.close()
        raise
    keeper = Keeper(upstream, first, schedule, now=clock.seconds)
    return FreshSecrets(keeper, first.secrets)
