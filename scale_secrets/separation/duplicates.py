"""SEP003: the same Scale key may not stand in environments of different modes.

Compared among what this process has fetched anyway: nothing is read for the comparison alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from scale_secrets.frozen import frozen
from scale_secrets.model import Finding, Mode, SecretType
from scale_secrets.values import SecretValue


@frozen
class Held:
    """A fetched value and where it stands."""

    environment: str
    mode: Mode
    secret: str
    type: SecretType
    any_mode: bool
    value: SecretValue


def check_duplicates(held: Sequence[Held]) -> Iterator[Finding]:
    keys = [one for one in held if one.type is not SecretType.OPAQUE]
    for one, other in combinations(keys, 2):
        shared_by_design = one.any_mode and other.any_mode
        if (
            one.mode is not other.mode
            and not shared_by_design
            and not one.value.empty
            and one.value.same_as(other.value)
        ):
            yield Finding(
                "SEP003",
                f"environments.{one.environment}.secrets.{one.secret}",
                f"the same key stands in environments.{other.environment}.secrets.{other.secret}, "
                f"of mode {other.mode}",
                "store each mode's own key; the key alone decides whether people do the work",
            )
