"""What every auth method says of its roles: the policies of the token, and who may log in.

Servers answer with the fields of the shared token parameters (``token_policies`` …) and, for roles
written the old way, with those that came before them (``policies``, ``bound_cidrs``).
Source: the "Tokens" part of each auth method's API page, and ``sdk/helper/tokenutil`` of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scale_secrets.access.vault.principals.fields import Fields

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class AuthMount:
    """Where an auth method is mounted: ``path`` has a final slash. ``fields``: all it was told."""

    path: str
    type: str
    accessor: str
    namespace: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class Login:
    """One way to a token through an auth mount.

    ``name`` is the role's path below the mount. ``alias`` is the name by which each such login is
    known to the identity store, empty where a login brings its own, None where it gets no entity.
    ``group_aliases``: names of groups at the auth method that every such login is in.
    """

    name: str
    policies: tuple[str, ...]
    alias: str | None = ""
    group_aliases: tuple[str, ...] = ()
    no_default: bool = False
    conditions: tuple[str, ...] = ()
    people: str = ""


def login(
    name: str,
    role: Fields,
    *,
    people: str,
    alias: str | None = "",
    conditions: Iterable[str] = (),
    policies: Iterable[str] = (),
    group_aliases: tuple[str, ...] = (),
) -> Login:
    """A login by ``role``, with what the shared token parameters say of it.

    ``conditions`` are the method's own; ``policies`` come from elsewhere in addition.
    """
    own = role.texts("token_policies", "policies")
    return Login(
        name,
        tuple(dict.fromkeys((*own, *policies))),
        alias,
        group_aliases,
        role.flag("token_no_default_policy"),
        (*(one for one in conditions if one), *_token_conditions(role)),
        people,
    )


def _token_conditions(role: Fields) -> Iterable[str]:
    addresses = role.texts("token_bound_cidrs", "bound_cidrs", "bound_cidr_list")
    if addresses:
        yield f"from {one_of(addresses)}"
    if role.flag("token_strictly_bind_ip"):
        yield "from the address that logged in"


def one_of(values: Iterable[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    *first, last = values
    return f"{', '.join(first)} or {last}" if first else last


def claims_in_words(claims: Mapping[str, tuple[str, ...]], *, glob: bool) -> Iterable[str]:
    """Each bound claim as a condition; a claim without values can be satisfied by nothing."""
    verb = "matches" if glob else "is"
    for claim, values in claims.items():
        yield f"claim {claim} {verb} {one_of(values)}" if values else f"claim {claim} is absent"
