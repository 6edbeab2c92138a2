"""SEP002: environments of different modes may not share a container.

A store's access rules end at the container. Two fields of one container cannot be granted apart,
so whoever reads the one mode's key there reads the other's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from scale_secrets.frozen import frozen
from scale_secrets.model import Container, Finding, Mode, SecretType

EXEMPT_KIND = "environ"  # a pipeline's variables are set per job, not kept under access rules


@frozen
class Place:
    """Where one secret of the manifest is kept."""

    environment: str
    mode: Mode
    secret: str
    type: SecretType
    store: str
    container: Container

    @property
    def name(self) -> str:
        return f"environments.{self.environment}.secrets.{self.secret}"


def check_containers(places: Sequence[Place]) -> Iterator[Finding]:
    """A finding for each pair of secrets of different modes that may be one container."""
    bound = [
        place
        for place in places
        if place.type is not SecretType.OPAQUE and place.container.kind != EXEMPT_KIND
    ]
    for one, other in combinations(bound, 2):
        if one.mode is not other.mode and one.container.overlaps(other.container):
            yield Finding(
                "SEP002",
                one.name,
                f"shares its container ({one.container.path} in {_stores(one, other)}) with "
                f"{other.name}, of mode {other.mode}",
                _mend(one, other),
            )


def _stores(one: Place, other: Place) -> str:
    if one.store == other.store:
        return f"store {one.store}"
    return f"stores {one.store} and {other.store}, which are one place"


def _mend(one: Place, other: Place) -> str:
    mend = "keep each mode's keys under a path of their own"
    unsure = one.container.account != other.container.account or (
        one.container.address != other.container.address
    )
    if unsure:  # they overlap because a part is unknown
        mend += "; if these are different accounts or regions, say so in both stores"
    return mend
