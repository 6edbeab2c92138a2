"""Policies, requests, accounts and organizations of AWS, as data.

Names follow the IAM user guide. ARNs are compared as written, actions and condition keys in lower
case. What was not collected is ``MISSING``: never the same as "there is none".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from scale_secrets.access.verdict import Place


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator and key of a ``Condition`` block: all such must hold.

    ``operator`` is the base name as IAM spells it (``StringNotLike``), ``quantifier`` is
    ``ForAllValues``, ``ForAnyValue`` or empty, ``key`` is lower-case up to its first slash's right
    side (the name of a tag keeps its case), ``written`` the key as the policy spells it.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    quantifier: str = ""
    if_exists: bool = False
    written: str = ""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Statement:
    """One statement. Of each pair (``actions``/``not_actions``, …) at most one is not None.

    ``principals`` maps the kind (``AWS``, ``Service``, ``Federated``, ``CanonicalUser``) to its
    values; ``"*"`` written alone is ``{"*": ("*",)}``. ``variables`` is that of its document.
    Compared by identity, so that an evaluator may keep what it learned about one.
    """

    allow: bool
    number: int  # from 0
    sid: str = ""
    actions: tuple[str, ...] | None = None
    not_actions: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    not_resources: tuple[str, ...] | None = None
    principals: Mapping[str, tuple[str, ...]] | None = None
    not_principals: Mapping[str, tuple[str, ...]] | None = None
    conditions: tuple[Condition, ...] = ()
    place: Place | None = None
    variables: bool = True

    @property
    def label(self) -> str:
        return self.sid or f"statement {self.number + 1}"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Document:
    """A parsed policy document. ``variables`` is False for Version 2008-10-17."""

    name: str
    statements: tuple[Statement, ...]
    variables: bool = True


class Missing:
    """The one object that stands for what exists and was not collected."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


class CallerKind(StrEnum):
    USER = "user"
    ROLE = "role"  # a session of it
    ROOT = "root"  # an account's root user
    FEDERATED_USER = "federated-user"  # GetFederationToken
    WEB_IDENTITY = "web-identity"  # a token of an OIDC provider, before it has assumed a role
    SAML = "saml"
    SERVICE = "service"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request.

    ``arn`` is the IAM ARN (of the role, not of its session); ``session`` the session's ARN when it
    is fixed, else empty: a role's session name is its caller's choice. For services and federated
    callers ``arn`` is what a ``Principal`` element would name. ``id`` is the unique id (``AIDA…``,
    ``AROA…``), empty when it is not known.
    """

    kind: CallerKind
    arn: str
    account: str = ""
    session: str = ""
    tags: Mapping[str, str] | None = field(default=None, hash=False)  # None: not collected
    service_linked: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a request's condition keys (lower-case up to a tag's name).

    ``known`` maps a key to its values; an empty tuple says that the key is absent. A key that is
    not there is unknown, unless ``closed``, when it is absent. ``multivalued`` names the keys whose
    values are a set even when they hold one. ``absent`` closes families: a key that begins with
    one of these (``aws:principaltag/``) is absent when it is not known; ``unknown`` excepts single
    keys from both.
    """

    known: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    closed: bool = False
    multivalued: frozenset[str] = frozenset()
    absent: tuple[str, ...] = ()
    unknown: frozenset[str] = frozenset()

    def values(self, key: str) -> tuple[str, ...] | None:
        """The key's values, ``()`` when it is absent, None when nothing is known."""
        found = self.known.get(key)
        if found is not None or key in self.unknown:
            return found
        return () if self.closed or key.startswith(self.absent) else None


@dataclass(frozen=True, slots=True)
class Request:
    """``action`` as in a policy (``secretsmanager:GetSecretValue``), ``resource`` an ARN or *."""

    caller: Caller
    action: str
    resource: str
    account: str  # of the resource
    context: Context


