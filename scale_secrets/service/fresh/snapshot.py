"""What was read at one moment, and what changed between two such moments. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scale_secrets.service.application import Secrets


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``began``: the clock's seconds when the read began, so that an age is never too small."""

    secrets: Secrets
    began: float


@dataclass(frozen=True, slots=True)
class Change:
    """A secret's value is another one. A version is None where the secret was not there."""

    name: str
    old_version: str | None
    new_version: str | None


def changes(old: Secrets, new: Secrets) -> Iterator[Change]:
    """A new version that holds the same value is no change."""
    for name in dict.fromkeys([*old, *new]):
        was, now = old.secrets.get(name), new.secrets.get(name)
        if was is not None and now is not None and was.value.same_as(now.value):
            continue
        yield Change(name, was.version if was else None, now.version if now else None)
