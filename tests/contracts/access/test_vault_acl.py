"""Our ACL against a real OpenBao's: what it says of capabilities, and what it lets pass.

``sys/capabilities`` is asked for many paths at a time, but is blind to parameters, to wrapping and
to whether a folder is listed or read, so real requests are made as well. A request was let through
if its answer is anything but 403.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from scale_secrets.access.vault.acl import Acl
from scale_secrets.access.vault.model import (
    Alias,
    Capability,
    Dialect,
    Entity,
    Group,
    Policy,
)
from scale_secrets.access.vault.operations import Operation
from scale_secrets.access.vault.policy import parse
from scale_secrets.access.verdict import Truth
from tests.support.access_policies import KEYS, KV1, KV2, Maker, Request, Token
from tests.support.conformance import amount
from tests.support.openbao import OpenBao
from tests.support.raw_openbao import Connection, World, acl_failed, build, restore

SEED = 20_260_301
PATHS, REQUESTS = 16, 24  # for each token

_OPERATIONS = {
    "GET": Operation.READ,
    "LIST": Operation.LIST,
    "SCAN": Operation.SCAN,
    "PATCH": Operation.PATCH,
    "DELETE": Operation.DELETE,
}
_KEPT = (KV1, f"{KV2}data/", f"{KV2}metadata/")


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    """A server of our own: the world there is counted on."""
    with OpenBao() as server, Connection(server) as connection:
        yield connection


@pytest.fixture(scope="module")
def world(connection: Connection) -> World:
    return build(connection)


@pytest.mark.conformance
def test_random_policies_are_answered_as_the_server_answers(
    connection: Connection, world: World
) -> None:
    wanted = amount(quick=4_000, full=100_000)
    maker = Maker(SEED, len(world.people))
    comparison = _Comparison(connection, world)
    while sum(comparison.counts.values()) < wanted:
        comparison.compare(maker, maker.token())
    total = sum(comparison.counts.values())
    kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(comparison.counts.items()))
    print(f"{total} comparisons, {len(comparison.disagreements)} disagreements: {kinds}")  # noqa: T201
    assert comparison.disagreements == []
    assert comparison.counts["failed ACL"]
    for operation in ("read", "list", "scan", "create", "update", "patch", "delete"):
        assert comparison.counts[f"{operation} allowed"], operation
        assert comparison.counts[f"{operation} denied"], operation


class _Comparison:
    def __init__(self, connection: Connection, world: World) -> None:
        self._connection = connection
        self._world = world
        self._number = 0
        self.counts: Counter[str] = Counter()
        self.disagreements: list[str] = []

    def compare(self, maker: Maker, token: Token) -> None:
        names = self._write(token)
        person = None if token.entity is None else self._world.people[token.entity]
        alias = person.alias if person else ""
        secret = self._connection.token(names, namespace=token.namespace, alias=alias)
        acl = self._acl(token, names)
        self._compare_capabilities(acl, token, secret, maker.paths(token, PATHS))
        for _ in range(REQUESTS):
            self._compare_request(acl, token, secret, maker.request(token))

    def _write(self, token: Token) -> list[str]:
        names = []
        for text in token.policies:
            self._number += 1
            names.append(f"random-{self._number}")
            body = {
                "policy": text,
                "allow_slashes_in_identity_templates": token.allow_slashes,
                "allow_wildcards_in_identity_templates": token.allow_wildcards,
            }
            path = f"sys/policies/acl/{names[-1]}"
            self._connection.root("PUT", path, body, namespace=token.namespace)
        return names

    def _acl(self, token: Token, names: list[str]) -> Acl:
        policies = []
        for name, text in zip(names, token.policies, strict=True):
            read = parse(text, name=name, dialect=Dialect.OPENBAO, namespace=token.namespace)
            policies.append(
                Policy(
                    read.name,
                    read.rules,
                    read.dialect,
                    read.namespace,
                    allow_slashes=token.allow_slashes,
                    allow_wildcards=token.allow_wildcards,
                )
            )
        return Acl(
            policies,
            dialect=Dialect.OPENBAO,
            now=datetime.now(UTC),
            namespace=token.namespace,
            entity=self._entity(token.entity),
            groups=self._groups(token.entity),
        )

    def _entity(self, number: int | None) -> Entity | None:
        if number is None:
            return None
        person = self._world.people[number]
        alias = Alias(person.alias, person.accessor, id="unused")
        return Entity(person.id, person.name, aliases=(alias,), metadata=person.metadata)

    def _groups(self, number: int | None) -> tuple[Group, ...]:
        group = self._world.group
        if number is None or self._world.people[number].id not in group["member_entity_ids"]:
            return ()
        return (Group(group["id"], group["name"], metadata=group["metadata"]),)

    def _compare_capabilities(self, acl: Acl, token: Token, secret: str, paths: list[str]) -> None:
        answer = self._connection.capabilities(secret, paths, namespace=token.namespace)
        if answer is None or acl.failure:
            self.counts["failed ACL"] += 1
            if answer is not None or not acl.failure:
                self._report(token, f"failure: server {answer}, ours {acl.failure!r}")
            return
        for path in paths:
            self.counts["capabilities"] += 1
            ours = acl.capabilities(token.namespace + path)
            theirs = _capability(answer[path])
            if ours != theirs:
                self._report(token, f"capabilities of {path}: server {theirs}, ours {ours}")

    def _compare_request(self, acl: Acl, token: Token, secret: str, request: Request) -> None:
        operation = _operation(request)
        status, answer = self._connection.send(request, secret)
        ours = acl.decide(
            request.namespace + request.path,
            operation,
            parameters=request.parameters,
            wrapping=request.wrapping,
            namespace=request.namespace,
        )
        passed = status != 403 and not acl_failed(status, answer)
        self.counts[f"{operation} {'allowed' if passed else 'denied'}"] += 1
        if ours.truth is not (Truth.TRUE if passed else Truth.FALSE):
            self._report(token, f"{request} as {operation}: server {status} {answer}, {ours}")
        if passed and request.method in ("PUT", "PATCH", "DELETE") and status < 300:
            self._undo(request)

    def _undo(self, request: Request) -> None:
        if not request.path.startswith(_KEPT):
            return
        if _exists(request.path):
            restore(self._connection, request.namespace, request.path.replace("metadata", "data"))
            return
        path = request.path.replace(f"{KV2}data/", f"{KV2}metadata/")
        self._connection.root("DELETE", path, namespace=request.namespace)

    def _report(self, token: Token, text: str) -> None:
        if len(self.disagreements) < 20:
            self.disagreements.append(f"{text}\n" + "\n".join(token.policies))


def _operation(request: Request) -> Operation:
    if request.method in _OPERATIONS:
        return _OPERATIONS[request.method]
    # Only these paths have an existence check; a write to any other is an update.
    created = request.path.startswith(_KEPT) and not _exists(request.path)
    return Operation.CREATE if created else Operation.UPDATE


def _exists(path: str) -> bool:
    return any(path.removeprefix(kept) in KEYS for kept in _KEPT)


def _capability(names: list[str]) -> Capability:
    held = Capability.NONE
    for name in names:
        held |= Capability[name.upper()]
    return held
