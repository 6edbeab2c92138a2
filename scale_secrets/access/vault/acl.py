"""What one token may do: its policies merged, looked up by path, and weighed where it is unknown.

``Acl.decide`` answers for one operation on one path as the server would; ``Acl.candidates`` tells
from the same tables why no other rule decided. Source: ``AllowOperation`` and ``NewACL`` of OpenBao
2.7 (internal/vault/policy/acl.go) and Vault 1.21 (vault/acl.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from scale_secrets.access.vault import candidates
from scale_secrets.access.vault.builtin_policies import ROOT
from scale_secrets.access.vault.candidates import Candidate
from scale_secrets.access.vault.compiled import CompiledPolicies, CompiledPolicy
from scale_secrets.access.vault.lookup import Found, Placed, Table
from scale_secrets.access.vault.model import (
    Capability,
    Dialect,
    Entity,
    Group,
    Match,
    Policy,
    Rule,
)
from scale_secrets.access.vault.operations import Operation, capabilities_of
from scale_secrets.access.vault.patterns import pattern_of
from scale_secrets.access.vault.possible import Instance, PossibleRule, alternatives
from scale_secrets.access.vault.root_paths import needs_sudo
from scale_secrets.access.vault.ruling import Request, Ruling, judge
from scale_secrets.access.vault.templates import (
    Absent,
    Forbidden,
    Identity,
    could_match,
    resolve,
)
from scale_secrets.access.verdict import Truth

__all__ = ["Acl", "Candidate", "Ruling"]

_NOTHING: Mapping[str, object] = MappingProxyType({})


class Acl:
    """The policies in force for one token.

    ``namespace`` is the token's own: it reaches no path outside. ``entity`` None is a token without
    an entity; ``templates`` says how to hand in one that is not known. Every path is absolute:
    namespace and path. A folder's path may leave out its final slash for ``LIST`` and ``SCAN``.
    """

    def __init__(
        self,
        policies: Iterable[Policy],
        *,
        dialect: Dialect,
        now: datetime,
        namespace: str = "",
        entity: Entity | None = None,
        groups: Sequence[Group] = (),
        compiled: CompiledPolicies | None = None,
    ) -> None:
        self.dialect = dialect
        self.namespace = namespace
        self.failure = ""  # why the server refuses whatever the token asks
        self._table = Table(dialect)
        self._possible: list[PossibleRule] = []
        self._unsafe: dict[str, None] = {}  # conditions without which all requests are refused
        self._told: dict[tuple[str, Match, Operation, bool], Ruling] = {}
        self._remarks: dict[str, None] = {}
        self._left_out: list[tuple[Policy, Rule, str]] = []
        self._resolved: list[Placed] = []  # templated rules with this identity's values
        self._now = now
        self._identity = Identity(entity, tuple(groups), now)
        held = list(policies)
        self.root = any(policy.name == ROOT for policy in held)
        if self.root:
            self._check_root(held)
            return
        compiled = compiled or CompiledPolicies()
        for policy in held:
            self._add(compiled.of(policy))

    def _check_root(self, held: Sequence[Policy]) -> None:
        if len(held) > 1:
            self.failure = "the server refuses a token that has other policies beside root"
        elif self.dialect is Dialect.VAULT and self.namespace:
            self.failure = "Vault refuses policy root in a namespace"
        self.root = not self.failure

    def _add(self, compiled: CompiledPolicy) -> None:
        policy = compiled.policy
        if compiled.expires and _expired(policy.expiration, self._now):
            for rule in policy.rules:
                self._left_out.append((policy, rule, "its policy has expired"))
            return
        add = self._table.add
        for placed in compiled.placed:
            if compiled.expires and _expired(placed.rule.expiration, self._now):
                self._left_out.append((policy, placed.rule, "it has expired"))
            else:
                add(placed)
        for rule in compiled.templated:
            self._add_templated(policy, rule)

    def _add_templated(self, policy: Policy, rule: Rule) -> None:
        try:
            first, *rest = resolve(rule.path, policy, self._identity)
        except Absent as absent:
            self._left_out.append((policy, rule, f"it is left out: {absent}"))
        except Forbidden as forbidden:
            self.failure = self.failure or str(forbidden)
        else:
            possible = PossibleRule(policy, rule, (first, *rest))
            self._unsafe.update(dict.fromkeys(possible.must_hold()))
            self._remarks.update(dict.fromkeys(possible.remarks()))
            if _expired(rule.expiration, self._now):  # seen only after its values were put in
                self._left_out.append((policy, rule, "it has expired"))
            elif rest:
                self._possible.append(possible)
            else:
                self._add_resolved(policy, rule, str(first))

    def _add_resolved(self, policy: Policy, rule: Rule, path: str) -> None:
        pattern = pattern_of(path, policy.namespace)
        if "+*" in str(pattern):
            self.failure = f"the server refuses `{pattern}`, and with it every request"
        placed = Placed(pattern, policy, rule)
        self._table.add(placed)
        self._resolved.append(placed)

    def decide(
        self,
        path: str,
        operation: Operation,
        *,
        parameters: Mapping[str, object] | None = None,
        wrapping: float | None = None,
        namespace: str | None = None,
        always: Mapping[str, object] = _NOTHING,
    ) -> Ruling:
        """Whether the server lets a request pass.

        ``parameters`` None: the caller sends ``always``, without which there is no such request,
        and what else suits; a value of ``parameters.ANY`` is the caller's to choose. ``wrapping``
        None likewise; 0 is an answer that is not wrapped, else the seconds. ``namespace`` is the
        request's, by default the token's: root paths stand in it.
        """
        path = _asked(path, operation)
        if self.failure:
            return Ruling(Truth.FALSE, (), self.failure)
        if not path.startswith(self.namespace):
            reason = f"a token of namespace {self.namespace} reaches nothing outside it"
            return Ruling(Truth.FALSE, (), reason)
        if self.root:
            return Ruling(Truth.TRUE, (), "policy root permits everything")
        below = path.removeprefix(self.namespace if namespace is None else namespace)
        request = Request(
            operation, needs_sudo(below, self.dialect), parameters, wrapping, self.dialect, always
        )
        ruling = self._judge(self._table.find(path, operation), request)
        if self._possible or self._unsafe:
            ruling = self._weigh(ruling, path, request)
        if self._remarks and ruling.truth is not Truth.FALSE:
            ruling = replace(ruling, remarks=(*ruling.remarks, *self._remarks))
        return ruling

    def _judge(self, found: Found | None, request: Request) -> Ruling:
        """``judge``, remembered where only the pattern and the operation have a say."""
        if found is None or request.particular:
            return judge(found, request)
        pattern = found.pattern
        key = (pattern.text, pattern.match, request.operation, request.needs_sudo)
        ruling = self._told.get(key)
        if ruling is None:
            ruling = self._told[key] = judge(found, request)
        return ruling

    def capabilities(self, path: str) -> Capability:
        """What ``sys/capabilities`` answers: for a list, and blind to all but capabilities.

        A rule that depends on an unknown identity is left out.
        """
        if self.failure:
            return Capability.DENY
        if self.root:
            return capabilities_of(self.dialect)
        found = self._table.find(path.lstrip("/"), Operation.LIST)
        held = found.permissions.capabilities if found else Capability.NONE
        return held or Capability.DENY

    def candidates(self, path: str, operation: Operation) -> tuple[Candidate, ...]:
        """Every rule that matches ``path``, those that decide first."""
        path = _asked(path, operation)
        told: list[Candidate] = []
        winner = self._table.find(path, operation)
        if winner:
            for asked, placed in self._table.matching(path, operation):
                told.append(candidates.matching(placed, asked, winner))
        told += (candidates.possible(instance) for instance in self._instances(path))
        for policy, rule, reason in self._left_out:
            pattern = pattern_of(rule.path, policy.namespace)
            if pattern.matches(path):
                told.append(Candidate(policy, rule, str(pattern), False, reason))
        return tuple(told)

    def near_misses(self, path: str, operation: Operation) -> tuple[Candidate, ...]:
        """Templated rules that match ``path`` for others, and not for this identity."""
        path = _asked(path, operation)
        near = [
            candidates.for_others(placed)
            for placed in self._resolved
            if not placed.pattern.matches(path)
        ]
        for policy, rule, reason in self._left_out:
            pattern = pattern_of(rule.path, policy.namespace)
            if rule.templated and not pattern.matches(path):
                near.append(Candidate(policy, rule, str(pattern), False, reason))
        return tuple(one for one in near if could_match(one.rule.path, one.policy.namespace, path))

    def _instances(self, path: str) -> list[Instance]:
        asked = (path, path[:-1]) if path.endswith("/") else (path,)
        return [one for rule in self._possible for each in asked for one in rule.instances(each)]

    def _weigh(self, known: Ruling, path: str, request: Request) -> Ruling:
        """``known`` unless a rule of an unknown identity could change it."""
        others = []
        for supposed in alternatives(self._instances(path)):
            more = [one.placed for one in supposed.instances]
            ruling = judge(self._table.find(path, request.operation, more), request)
            if ruling.truth is not known.truth:
                others.append((supposed, ruling))
        conditions = [*self._unsafe]
        if known.truth is Truth.FALSE:
            helping = dict.fromkeys(supposed.in_words("is") for supposed, _ in others)
            if not helping:
                return known
            conditions.append(" or ".join(helping))
        else:
            harming = (one for one, ruling in others if ruling.truth < known.truth)
            conditions += dict.fromkeys(one.in_words("is not", " or ") for one in harming)
        if not conditions:
            return known
        rulings = (known, *(ruling for _, ruling in others))
        rules = {id(pair[1]): pair for ruling in rulings for pair in ruling.rules}
        return replace(
            known,
            truth=Truth.UNKNOWN,
            rules=tuple(rules.values()),
            reason=f"{known.reason}, but the identity is not known" if others else known.reason,
            conditions=(*known.conditions, *conditions),
        )


def _asked(path: str, operation: Operation) -> str:
    """The path as the server asks for it: a folder ends in a slash."""
    path = path.lstrip("/")
    return path if path.endswith("/") or not operation.enumerates else f"{path}/"


def _expired(expiration: datetime | None, now: datetime) -> bool:
    return expiration is not None and now > expiration
