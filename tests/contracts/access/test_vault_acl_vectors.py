"""The verified cases of ``vault-acl.json`` on a real OpenBao, and what else it says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scale_secrets.access.vault.acl import Acl
from scale_secrets.access.vault.builtin_policies import (
    DEFAULT,
    RESPONSE_WRAPPING,
    builtin_policy,
)
from scale_secrets.access.vault.model import Alias, Dialect, Entity, Group, Rule
from scale_secrets.access.vault.policy import parse
from scale_secrets.access.vault.root_paths import needs_sudo
from scale_secrets.access.verdict import Place
from tests.support.access_policies import Request
from tests.support.acl_vectors import ENTITIES, VERIFIED, Case
from tests.support.openbao import OpenBao, RootError
from tests.support.raw_openbao import Connection, acl_failed, make_mounts, make_person, restore

# What the server marks in no description: refusals by code of their own, and a folder that it
# describes without its slash.
_UNMARKED = {"/auth/token/revoke-orphan", "/sys/seal", "/sys/step-down", "/sys/config/ui/headers"}


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with OpenBao() as server, Connection(server) as connection:
        yield connection


@pytest.fixture(scope="module")
def aliases(connection: Connection) -> Mapping[str, str]:
    """The world of the vectors; the alias of each entity."""
    make_mounts(connection)
    for namespace in ("", "team/"):
        for key in ("kv1/a", "kv1/b", "kv1/alice/a", "secret/data/scale/live/key"):
            restore(connection, namespace, key)
    found = {}
    for name, known in ENTITIES.items():
        person = make_person(connection, name, known["metadata"])
        body = {**known["group"], "member_entity_ids": [person.id]}
        connection.root("POST", "identity/group", body)
        found[name] = person.alias
    return found


@pytest.mark.parametrize("case", VERIFIED, ids=lambda case: f"{case.number} {case.about}")
def test_the_server_answers_as_the_vector_says(
    connection: Connection, aliases: Mapping[str, str], case: Case
) -> None:
    if case.refused:
        with pytest.raises(RootError) as refusal:
            _token(connection, aliases, case)
        assert refusal.value.status == 400
        return
    token = _token(connection, aliases, case)
    for ask in case.asks:
        if ask.capabilities:
            answer = connection.capabilities(token, [ask.path], namespace=ask.namespace)
            assert answer is not None
            assert set(answer[ask.path]) == set(ask.capabilities), ask.path
        else:
            request = Request(
                ask.method, ask.path, ask.namespace, ask.query, ask.body, ask.wrapping
            )
            status, answer = connection.send(request, token)
            failed = acl_failed(status, answer)
            assert failed is case.fails
            passed = status != 403 and not failed
            assert passed is ask.passes, (ask, status, answer)
            _clean(connection, ask.path, ask.namespace)


def _token(connection: Connection, aliases: Mapping[str, str], case: Case) -> str:
    names = [f"vector-{case.number}-{number}".lower() for number in range(len(case.policies))]
    for name, text in zip(names, case.policies, strict=True):
        body = {
            "policy": text,
            "allow_slashes_in_identity_templates": case.allow_slashes,
            "allow_wildcards_in_identity_templates": case.allow_wildcards,
        }
        connection.root("PUT", f"sys/policies/acl/{name}", body, namespace=case.namespace)
    alias = aliases.get(case.entity, "")
    return connection.token(names, namespace=case.namespace, alias=alias)


def _clean(connection: Connection, path: str, namespace: str) -> None:
    """Take away what a creation may have left."""
    if path == "kv1/new":
        connection.root("DELETE", path, namespace=namespace)
    elif path == "secret/data/new":
        connection.root("DELETE", "secret/metadata/new", namespace=namespace)


@pytest.mark.parametrize("name", [DEFAULT, RESPONSE_WRAPPING])
def test_a_builtin_policy_says_what_the_servers_own_says(connection: Connection, name: str) -> None:
    theirs = connection.root("GET", f"sys/policies/acl/{name}")["data"]["policy"]
    ours = builtin_policy(name, Dialect.OPENBAO)
    assert ours is not None
    assert _rules(ours, name) == _rules(theirs, name)


def test_aliases_and_groups_are_found_by_their_ids(
    connection: Connection, aliases: Mapping[str, str]
) -> None:
    name = "alice"
    found = connection.root("GET", f"identity/entity/name/{name}")["data"]
    (alias,) = found["aliases"]
    (group,) = found["group_ids"]
    accessor = alias["mount_accessor"]
    written = {
        f"kv1/{{{{identity.entity.aliases.{accessor}.name}}}}": alias["name"],
        f"kv1/{{{{identity.entity.aliases.{accessor}.id}}}}": alias["id"],
        f"kv1/{{{{identity.groups.ids.{group}.name}}}}": "staff",
        "kv1/{{identity.groups.names.staff.id}}": group,
        "kv1/{{identity.entity.id}}": found["id"],
    }
    text = "".join(f'path "{path}" {{ capabilities = ["read"] }}\n' for path in written)
    connection.root("PUT", "sys/policies/acl/by-id", {"policy": text})
    default = builtin_policy(DEFAULT, Dialect.OPENBAO)
    assert default is not None
    theirs = connection.root("GET", f"sys/policies/acl/{DEFAULT}")["data"]["policy"]
    connection.root("PUT", "sys/policies/acl/like-default", {"policy": theirs})
    token = connection.token(["by-id", "like-default"], alias=aliases[name])
    known = ENTITIES[name]["group"]
    held = Acl(
        [
            parse(one, name=f"p{number}", dialect=Dialect.OPENBAO)
            for number, one in enumerate((text, default))
        ],
        dialect=Dialect.OPENBAO,
        now=datetime.now(UTC),
        entity=Entity(found["id"], name, aliases=(Alias(alias["name"], accessor, id=alias["id"]),)),
        groups=(Group(group, known["name"], metadata=known["metadata"]),),
    )
    paths = [f"kv1/{value}" for value in written.values()]
    paths += ["kv1/other", "cubbyhole/a", "cubbyhole/", "sys/leases/lookup", "sys/tools/hash/x"]
    paths += [f"identity/entity/id/{found['id']}", f"identity/entity/name/{name}", "sys/mounts"]
    answer = connection.capabilities(token, paths)
    assert answer is not None
    for path in paths:
        named = {one.name.lower() for one in held.capabilities(path) if one.name}
        assert named == set(answer[path]), path
    assert sum(answer[path] == ["read"] for path in paths) >= len(written)


def _rules(text: str, name: str) -> dict[str, Rule]:
    rules = parse(text, name=name, dialect=Dialect.OPENBAO).rules
    return {rule.path: replace(rule, place=Place("")) for rule in rules}


def test_root_paths_are_those_that_the_server_marks_so(connection: Connection) -> None:
    """By its own description of its interface, which writes ``{name}`` for what is free."""
    paths = connection.root("GET", "sys/internal/specs/openapi")["paths"]
    wrong = {}
    for written, described in paths.items():
        path = re.sub(r"\{[^}]*\}", "x", written.removeprefix("/"))
        lists = "get" in described and any(
            one.get("name") == "list" and one.get("required")
            for one in described["get"].get("parameters", ())
        )
        if lists and not path.endswith("/"):
            path += "/"
        marked = bool(described.get("x-vault-sudo"))
        if needs_sudo(path, Dialect.OPENBAO) is not marked:
            wrong[written] = marked
    assert wrong == dict.fromkeys(_UNMARKED, False)


@pytest.mark.parametrize(
    ("path", "method", "capability"),
    [
        ("sys/config/ui/headers", "LIST", "list"),
        ("auth/token/accessors", "LIST", "list"),
        ("auth/token/revoke-orphan", "POST", "update"),
        ("sys/rotate/keyring", "PUT", "update"),
    ],
)
def test_a_root_path_is_closed_without_sudo(
    connection: Connection, path: str, method: str, capability: str
) -> None:
    name = "sudo-" + path.replace("/", "-")
    statuses = []
    for more in ("", ', "sudo"'):
        text = f'path "{path}" {{ capabilities = ["{capability}"{more}] }}'
        connection.root("PUT", f"sys/policies/acl/{name}", {"policy": text})
        token = connection.token([name])
        status, answer = connection.send(Request(method, path, body={"token": "none"}), token)
        statuses.append(status == 403 or "sudo privileges required" in str(answer))
    assert statuses == [True, False]
