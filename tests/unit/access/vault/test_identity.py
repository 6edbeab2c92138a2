"""Policies in force: the token's, the entity's, its groups' and those of the groups above."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scale_secrets.access.vault.identity import Identities
from scale_secrets.access.vault.model import Alias, Entity, Group, Principal
from scale_secrets.access.vault.templates import UNKNOWN_ENTITY

ALICE = Entity("e1", "alice", ("Own",), (Alias("alice", "auth_1"),), namespace="team/")
TOKEN = Principal("auth/userpass/users/alice", ("A", "b"), "team/", ALICE)


def group(name: str, *, space: str = "team/", **more: tuple[str, ...]) -> Group:
    return Group(name, name, (f"of-{name}",), namespace=space, **more)


def named(identities: Identities, principal: Principal = TOKEN) -> dict[str, tuple[str, ...]]:
    in_force = identities.in_force(principal)
    return {f"{one.namespace}{one.name}": one.sources for one in in_force}


def test_each_policy_is_told_with_where_it_comes_from() -> None:
    groups = [
        group("ci", member_entities=("e1",)),
        group("ops", member_groups=("ci",)),
        group("company", member_groups=("ops",)),
        group("strangers", member_entities=("e2",)),
    ]
    assert named(Identities([ALICE], groups)) == {
        "team/a": ("its token",),
        "team/b": ("its token",),
        "team/default": ("every token that is not made without it",),
        "team/own": ("entity alice",),
        "team/of-ci": ("group team/ci",),
        "team/of-ops": ("group team/ops, parent of group team/ci",),
        "team/of-company": (
            "group team/company, parent of group team/ops, parent of group team/ci",
        ),
    }


def test_a_policy_from_two_sides_stands_once_with_both() -> None:
    twice = replace(ALICE, policies=("a",))
    found = named(Identities([twice], []), replace(TOKEN, entity=twice))
    assert found["team/a"] == ("its token", "entity alice")


def test_groups_in_a_circle_end() -> None:
    groups = [
        group("a", member_entities=("e1",), member_groups=("b",)),
        group("b", member_groups=("a",)),
    ]
    found = named(Identities([ALICE], groups))
    assert found["team/of-b"] == ("group team/b, parent of group team/a",)


@pytest.mark.parametrize(
    ("space", "mode", "counts"),
    [
        ("", False, True),
        ("team/", False, True),
        ("team/sub/", False, False),
        ("other/", False, False),
        ("other/", True, True),
    ],
)
def test_a_group_has_a_say_in_its_namespace_and_below(space: str, mode: bool, counts: bool) -> None:
    groups = [group("g", space=space, member_entities=("e1",))]
    found = named(Identities([ALICE], groups, any_namespace=mode))
    assert (f"{space}of-g" in found) is counts


def test_a_token_without_default_does_not_get_it() -> None:
    assert "team/default" not in named(Identities([], []), replace(TOKEN, no_default=True))


def test_a_token_with_root_carries_nothing_else() -> None:
    token = Principal("policies/root,a", ("Root", "a"))
    assert list(named(Identities([], []), token)) == ["root"]


def test_a_login_known_by_its_alias_has_that_entity() -> None:
    identities = Identities([ALICE], [])
    assert identities.entity_of(Alias("alice", "auth_1")) is ALICE
    assert identities.entity_of(Alias("alice", "auth_2")) is None


def test_an_entity_is_found_by_the_id_of_one_that_was_merged_into_it() -> None:
    merged = replace(ALICE, merged=("e0",))
    assert Identities([merged], []).entity("e0") is merged


def test_who_logs_in_for_the_first_time_is_known_by_its_alias_alone() -> None:
    alias = Alias("bob", "auth_1")
    bob = Principal("auth/userpass/users/bob", (), "team/", alias=alias)
    new = Identities([ALICE], [], collected=["team/"]).behind(bob)
    assert new is not None
    assert (new.id, new.aliases) == ("", (alias,))


@pytest.mark.parametrize(
    ("alias", "collected"),
    [(Alias("bob", "auth_1"), ()), (Alias("", "auth_1"), ("team/",))],
    ids=["the entities were not collected", "each login brings its own alias"],
)
def test_an_identity_that_is_not_known_is_anyones(alias: Alias, collected: tuple[str, ...]) -> None:
    bob = Principal("auth/userpass/users/bob", (), "team/", alias=alias)
    assert Identities([], [], collected=collected).behind(bob) is UNKNOWN_ENTITY


def test_a_token_without_alias_has_no_entity() -> None:
    assert Identities([], [], collected=["team/"]).behind(Principal("t", (), "team/")) is None
