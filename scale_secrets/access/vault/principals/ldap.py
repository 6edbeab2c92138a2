"""LDAP: users and groups that the mount knows by name; the directory knows more of both.

A user gets the policies of its own entry and of each group, whether the directory or its entry
(``groups``) puts it there. A group stands for whoever the directory says is in it. Names are
compared in lower case unless the mount is ``case_sensitive_names``.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.vault.principals.login import AuthMount, Login, login


def logins(mount: AuthMount) -> Iterator[Login]:
    exact = mount.fields.below("config").flag("case_sensitive_names")

    def key(name: str) -> str:
        return name if exact else name.lower()

    granted = {key(name): group.texts("policies") for name, group in mount.fields.each("groups")}
    for name, user in mount.fields.each("users"):
        groups = tuple(key(group) for group in user.texts("groups"))
        yield login(
            f"users/{name}",
            user,
            people=f"the LDAP user {name}",
            alias=key(name),
            policies=[policy for group in groups for policy in granted.get(group, ())],
            group_aliases=groups,
        )
    for name, group in mount.fields.each("groups"):
        yield login(
            f"groups/{name}",
            group,
            people=f"whoever the directory says is in the LDAP group {name}",
            group_aliases=(key(name),),
        )
