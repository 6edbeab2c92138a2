"""Auth methods that nothing more is known of: the policies of their roles, users and groups.

Methods share the token parameters, so the policies are right; who may log in is not told.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.vault.principals.login import AuthMount, Login, login

_SECTIONS = {"roles": "role", "users": "users", "groups": "groups"}


def logins(mount: AuthMount) -> Iterator[Login]:
    for section, path in _SECTIONS.items():
        for name, role in mount.fields.each(section):
            people = f"whoever the auth method {mount.type} admits; what it asks is not known here"
            yield login(f"{path}/{name}", role, people=people)
