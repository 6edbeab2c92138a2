"""Kubernetes: service accounts by name and namespace, proved by their tokens.

The alias is the service account's uid, or ``namespace/name`` where the role says so
(``alias_name_source``); the latter is fixed only when the role binds a single account.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.vault.principals.fields import Fields
from scale_secrets.access.vault.principals.login import NOBODY, AuthMount, Login, login, one_of


def logins(mount: AuthMount) -> Iterator[Login]:
    for name, role in mount.fields.each("roles"):
        accounts = role.texts("bound_service_account_names")
        spaces = role.texts("bound_service_account_namespaces")
        selector = role.text("bound_service_account_namespace_selector")
        audience = role.text("audience")
        yield login(
            f"role/{name}",
            role,
            people=_people(accounts, spaces, selector),
            alias=_alias(role, accounts, spaces, selector),
            conditions=[f"audience is {audience}" if audience else ""],
        )


def _people(accounts: tuple[str, ...], spaces: tuple[str, ...], selector: str) -> str:
    if not accounts or not (spaces or selector):
        return f"{NOBODY}: the role binds no service account"
    who = "any service account" if "*" in accounts else f"the service account {one_of(accounts)}"
    if "*" in spaces:
        return f"{who} of any namespace of the cluster"
    where = [f"of namespace {one_of(spaces)}"] if spaces else []
    if selector:
        where.append(f"of a namespace that the selector {selector} picks")
    return f"{who} {' or '.join(where)}"


def _alias(role: Fields, accounts: tuple[str, ...], spaces: tuple[str, ...], selector: str) -> str:
    single = len(accounts) == len(spaces) == 1 and not selector
    fixed = single and not any("*" in one for one in (*accounts, *spaces))
    if fixed and role.text("alias_name_source") == "serviceaccount_name":
        return f"{spaces[0]}/{accounts[0]}"
    return ""
