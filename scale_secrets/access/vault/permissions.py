"""What the rules of one pattern permit together.

Only rules whose patterns are identical merge: a deny absorbs the others, capabilities unite, and so
do the restrictions, of which a rule without any knows nothing. So a second rule that has
``allowed_parameters`` restricts the first that had none. Source: ``NewACL`` of OpenBao and Vault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scale_secrets.access.vault.model import Capability, Policy, Rule

Values = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Permissions:
    """Zero stands for a limit that nobody set; names of parameters are lower-case."""

    rules: tuple[tuple[Policy, Rule], ...]
    capabilities: Capability
    min_wrapping: float
    max_wrapping: float
    allowed: Mapping[str, Values]
    denied: Mapping[str, Values]
    required: tuple[str, ...]
    pagination_limit: int
    control_group: bool
    keys_filter_path: str  # of the first rule that has one

    @property
    def denies(self) -> bool:
        return bool(self.capabilities & Capability.DENY)

    def holding(self, needed: Capability) -> tuple[tuple[Policy, Rule], ...]:
        """The rules that have any of ``needed``."""
        return tuple(pair for pair in self.rules if pair[1].capabilities & needed)


def merge(rules: Sequence[tuple[Policy, Rule]]) -> Permissions:
    capabilities = Capability.NONE
    for _, rule in rules:
        capabilities |= rule.capabilities
    if capabilities & Capability.DENY:
        return Permissions(tuple(rules), Capability.DENY, 0, 0, {}, {}, (), 0, False, "")
    each = [rule for _, rule in rules]
    return Permissions(
        tuple(rules),
        capabilities,
        _lowest(rule.min_wrapping_ttl for rule in each),
        _lowest(rule.max_wrapping_ttl for rule in each),
        _united(rule.allowed_parameters for rule in each),
        _united(rule.denied_parameters for rule in each),
        tuple(
            dict.fromkeys(name.lower() for rule in each for name in rule.required_parameters or ())
        ),
        int(_lowest(rule.pagination_limit for rule in each)),
        any(rule.control_group for rule in each),
        next((rule.keys_filter_path for rule in each if rule.keys_filter_path), ""),
    )


def _lowest(limits: Iterable[float | None]) -> float:
    return min((limit for limit in limits if limit and limit > 0), default=0)


def _united(maps: Iterable[Mapping[str, Values] | None]) -> Mapping[str, Values]:
    """All values that any map lists for a name; an empty list stands for every value, and wins."""
    together: dict[str, Values] = {}
    for one in maps:
        for name, values in (one or {}).items():
            key = name.lower()
            known = together.get(key)
            together[key] = () if not values or known == () else (known or ()) + tuple(values)
    return together
