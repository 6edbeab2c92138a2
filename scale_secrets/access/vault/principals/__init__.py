"""Who can get a token: the roles of each auth method, from JSON as the API answers it.

A method is one file of this package, with a function ``logins(mount) -> Iterator[Login]``, and one
line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from scale_secrets.access.vault.principals import (
    approle,
    aws,
    cert,
    jwt,
    kubernetes,
    ldap,
    other,
    userpass,
)
from scale_secrets.access.vault.principals.login import AuthMount, Login

KINDS: Mapping[str, Callable[[AuthMount], Iterator[Login]]] = {
    "approle": approle.logins,
    "aws": aws.logins,
    "cert": cert.logins,
    "jwt": jwt.logins,
    "kubernetes": kubernetes.logins,
    "ldap": ldap.logins,
    "oidc": jwt.logins,
    "userpass": userpass.logins,
}


def logins(mount: AuthMount) -> Iterator[Login]:
    return KINDS.get(mount.type, other.logins)(mount)
