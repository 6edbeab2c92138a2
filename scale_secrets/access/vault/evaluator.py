"""Who may do what with a secret of Vault or OpenBao, and why.

An answer is about whoever a principal stands for: a role's is about a login that brings no identity
policies but those of the entity it is known to have. What must hold for there to be such a
principal at all (``Principal.conditions``) does not weaken the verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from scale_secrets.access.vault import kv
from scale_secrets.access.vault.acl import Acl
from scale_secrets.access.vault.builtin_policies import ROOT
from scale_secrets.access.vault.compiled import CompiledPolicies
from scale_secrets.access.vault.explanation import (
    Tried,
    around_step,
    attempt,
    collapsed,
    conclude,
    step_of,
)
from scale_secrets.access.vault.identity import InForce
from scale_secrets.access.vault.installation import Installation
from scale_secrets.access.vault.model import Mount, Policy, Principal, SecretPath
from scale_secrets.access.vault.naming import Names
from scale_secrets.access.vault.templates import UNKNOWN_ENTITY, Hole, split
from scale_secrets.access.verdict import Action, Answer, Explanation, Step, Verdict

Key = tuple[object, ...]
Asked = tuple[SecretPath, Action, tuple[kv.Way, ...]]

# What a server's own policies ask for. Principals that agree in these share an ACL.
_PLAIN_DIRECTIVES = frozenset(("identity.entity.id", "identity.entity.name"))


@dataclass(frozen=True, slots=True)
class _Standing:
    """An ACL with what it says of the ways that are the same for all secrets of a mount.

    ``choices``: the ACLs of tokens that could be had instead, each with what makes it so.
    """

    acl: Acl
    choices: tuple[tuple[str, Acl], ...] = ()
    around: dict[tuple[str, str, Action], tuple[Tried, ...]] = field(default_factory=dict)


class Evaluator:
    """``now`` decides what has expired. ``principals``: all that still exist."""

    def __init__(self, installation: Installation, now: datetime) -> None:
        self._of = installation
        self._now = now
        self.principals = tuple(
            one for one in installation.principals if one.expires is None or one.expires > now
        )
        self._names = Names(installation, self.principals)
        self._compiled = CompiledPolicies()
        self._directives = {
            key: found
            for key, policy in installation.policies.items()
            if (found := _directives(policy))
        }
        self._writable = (
            *(key for key in installation.policies if key[1] not in _UNWRITABLE),
            *((one.namespace, one.name) for one in installation.missing),
        )
        self._last: tuple[Key, _Standing] | None = None

    def principal(self, name: str) -> Principal:
        """By its path, or ``policies/a,b``: see ``naming``. Raises ``NotFoundError``."""
        return self._names.principal(name)

    def secret(self, path: str) -> SecretPath:
        """By mount and path: see ``naming``. Raises ``NotFoundError`` and ``UsageError``."""
        return self._names.secret(path)

    def answer(self, principal: Principal, secret: SecretPath, action: Action) -> Answer:
        refusal = _refusal(principal)
        if refusal is not None:
            return refusal
        standing = self._standing(principal)
        through, around = self._tried(standing, self._asked(secret, action))
        return conclude(through, around, principal.remarks)

    def explain(self, principal: Principal, secret: SecretPath, action: Action) -> Explanation:
        in_force = self._of.identities.in_force(principal)
        title = f"{action} {secret}"
        about = self._about(principal, in_force)
        refusal = _refusal(principal)
        if refusal is not None:
            root = Step(title, refusal.verdict, "; ".join(refusal.remarks), steps=(about,))
            return Explanation(refusal, root)
        standing = self._standing(principal)
        through, around = self._tried(standing, self._asked(secret, action))
        answer = conclude(through, around, principal.remarks)
        ways = collapsed([step_of(one) for one in through])
        steps = (about, self._about_mount(secret.mount), *ways)
        because = "one of these ways suffices" if len(through) > 1 else ""
        steps += around_step(around)
        root = Step(title, answer.verdict, because, steps=steps)
        return Explanation(answer, root)

    def matrix(
        self,
        principals: Iterable[Principal],
        secrets: Iterable[SecretPath],
        actions: Iterable[Action],
    ) -> Iterator[tuple[Principal, SecretPath, Action, Answer]]:
        """Every answer that is no denial. Principals with equal policies come one after another.

        Holds, besides what it was given, one ACL and the ways to each secret.
        """
        doing = tuple(actions)
        asked = [self._asked(secret, action) for secret in secrets for action in doing]
        alike: dict[Key, list[Principal]] = {}
        for one in principals:
            if _refusal(one) is None:
                alike.setdefault(self._key(one, self._of.identities.in_force(one)), []).append(one)
        for group in alike.values():
            standing = self._standing(group[0])
            for each in asked:
                through, around = self._tried(standing, each)
                if any(one.truth for one in (*through, *around)):
                    secret, action, _ = each
                    for principal in group:
                        answer = conclude(through, around, principal.remarks)
                        yield principal, secret, action, answer

    def _asked(self, secret: SecretPath, action: Action) -> Asked:
        return secret, action, kv.ways(secret, action, self._of.dialect)

    def _tried(
        self, standing: _Standing, asked: Asked
    ) -> tuple[tuple[Tried, ...], tuple[Tried, ...]]:
        """What the ACL says of the ways through the secret's engine, and of those around it."""
        secret, action, ways = asked
        through = tuple([attempt(standing.acl, way) for way in ways])
        if standing.choices and not any(one.truth for one in through):
            through += tuple(_by_choice(standing, ways))
        key = (secret.mount.namespace, secret.mount.path, action)
        around = standing.around.get(key)
        if around is None:
            further = kv.ways_around(secret.mount, action, self._writable)
            around = standing.around[key] = tuple(attempt(standing.acl, way) for way in further)
        return through, around

    def _standing(self, principal: Principal) -> _Standing:
        """The ACL of the last principal is kept: most callers ask for one after another."""
        in_force = self._of.identities.in_force(principal)
        key = self._key(principal, in_force)
        if self._last is None or self._last[0] != key:
            choices = tuple(self._choices(principal)) if principal.chooses else ()
            self._last = key, _Standing(self._acl(principal, in_force), choices)
        return self._last[1]

    def _choices(self, principal: Principal) -> Iterator[tuple[str, Acl]]:
        """One policy alone: what any choice permits by one rule, one of these permits as well."""
        for name in principal.token_policies if len(principal.token_policies) > 1 else ():
            single = replace(principal, token_policies=(name,))
            yield (
                f"the token is made with policy {name} alone",
                self._acl(single, self._of.identities.in_force(single)),
            )

    def _acl(self, principal: Principal, in_force: Sequence[InForce]) -> Acl:
        identities = self._of.identities
        return Acl(
            self._policies(in_force),
            dialect=self._of.dialect,
            now=self._now,
            namespace=principal.namespace,
            entity=identities.behind(principal),
            groups=[identities.groups[id_] for id_ in identities.groups_of(principal)],
            compiled=self._compiled,
        )

    def _policies(self, in_force: Sequence[InForce]) -> Iterator[Policy]:
        for one in in_force:
            if one.name == ROOT:
                yield Policy(ROOT, (), self._of.dialect, one.namespace)
            elif one.key in self._of.policies:
                yield self._of.policies[one.key]

    def _key(self, principal: Principal, in_force: Sequence[InForce]) -> Key:
        """Equal for principals of whom an ACL would say the same."""
        keys = frozenset(one.key for one in in_force)
        used = frozenset().union(*(self._directives.get(key, frozenset()) for key in keys))
        who: object = None
        if used <= _PLAIN_DIRECTIVES:
            entity = self._of.identities.behind(principal) if used else None
            who = "unknown" if entity is UNKNOWN_ENTITY else entity and (entity.id, entity.name)
        else:
            who = principal.name
        return principal.namespace, keys, who, principal.chooses

    def _about(self, principal: Principal, in_force: Sequence[InForce]) -> Step:
        told = (principal.people, *principal.conditions, *principal.remarks)
        return Step(
            f"{principal.namespace}{principal.name}",
            because="; ".join(one for one in told if one),
            steps=tuple(self._about_policy(one) for one in in_force),
        )

    def _about_policy(self, one: InForce) -> Step:
        known = one.key in self._of.policies or one.name == ROOT
        because = f"from {' and from '.join(one.sources)}"
        missing = "" if known else "; no policy has this name, so the server passes over it"
        return Step(f"policy {one.namespace}{one.name}", because=f"{because}{missing}")

    def _about_mount(self, mount: Mount) -> Step:
        assumed = mount.namespace not in self._of.mapped
        return Step(
            f"{mount.namespace}{mount.path} is KV version {mount.version}",
            because="taken for granted: no mounts.json tells" if assumed else "",
        )


_UNWRITABLE = frozenset((ROOT, "response-wrapping"))  # the servers refuse to change these


def _by_choice(standing: _Standing, ways: Iterable[kv.Way]) -> Iterator[Tried]:
    for way in ways:
        for made, acl in standing.choices:
            provided = f"{way.provided} and {made}" if way.provided else made
            tried = attempt(acl, replace(way, provided=provided))
            if tried.truth:
                yield tried


def _directives(policy: Policy) -> frozenset[str]:
    """What the templates of ``policy`` ask for."""
    return frozenset(
        piece.directive
        for rule in policy.rules
        if rule.templated
        for piece in split(rule.path)
        if isinstance(piece, Hole)
    )


def _refusal(principal: Principal) -> Answer | None:
    """The answer for a principal whom the server denies everything."""
    reason = principal.refused
    if principal.entity is not None and principal.entity.disabled:
        reason = f"entity {principal.entity.name} is disabled"
    return Answer(Verdict.DENIED, remarks=(reason,)) if reason else None
