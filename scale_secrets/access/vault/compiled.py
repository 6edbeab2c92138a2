"""Policies made ready for comparison, once for all the tokens that hold them."""

from __future__ import annotations

from dataclasses import dataclass, field

from scale_secrets.access.vault.lookup import Placed
from scale_secrets.access.vault.model import Policy, Rule
from scale_secrets.access.vault.patterns import pattern_of


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    policy: Policy
    placed: tuple[Placed, ...]  # the rules whose path is the same for everyone
    templated: tuple[Rule, ...]
    expires: bool


@dataclass(slots=True)
class CompiledPolicies:
    """One for an installation: hand it to every ``Acl`` there, and no policy is compiled twice."""

    _known: dict[int, CompiledPolicy] = field(default_factory=dict)

    def of(self, policy: Policy) -> CompiledPolicy:
        # By identity: a policy is not hashable, and is kept alive here with its number.
        known = self._known.get(id(policy))
        if known is None:
            known = self._known[id(policy)] = _compile(policy)
        return known


def _compile(policy: Policy) -> CompiledPolicy:
    return CompiledPolicy(
        policy,
        tuple(
            Placed(pattern_of(rule.path, policy.namespace), policy, rule)
            for rule in policy.rules
            if not rule.templated
        ),
        tuple(rule for rule in policy.rules if rule.templated),
        policy.expiration is not None or any(rule.expiration for rule in policy.rules),
    )
