"""AppRole: whoever holds the role id and, by default, a secret id.

Each login's alias is the role id, which a read of the role does not tell: a snapshot adds what
``role/NAME/role-id`` answers as ``role_id``.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.vault.principals.fields import Fields
from scale_secrets.access.vault.principals.login import NOBODY, AuthMount, Login, login, one_of


def logins(mount: AuthMount) -> Iterator[Login]:
    for name, role in mount.fields.each("roles"):
        addresses = role.texts("secret_id_bound_cidrs", "bound_cidr_list")
        yield login(
            f"role/{name}",
            role,
            people=_people(name, role, bool(addresses)),
            alias=role.text("role_id"),
            conditions=[f"log in from {one_of(addresses)}" if addresses else ""],
        )


def _people(name: str, role: Fields, bound: bool) -> str:
    if role.flag("bind_secret_id", True):
        return f"whoever holds the role id and a secret id of AppRole {name}"
    if bound or role.has("token_bound_cidrs"):
        return f"whoever holds the role id of AppRole {name}: it takes no secret id"
    return f"{NOBODY}: AppRole {name} takes neither a secret id nor an address"
