"""The files of a policy directory as one installation: policies, mounts, who can get a token.

The form of each table is that of the API's answer (its ``data``). Nothing is required: what is not
there is not known, and ``notes`` says what was assumed in its place. ``files`` tells which file is
what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scale_secrets.access.vault import records
from scale_secrets.access.vault.builtin_policies import (
    DEFAULT,
    RESPONSE_WRAPPING,
    ROOT,
    builtin_policy,
)
from scale_secrets.access.vault.files import (
    Arranged,
    File,
    NamespaceFiles,
    arrange,
)
from scale_secrets.access.vault.identity import Identities
from scale_secrets.access.vault.model import (
    Alias,
    Dialect,
    Entity,
    Group,
    Mount,
    Policy,
    Principal,
)
from scale_secrets.access.vault.policy import parse
from scale_secrets.access.vault.principals import KINDS, logins
from scale_secrets.access.vault.principals.fields import Fields, objects, parse_json
from scale_secrets.access.vault.principals.login import AuthMount
from scale_secrets.errors import PolicyError

ASSUMED_DIALECT = Dialect.OPENBAO


@dataclass(frozen=True, slots=True)
class MissingPolicy:
    """A policy name that no policy has: the servers pass over it, until somebody writes one."""

    namespace: str
    name: str
    principal: str  # with its namespace
    source: str  # what names it, in words


@dataclass(frozen=True, slots=True, eq=False)
class Installation:
    """Everything that was collected of one server.

    ``mapped``: the namespaces whose mounts are known. ``notes``: what was assumed or not read.
    """

    dialect: Dialect
    policies: Mapping[tuple[str, str], Policy]  # by namespace and name
    mounts: tuple[Mount, ...]
    mapped: frozenset[str]
    principals: tuple[Principal, ...]
    identities: Identities
    namespaces: tuple[str, ...]
    missing: tuple[MissingPolicy, ...]
    notes: tuple[str, ...]


def parse_installation(files: Mapping[str, str], dialect: Dialect | None = None) -> Installation:
    """``files`` maps a path below the policy directory to its text; ``dialect`` overrides theirs.

    Raises ``PolicyError`` with file and place for a policy that the server would not accept and for
    a table that is not of the API's form.
    """
    arranged = arrange(files)
    server = _Server.read(arranged.server)
    spoken = dialect or server.dialect or ASSUMED_DIALECT
    spaces = {name: _Namespace(name, found) for name, found in arranged.namespaces.items()}
    identities = Identities(
        (one for space in spaces.values() for one in space.entities()),
        (one for space in spaces.values() for one in space.groups()),
        collected=(name for name, space in spaces.items() if space.has("entities.json")),
        any_namespace=server.any_namespace,
    )
    policies = {
        (one.namespace, one.name): one
        for space in spaces.values()
        for one in space.policies(spoken)
    }
    principals = tuple(
        one for space in spaces.values() for one in space.principals(identities, policies)
    )
    mapped = frozenset(name for name, space in spaces.items() if space.has("mounts.json"))
    guessed = dialect is None and server.dialect is None
    return Installation(
        spoken,
        policies,
        tuple(one for space in spaces.values() for one in space.mounts()),
        mapped,
        principals,
        identities,
        tuple(sorted(spaces)),
        tuple(_missing(principals, identities, policies)),
        tuple(_notes(arranged, spaces, spoken if guessed else None)),
    )


@dataclass(frozen=True, slots=True)
class _Server:
    """``server.json``: ``{"dialect": …, "group_policy_application_mode": …}``, both optional."""

    dialect: Dialect | None = None
    any_namespace: bool = False

    @classmethod
    def read(cls, file: File | None) -> _Server:
        if file is None:
            return cls()
        fields = _fields(file)
        named = fields.text("dialect")
        if named and named not in list(Dialect):
            raise fields.error("dialect", f"must be {' or '.join(Dialect)}")
        mode = fields.text("group_policy_application_mode")
        return cls(Dialect(named) if named else None, mode == "any")


class _Namespace:
    """The tables of one namespace, read when asked for."""

    def __init__(self, name: str, files: NamespaceFiles) -> None:
        self.name = name
        self._files = files

    def has(self, table: str) -> bool:
        return table in self._files.tables

    def _table(self, name: str) -> Fields | None:
        file = self._files.tables.get(name)
        return _fields(file) if file else None

    def _list(self, name: str, key: str) -> Iterator[Fields]:
        """The objects of a table that is a list, told apart by ``key``."""
        file = self._files.tables.get(name)
        seen: set[str] = set()
        for fields in objects(parse_json(file.text, file.path), file.path) if file else ():
            value = fields.text(key)
            if value in seen:
                raise fields.error(key, f"{value} stands twice")
            seen.add(value)
            yield fields

    def policies(self, dialect: Dialect) -> Iterator[Policy]:
        beside = self._table("policies.json")
        for name, file in self._files.policies.items():
            if name != ROOT:  # which has no text and permits everything
                made = parse(
                    file.text, name=name, dialect=dialect, namespace=self.name, file=file.path
                )
                yield records.beside(made, beside.below(name)) if beside else made
        for name in (DEFAULT, RESPONSE_WRAPPING):
            text = None if name in self._files.policies else builtin_policy(name, dialect)
            if text is not None:
                own = f"the server's own {name}"
                yield parse(text, name=name, dialect=dialect, namespace=self.name, file=own)

    def mounts(self) -> Iterator[Mount]:
        table = self._table("mounts.json")
        for path, fields in table.each() if table else ():
            yield records.mount(path, fields, self.name)

    def entities(self) -> Iterator[Entity]:
        for fields in self._list("entities.json", "id"):
            yield records.entity(fields, self.name)

    def groups(self) -> Iterator[Group]:
        for fields in self._list("groups.json", "id"):
            yield records.group(fields, self.name)

    def auth_mounts(self) -> Iterator[AuthMount]:
        table = self._table("auth.json")
        for path, fields in table.each() if table else ():
            folder = path if path.endswith("/") else f"{path}/"
            kind, accessor = fields.text("type"), fields.text("accessor")
            yield AuthMount(folder, kind, accessor, self.name, fields)

    def principals(
        self, identities: Identities, policies: Mapping[tuple[str, str], Policy]
    ) -> Iterator[Principal]:
        names = tuple(name for namespace, name in policies if namespace == self.name)
        roles = self._table("token-roles.json")
        found: Mapping[str, Iterable[Principal]] = {
            "auth.json": (
                one for mount in self.auth_mounts() for one in _by_login(mount, identities)
            ),
            "token-roles.json": (
                records.token_role(name, fields, self.name, names)
                for name, fields in (roles.each() if roles else ())
            ),
            "tokens.json": (
                records.token(fields, self.name, identities)
                for fields in self._list("tokens.json", "accessor")
            ),
            "entities.json": (
                records.entity_principal(one)
                for one in identities.entities.values()
                if one.namespace == self.name
            ),
            "groups.json": (
                records.group_principal(one)
                for one in identities.groups.values()
                if one.namespace == self.name
            ),
        }
        for table, principals in found.items():
            yield from self._distinct(table, principals)

    def _distinct(self, table: str, principals: Iterable[Principal]) -> Iterator[Principal]:
        seen: set[str] = set()
        for one in principals:
            if one.name in seen:
                reason = f"the principal {one.name} is described twice"
                raise PolicyError(reason, file=self._files.tables[table].path)
            seen.add(one.name)
            yield one


def _by_login(mount: AuthMount, identities: Identities) -> Iterator[Principal]:
    strangers = identities.at_mount(mount.accessor)
    for one in logins(mount):
        alias = None if one.alias is None else Alias(one.alias, mount.accessor)
        remarks: tuple[str, ...] = ()
        if alias is not None and not alias.name and strangers:
            remarks = (
                f"whoever is known to auth/{mount.path} as an entity adds what the entity may, or "
                f"is denied: {len(strangers)} of identity/entity",
            )
        yield Principal(
            f"auth/{mount.path}{one.name}",
            one.policies,
            mount.namespace,
            identities.entity_of(alias),
            alias,
            identities.external(mount.accessor, one.group_aliases),
            one.no_default,
            one.conditions,
            one.people,
            remarks,
        )


def _fields(file: File) -> Fields:
    return Fields(parse_json(file.text, file.path), file.path)


def _missing(
    principals: tuple[Principal, ...],
    identities: Identities,
    policies: Mapping[tuple[str, str], Policy],
) -> Iterator[MissingPolicy]:
    """Each missing name once, with the first that names it. A name may be made at login."""
    seen = set()
    for principal in principals:
        for one in identities.in_force(principal):
            if one.key in policies or one.key in seen or one.name == ROOT or "{{" in one.name:
                continue
            seen.add(one.key)
            holder = f"{principal.namespace}{principal.name}"
            yield MissingPolicy(one.namespace, one.name, holder, one.sources[0])


def _notes(
    arranged: Arranged, spaces: Mapping[str, _Namespace], guessed: Dialect | None
) -> Iterator[str]:
    if guessed:
        yield f"no server.json names the server: read as {guessed}"
    for name, space in spaces.items():
        where = f" of namespace {name}" if name else ""
        if not space.has("mounts.json"):
            yield f"no mounts.json{where}: the first part of a path is taken for a KV v2 mount"
        for mount in space.auth_mounts():
            if mount.type not in KINDS and mount.type != "token":
                yield f"auth/{mount.path}{where}: who may log in by {mount.type} is not known here"
    for path in arranged.ignored:
        yield f"{path} is no file of a policy directory, and was not read"
