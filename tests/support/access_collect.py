"""All that a server's root may see of who may do what, as the files of a policy directory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.support.openbao import RootError
from tests.support.raw_openbao import Connection

# What each auth method calls its roles, and where they stand in its table.
_ROLES = {
    "approle": ("role", "roles"),
    "cert": ("certs", "certs"),
    "jwt": ("role", "roles"),
    "kubernetes": ("role", "roles"),
    "userpass": ("users", "users"),
}


def collect(root: Connection, namespaces: tuple[str, ...]) -> dict[str, str]:
    """Plain reads, nothing of the code under test. ``namespaces`` end in a slash, or are empty."""
    files = {"vault/server.json": json.dumps({"dialect": "openbao"})}
    for namespace in namespaces:
        folder = f"vault/namespaces/{namespace}" if namespace else "vault/"
        for name, text in _Namespace(root, namespace).files():
            files[f"{folder}{name}"] = text
    return files


class _Namespace:
    def __init__(self, root: Connection, namespace: str) -> None:
        self._root = root
        self._namespace = namespace

    def get(self, path: str) -> Any:
        return self._root.root("GET", path, namespace=self._namespace)["data"]

    def keys(self, path: str) -> list[str]:
        try:
            found = self._root.root("LIST", path, namespace=self._namespace)
        except RootError as error:
            if error.status != 404:
                raise
            return []
        return list(found["data"]["keys"])

    def files(self) -> Iterator[tuple[str, str]]:
        for name in self.keys("sys/policies/acl"):
            if name != "root":
                yield f"policies/{name}.hcl", self.get(f"sys/policies/acl/{name}")["policy"]
        tables = {
            "mounts": self.get("sys/mounts"),
            "auth": self._auth(),
            "token-roles": {
                name: self.get(f"auth/token/roles/{name}") for name in self.keys("auth/token/roles")
            },
            "tokens": list(self._tokens()),
            "entities": [self.get(f"identity/entity/id/{one}") for one in self._ids("entity")],
            "groups": [self.get(f"identity/group/id/{one}") for one in self._ids("group")],
        }
        for name, table in tables.items():
            yield f"{name}.json", json.dumps(table)

    def _ids(self, kind: str) -> list[str]:
        return self.keys(f"identity/{kind}/id")

    def _auth(self) -> dict[str, Any]:
        mounts: dict[str, Any] = self.get("sys/auth")
        for path, mount in mounts.items():
            if mount["type"] not in _ROLES:
                continue
            folder, table = _ROLES[mount["type"]]
            names = self.keys(f"auth/{path}{folder}")
            mount[table] = {name: self.get(f"auth/{path}{folder}/{name}") for name in names}
            if mount["type"] == "approle":
                for name in names:
                    mount[table][name] |= self.get(f"auth/{path}role/{name}/role-id")
        return mounts

    def _tokens(self) -> Iterator[Any]:
        for accessor in self.keys("auth/token/accessors"):
            body = {"accessor": accessor}
            try:
                answer = self._root.root(
                    "POST", "auth/token/lookup-accessor", body, namespace=self._namespace
                )
            except RootError:  # it expired meanwhile
                continue
            yield answer["data"]
