"""Which policies are in force for a principal, and where each comes from.

A token carries policies of its own; the entity behind it adds its own, and so do the groups that
the entity is in and, upward, the groups that those are in. All of them act at once on tokens that
exist already. Source: ``fetchEntityAndDerivedPolicies`` of OpenBao and of Vault;
https://openbao.org/docs/concepts/identity/.

Namespaces: a token's policies are those of its namespace, a group's those of the group's. A group
has a say only where the token's namespace is the group's own or below it, unless Vault's
``group_policy_application_mode`` is ``any``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scale_secrets.access.vault.builtin_policies import DEFAULT, ROOT
from scale_secrets.access.vault.model import Alias, Entity, Group, Principal
from scale_secrets.access.vault.templates import UNKNOWN_ENTITY


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy by name, whether it exists or not. ``sources``: where it comes from, in words."""

    namespace: str
    name: str
    sources: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        return self.namespace, self.name


class Identities:
    """Entities and groups, found by what tokens and logins know of them.

    ``collected``: the namespaces whose entities are all here, so that one that is not does not
    exist.
    """

    def __init__(
        self,
        entities: Iterable[Entity],
        groups: Iterable[Group],
        *,
        collected: Iterable[str] = (),
        any_namespace: bool = False,
    ) -> None:
        self.entities: Mapping[str, Entity] = {one.id: one for one in entities}
        self._merged = {id_: one for one in self.entities.values() for id_ in one.merged}
        self.groups: Mapping[str, Group] = {one.id: one for one in groups}
        self.collected = frozenset(collected)
        self._any_namespace = any_namespace
        self._by_alias = {
            (alias.accessor, alias.name): one
            for one in self.entities.values()
            for alias in one.aliases
        }
        self._external: dict[tuple[str, str], list[str]] = {}
        self._of_entity: dict[str, list[str]] = {}
        self._parents: dict[str, list[str]] = {}
        for group in self.groups.values():
            if group.alias is not None:
                key = (group.alias.accessor, group.alias.name)
                self._external.setdefault(key, []).append(group.id)
            for member in group.member_entities:
                self._of_entity.setdefault(member, []).append(group.id)
            for member in group.member_groups:
                self._parents.setdefault(member, []).append(group.id)

    def entity(self, id_: str) -> Entity | None:
        """The entity of this id, or the one that it became part of."""
        return self.entities.get(id_) or self._merged.get(id_)

    def entity_of(self, alias: Alias | None) -> Entity | None:
        """The entity that is known by ``alias`` at its auth mount, if there is one."""
        return self._by_alias.get((alias.accessor, alias.name)) if alias else None

    def at_mount(self, accessor: str) -> tuple[Entity, ...]:
        """Every entity that has logged in, or could, by the auth mount of ``accessor``."""
        found = {one.id: one for (at, _), one in self._by_alias.items() if at == accessor}
        return tuple(found.values())

    def external(self, accessor: str, names: Iterable[str]) -> tuple[str, ...]:
        """Ids of the groups that ``names`` stand for at the auth mount of ``accessor``."""
        return tuple(id_ for name in names for id_ in self._external.get((accessor, name), ()))

    def behind(self, principal: Principal) -> Entity | None:
        """Whom templates are resolved for: see ``templates`` for what an entity's gaps mean."""
        if principal.entity is not None:
            return principal.entity
        alias = principal.alias
        if alias is None:
            return None
        if not alias.name or principal.namespace not in self.collected:
            return UNKNOWN_ENTITY
        return Entity(id="", name="", aliases=(alias,), namespace=principal.namespace)

    def groups_of(self, principal: Principal) -> dict[str, str]:
        """Ids of every group that the principal is in, each with how, in words; nearest first.

        A cycle, which the servers refuse to make, ends where it began.
        """
        direct = [*principal.groups]
        if principal.entity is not None:
            direct += self._of_entity.get(principal.entity.id, [])
        found: dict[str, str] = {}
        level = {id_: f"group {self._name(id_)}" for id_ in direct if id_ in self.groups}
        while level:
            found.update(level)
            level = {
                parent: f"group {self._name(parent)}, parent of {found[child]}"
                for child in level
                for parent in self._parents.get(child, ())
                if parent not in found
            }
        return found

    def in_force(self, principal: Principal) -> tuple[InForce, ...]:
        """Every policy name with a say, once each, those of the token first."""
        sources: dict[tuple[str, str], list[str]] = {}
        for name, namespace, source in self._granted(principal):
            said = sources.setdefault((namespace, name.lower()), [])
            if source not in said:
                said.append(source)
        return tuple(
            InForce(namespace, name, tuple(said)) for (namespace, name), said in sources.items()
        )

    def _granted(self, principal: Principal) -> Iterator[tuple[str, str, str]]:
        own = principal.namespace
        held = [name.lower() for name in principal.token_policies]
        if ROOT in held:  # a token with root carries nothing else
            yield ROOT, own, "its token"
        else:
            for name in held:
                yield name, own, "its token"
            if not principal.no_default:
                yield DEFAULT, own, "every token that is not made without it"
        entity = principal.entity
        if entity is not None:
            for name in entity.policies:
                yield name, entity.namespace, f"entity {entity.name}"
        for id_, how in self.groups_of(principal).items():
            group = self.groups[id_]
            if self._any_namespace or own.startswith(group.namespace):
                for name in group.policies:
                    yield name, group.namespace, how

    def _name(self, id_: str) -> str:
        group = self.groups.get(id_)
        return f"{group.namespace}{group.name}" if group else id_
