"""Every directive, for identities that are known in full, in part, and not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scale_secrets.access.vault.builtin_policies import (
    DEFAULT,
    RESPONSE_WRAPPING,
    builtin_policy,
)
from scale_secrets.access.vault.model import Alias, Dialect, Entity, Group, Policy
from scale_secrets.access.vault.policy import parse
from scale_secrets.access.vault.templates import (
    UNKNOWN_ENTITY,
    Absent,
    Forbidden,
    Hole,
    Identity,
    resolve,
    split,
)

NOW = datetime(2026, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
ALIAS = Alias(
    "alice@example.com",
    "ldap_1",
    id="alias-id",
    metadata={"dn": "cn=alice", "a.b": "dotted"},
    custom_metadata={"desk": "12"},
)
ALICE = Entity("entity-id", "alice", aliases=(ALIAS,), metadata={"team": "red", "empty": ""})
STAFF = Group("group-id", "staff", metadata={"floor": "3"})
ELSEWHERE = Group("other-id", "visitors", namespace="team/")
POLICY = Policy("p", (), Dialect.OPENBAO)
KNOWN = Identity(ALICE, (STAFF, ELSEWHERE), NOW)
NEW = Identity(Entity("", "", aliases=(Alias("role-id", "approle_1"),)), (), NOW)
ANYONE = Identity(UNKNOWN_ENTITY, (), NOW)


@pytest.mark.parametrize(
    ("directive", "value"),
    [
        ("identity.entity.id", "entity-id"),
        (" identity.entity.name ", "alice"),
        ("identity.entity.metadata.team", "red"),
        ("identity.entity.metadata.empty", ""),
        ("identity.entity.aliases.ldap_1.id", "alias-id"),
        ("identity.entity.aliases.ldap_1.name", "alice@example.com"),
        ("identity.entity.aliases.ldap_1.metadata.dn", "cn=alice"),
        ("identity.entity.aliases.ldap_1.metadata.a.b", "dotted"),
        ("identity.entity.aliases.ldap_1.custom_metadata.desk", "12"),
        ("identity.groups.ids.group-id.name", "staff"),
        ("identity.groups.names.staff.id", "group-id"),
        ("identity.groups.names.staff.metadata.floor", "3"),
        ("identity.groups.ids.other-id.name", "visitors"),
        ("time.now", str(SECONDS)),
        ("time.now.plus.90", str(SECONDS + 90)),
        ("time.now.minus.1h30m", str(SECONDS - 5_400)),
        ("time.now.plus.2d", str(SECONDS + 172_800)),
    ],
)
def test_a_directive_that_is_known_is_replaced(directive: str, value: str) -> None:
    path = f"a/{{{{{directive}}}}}/b"
    assert resolve(path, POLICY, KNOWN) == (f"a/{value}/b",)


@pytest.mark.parametrize(
    "directive",
    [
        "",
        "foo",
        "identity.entity",
        "identity.entity.foo",
        "identity.entity.metadata",
        "identity.entity.metadata.none",
        "identity.entity.groups.names",
        "identity.entity.aliases.ldap_1",
        "identity.entity.aliases.ldap_1.foo",
        "identity.entity.aliases.ldap_1.metadata",
        "identity.entity.aliases.ldap_1.metadata.none",
        "identity.entity.aliases.other.name",
        "identity.groups.names",
        "identity.groups.names.staff",
        "identity.groups.names.staff.foo",
        "identity.groups.names.staff.metadata.none",
        "identity.groups.names.others.id",
        "identity.groups.names.visitors.id",  # of another namespace
        "identity.groups.kinds.staff.id",
        "time.then",
        "time.now.plus",
        "time.now.times.2",
        "time.now.plus.1x",
        "time.now.plus..",
    ],
)
def test_a_directive_without_a_value_leaves_the_stanza_out(directive: str) -> None:
    with pytest.raises(Absent):
        resolve(f"a/{{{{{directive}}}}}", POLICY, KNOWN)


def test_a_token_without_entity_has_no_value_for_any() -> None:
    nobody = Identity(None, (), NOW)
    for directive in ("entity.id", "entity.metadata.x", "groups.names.staff.id"):
        with pytest.raises(Absent):
            resolve(f"a/{{{{identity.{directive}}}}}", POLICY, nobody)


@pytest.mark.parametrize(
    ("identity", "directive", "safe"),
    [
        (NEW, "identity.entity.id", True),
        (NEW, "identity.entity.name", True),
        (NEW, "identity.entity.aliases.approle_1.id", True),
        (NEW, "identity.entity.aliases.approle_1.metadata.role_name", False),
        (ANYONE, "identity.entity.id", True),
        (ANYONE, "identity.entity.metadata.team", False),
        (ANYONE, "identity.entity.aliases.jwt_1.name", False),
        (ANYONE, "identity.groups.names.staff.id", True),
        (ANYONE, "identity.groups.names.staff.metadata.floor", False),
    ],
)
def test_what_is_not_known_stays_a_hole(identity: Identity, directive: str, safe: bool) -> None:
    hole = Hole(directive, safe=safe)
    assert resolve(f"a/{{{{{directive}}}}}/b", POLICY, identity) == ("a/", hole, "/b")


def test_a_new_entity_has_a_known_alias_but_neither_metadata_nor_groups() -> None:
    name = "identity.entity.aliases.approle_1.name"
    assert resolve(f"a/{{{{{name}}}}}", POLICY, NEW) == ("a/role-id",)
    for directive in (
        "identity.entity.metadata.team",
        "identity.entity.aliases.approle_1.custom_metadata.desk",
        "identity.groups.names.staff.id",
    ):
        with pytest.raises(Absent):
            resolve(f"a/{{{{{directive}}}}}", POLICY, NEW)


@pytest.mark.parametrize("character", ["/", "*", "+"])
def test_openbao_refuses_a_value_that_is_more_than_a_segment(character: str) -> None:
    identity = replace(KNOWN, entity=replace(ALICE, metadata={"team": f"a{character}b"}))
    path = "a/{{identity.entity.metadata.team}}"
    with pytest.raises(Forbidden, match=r"identity\.entity\.metadata\.team holds"):
        resolve(path, POLICY, identity)
    permitted = replace(POLICY, allow_slashes=character == "/", allow_wildcards=character != "/")
    assert resolve(path, permitted, identity) == (f"a/a{character}b",)
    assert resolve(path, replace(POLICY, dialect=Dialect.VAULT), identity)


def test_a_literal_slash_beside_a_directive_is_no_value() -> None:
    path = "+/{{identity.entity.name}}/*"
    assert resolve(path, POLICY, KNOWN) == ("+/alice/*",)


def test_a_path_is_split_at_its_directives() -> None:
    assert split("a/{{ x }}/{{y}}") == (
        "a/",
        Hole("x", safe=False),
        "/",
        Hole("y", safe=False),
        "",
    )
    assert split("plain/*") == ("plain/*",)


@pytest.mark.parametrize("dialect", list(Dialect))
def test_a_builtin_policy_is_one_that_the_server_accepts(dialect: Dialect) -> None:
    for name in (DEFAULT, RESPONSE_WRAPPING):
        text = builtin_policy(name, dialect)
        assert text is not None
        assert parse(text, name=name, dialect=dialect).rules
    assert builtin_policy("other", dialect) is None
