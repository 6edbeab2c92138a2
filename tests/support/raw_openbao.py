"""Many requests to a real OpenBao on one kept connection, and a small world there to ask about."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tests.support.access_policies import KEYS, KV1, KV2, NAMESPACE, Request
from tests.support.openbao import ROOT_TOKEN, OpenBao, RootError

_PATCH = {"Content-Type": "application/merge-patch+json"}


def acl_failed(status: int, answer: Mapping[str, Any]) -> bool:
    """Whether the server refused since it cannot build the token's ACL."""
    told = str(answer.get("errors"))
    return (status == 400 and "Forbidden" in told) or (status == 500 and "internal error" in told)


class Connection:
    """One kept connection. An answer is its status and its decoded body."""

    def __init__(self, server: OpenBao) -> None:
        self._http = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def send(self, request: Request, token: str = ROOT_TOKEN) -> tuple[int, dict[str, Any]]:
        headers = {"X-Vault-Token": token}
        if request.namespace:
            headers["X-Vault-Namespace"] = request.namespace
        if request.wrapping:
            headers["X-Vault-Wrap-TTL"] = str(request.wrapping)
        if request.method == "PATCH":
            headers |= _PATCH
        address = "/v1/" + quote(request.path)
        if request.query:
            address += "?" + urlencode(request.query)
        body = None if request.body is None else json.dumps(request.body).encode()
        self._http.request(request.method, address, body, headers)
        answer = self._http.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text[:1] == b"{" else {}

    def root(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, namespace: str = ""
    ) -> dict[str, Any]:
        status, answer = self.send(Request(method, path, namespace, body=body))
        if status >= 300:
            raise RootError(status, json.dumps(answer))
        return answer

    def token(self, policies: list[str], *, namespace: str = "", alias: str = "") -> str:
        """A new token with these policies and without ``default``; of the entity of ``alias``."""
        body: dict[str, Any] = {"policies": policies, "no_default_policy": True, "ttl": "2h"}
        path = "auth/token/create"
        if alias:
            path += "/any"
            body["entity_alias"] = alias
        made = self.root("POST", path, body, namespace=namespace)
        return str(made["auth"]["client_token"])

    def capabilities(
        self, token: str, paths: list[str], *, namespace: str = ""
    ) -> dict[str, list[str]] | None:
        """What ``sys/capabilities`` answers; None where the server cannot build the token's ACL."""
        body = {"token": token, "paths": paths}
        status, answer = self.send(Request("POST", "sys/capabilities", namespace, body=body))
        return answer["data"] if status == 200 else None


@dataclass(frozen=True)
class Person:
    """An entity on the server, with the accessor of its alias."""

    id: str
    name: str
    metadata: Mapping[str, str]
    alias: str
    accessor: str


@dataclass(frozen=True)
class World:
    """What stands on the server: keys of both mounts in both namespaces, entities, a group.

    A write to one of ``KEYS`` is an update, to any other path a creation.
    """

    people: tuple[Person, ...]
    group: Mapping[str, Any]


def build(connection: Connection) -> World:
    """Make the world on a fresh server."""
    make_mounts(connection)
    for namespace in ("", NAMESPACE):
        for key in KEYS:
            restore(connection, namespace, KV1 + key)
            restore(connection, namespace, f"{KV2}data/{key}")
    people = tuple(
        make_person(connection, name, metadata)
        for name, metadata in (
            ("alice", {"team": "a"}),
            ("ab", {"team": "a/b", "none": ""}),
            ("b", {"team": "x*"}),
            ("live", {"team": "live"}),
        )
    )
    group = {
        "name": "staff",
        "metadata": {"team": "ab"},
        "member_entity_ids": [people[0].id, people[1].id],
    }
    made = connection.root("POST", "identity/group", group)["data"]
    return World(people, {**group, "id": made["id"]})


def make_mounts(connection: Connection) -> None:
    """A namespace with the mounts that the root has, and a role for tokens with an alias."""
    root = connection.root
    root("POST", f"sys/namespaces/{NAMESPACE.rstrip('/')}")
    versioned = {"type": "kv", "options": {"version": "2"}}
    for mount, body in ((KV1, {"type": "kv"}), (KV2, versioned)):
        root("POST", f"sys/mounts/{mount.rstrip('/')}", body, namespace=NAMESPACE)
    role = {
        "allowed_policies_glob": ["*"],
        "allowed_entity_aliases": ["*"],
        "token_no_default_policy": True,
        "orphan": True,
    }
    root("POST", "auth/token/roles/any", role)


def make_person(connection: Connection, name: str, metadata: Mapping[str, str]) -> Person:
    """An entity with an alias at the token mount."""
    accessor = connection.root("GET", "sys/auth")["data"]["token/"]["accessor"]
    body = {"name": name, "metadata": metadata}
    made = connection.root("POST", "identity/entity", body)["data"]
    alias = {"name": f"{name}-alias", "canonical_id": made["id"], "mount_accessor": accessor}
    connection.root("POST", "identity/entity-alias", alias)
    return Person(made["id"], name, metadata, alias["name"], accessor)


def restore(connection: Connection, namespace: str, path: str) -> None:
    """Put a key back as it stood."""
    value: dict[str, Any] = {"value": "live_ScaleRocks"}
    body = value if path.startswith(KV1) else {"data": value}
    for attempt in range(50):
        try:
            connection.root("PUT", path, body, namespace=namespace)
        except RootError as error:  # a new KV v2 mount needs a moment
            if attempt == 49 or "upgrading" not in str(error).lower():
                raise
        else:
            return
