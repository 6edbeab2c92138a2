"""Userpass: one person by name and password. Names are lower-case at the server."""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.vault.principals.login import AuthMount, Login, login


def logins(mount: AuthMount) -> Iterator[Login]:
    for name, user in mount.fields.each("users"):
        yield login(
            f"users/{name}",
            user,
            people=f"whoever knows the password of {name}",
            alias=name.lower(),
        )