@dataclass(frozen=True, slots=True)
class Grant:
    """A KMS grant: additive, for one key. ``constraints`` are encryption-context pairs.

    ``source_arn`` is the resource on whose behalf a service may use it; empty: any.
    """

    id: str
    grantee: str  # an ARN
    operations: frozenset[str]
    constraints_equal: Mapping[str, str] | None = None
    constraints_subset: Mapping[str, str] | None = None
    source_arn: str = ""


@dataclass(frozen=True, slots=True)
class Policies:
    """Everything that has a say in one request. A field's default is "there is none".

    ``scps`` and ``rcps``: one tuple for each level from the organization's root to the account;
    each level must allow. ``MISSING`` makes the layer's say unknown.
    ``delegates``: the resource is of a kind whose policy must allow explicitly (a KMS key, a
    role's trust): identity policies count only where it delegates to the account.
    """

    identity: tuple[Document, ...] | Missing = ()
    boundary: Document | Missing | None = None
    session: tuple[Document, ...] | None = None
    resource: Document | Missing | None = None
    scps: tuple[tuple[Document, ...], ...] | Missing = ()
    rcps: tuple[tuple[Document, ...], ...] | Missing = ()
    grants: tuple[Grant, ...] | Missing = ()
    delegates: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class User:
    """``id`` is the unique id (``AIDA…``); ``missing`` names what makes ``policies`` MISSING."""

    arn: str
    policies: tuple[Document, ...] | Missing  # inline, attached, and those of its groups
    groups: tuple[str, ...] = ()  # names
    boundary: Document | Missing | None = None
    tags: Mapping[str, str] | None = None
    id: str = ""
    missing: tuple[str, ...] = ()  # ARNs of attached policies that were not collected


@dataclass(frozen=True, slots=True, eq=False)
class Role:
    """``id`` and ``missing`` as in ``User`` (``AROA…``)."""

    arn: str
    policies: tuple[Document, ...] | Missing
    trust: Document | Missing
    boundary: Document | Missing | None = None
    tags: Mapping[str, str] | None = None
    path: str = "/"
    id: str = ""
    missing: tuple[str, ...] = ()

    @property
    def service_linked(self) -> bool:
        return self.path.startswith("/aws-service-role/")


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A KMS key. ``managed``: AWS's own (``aws/secretsmanager``), usable in its account alone."""

    arn: str
    policy: Document | Missing
    grants: tuple[Grant, ...] | Missing = ()
    managed: bool = False
    tags: Mapping[str, str] | None = None
    aliases: tuple[str, ...] | None = None  # None: not collected
    state: str = ""  # "Enabled", "Disabled", …; empty: not collected


@dataclass(frozen=True, slots=True, eq=False)
class AwsSecret:
    """A secret. ``key`` is the ARN of its KMS key, empty for ``aws/secretsmanager``.

    ``rotation`` is the ARN of its rotation function (empty: it has none), ``version`` the id of
    the version that is current (empty: not collected).
    """

    arn: str
    key: str = ""
    policy: Document | Missing | None = None
    tags: Mapping[str, str] | None = None
    rotation: str = ""
    version: str = ""
    deleted: bool = False  # it can be restored until its time for recovery is over

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def name(self) -> str:
        """Without the six random characters."""
        return self.arn.split(":", 6)[6].rpartition("-")[0]


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """``scps``/``rcps`` as in ``Policies``; ``management`` accounts are under neither.

    ``identities`` is False when users and roles were not collected.
    """

    id: str
    users: tuple[User, ...] = ()
    roles: tuple[Role, ...] = ()
    keys: Mapping[str, Key] = field(default_factory=lambda: MappingProxyType({}))  # by ARN
    secrets: tuple[AwsSecret, ...] = ()
    scps: tuple[tuple[Document, ...], ...] | Missing = MISSING
    rcps: tuple[tuple[Document, ...], ...] | Missing = MISSING
    management: bool = False
    org_id: str | None = None  # None: not collected; empty: in no organization
    org_path: str | None = None
    identities: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Estate:
    """Every account that was collected."""

    accounts: Mapping[str, Account]
