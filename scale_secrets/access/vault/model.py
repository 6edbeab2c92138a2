"""Policies, principals and mounts of one Vault or OpenBao installation, as data.

A namespace is its path with a final slash, as ``sys/namespaces`` tells it; the root is ``""``.
Paths inside a policy are relative to the policy's namespace. The two servers differ in places;
what depends on that takes the ``Dialect``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Flag, StrEnum, auto
from types import MappingProxyType

from scale_secrets.access.verdict import Place


class Dialect(StrEnum):
    VAULT = "vault"
    OPENBAO = "openbao"


class Capability(Flag):
    """Vault knows ``SUBSCRIBE`` and ``RECOVER``, OpenBao knows ``SCAN``; the rest is common."""

    NONE = 0
    DENY = auto()
    CREATE = auto()
    READ = auto()
    UPDATE = auto()
    DELETE = auto()
    LIST = auto()
    SUDO = auto()
    PATCH = auto()
    SCAN = auto()
    SUBSCRIBE = auto()
    RECOVER = auto()


class Match(StrEnum):
    """How a rule's path is compared."""

    EXACT = "exact"
    PREFIX = "prefix"  # the path ended in *, which ``Rule.pattern`` no longer has
    SEGMENT = "segment"  # holds a + segment; ``Rule.pattern`` keeps a final *


@dataclass(frozen=True, slots=True)
class Rule:
    """One ``path`` stanza. ``path`` is as written; ``pattern`` is what is compared.

    Wrapping TTLs are seconds. The three parameter maps are None when the stanza does not have
    them. A templated rule's ``pattern`` and ``match`` are those of the text with its templates
    still in it: ``templates.resolve`` makes the real one for an entity.
    """

    path: str
    pattern: str
    match: Match
    capabilities: Capability
    place: Place
    templated: bool = False
    min_wrapping_ttl: float | None = None
    max_wrapping_ttl: float | None = None
    allowed_parameters: Mapping[str, tuple[object, ...]] | None = None
    denied_parameters: Mapping[str, tuple[object, ...]] | None = None
    required_parameters: tuple[str, ...] | None = None
    pagination_limit: int | None = None  # OpenBao
    expiration: datetime | None = None  # OpenBao; aware
    control_group: bool = False  # others must approve
    keys_filter_path: str = ""  # OpenBao: list_scan_response_keys_filter_path


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed policy. Names are lower-case, as the server keeps them.

    OpenBao keeps ``expiration`` and what a template's value may hold beside the text:
    ``allow_{slashes,wildcards}_in_identity_templates``.
    """

    name: str
    rules: tuple[Rule, ...]
    dialect: Dialect
    namespace: str = ""
    file: str = ""
    expiration: datetime | None = None  # OpenBao; aware
    allow_slashes: bool = False  # OpenBao
    allow_wildcards: bool = False  # OpenBao


@dataclass(frozen=True, slots=True)
class Mount:
    """A secrets engine: ``path`` has a final slash; ``version`` is KV's, 0 for another engine."""

    path: str
    version: int
    namespace: str = ""
    type: str = "kv"


@dataclass(frozen=True, slots=True)
class SecretPath:
    """A secret: its mount and the path below it, without KV v2's ``data/``."""

    mount: Mount
    path: str

    def __str__(self) -> str:
        return f"{self.mount.namespace}{self.mount.path}{self.path}"


@dataclass(frozen=True, slots=True)
class Alias:
    """How an entity is known at one auth mount (``accessor``)."""

    name: str
    accessor: str
    id: str = ""
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    custom_metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Entity:
    id: str
    name: str
    policies: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    disabled: bool = False
    namespace: str = ""
    merged: tuple[str, ...] = ()  # ids of entities that became this one


@dataclass(frozen=True, slots=True)
class Group:
    """``alias`` is set on external groups: whoever the auth mount says is in them."""

    id: str
    name: str
    policies: tuple[str, ...] = ()
    member_entities: tuple[str, ...] = ()  # ids
    member_groups: tuple[str, ...] = ()  # ids
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    alias: Alias | None = None
    namespace: str = ""

    @property
    def external(self) -> bool:
        return self.alias is not None


@dataclass(frozen=True, slots=True)
class Principal:
    """Who can act, with the policies that its token carries and the entity behind it.

    ``name`` is the path it stands at (``auth/approle/role/ci``, ``auth/token/roles/x``,
    ``identity/entity/name/alice``, ``auth/token/accessor/…``) below its namespace, or
    ``policies/a,b`` for a token that was given these. ``alias`` is the login's alias as far as
    the role fixes it (an AppRole's role id); its name is empty where each login brings its own.
    ``conditions`` must hold for the principal to exist (bound addresses, claims to be shown);
    ``refused`` says why the server denies it everything, whatever its policies;
    ``chooses`` that whoever makes the token picks among ``token_policies``.
    """

    name: str
    token_policies: tuple[str, ...]
    namespace: str = ""
    entity: Entity | None = None
    alias: Alias | None = None
    groups: tuple[str, ...] = ()  # ids of groups known to hold besides the entity's
    no_default: bool = False
    conditions: tuple[str, ...] = ()
    people: str = ""  # who is behind it, as far as the role tells
    remarks: tuple[str, ...] = ()  # what to know of every answer about it
    refused: str = ""
    chooses: bool = False
    expires: datetime | None = None  # of an outstanding token; aware
