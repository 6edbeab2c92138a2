"""What an action means in requests; that each way is one is tried on a real server elsewhere."""

from __future__ import annotations

import pytest

from scale_secrets.access.vault.kv import ways, ways_around
from scale_secrets.access.vault.model import Dialect, Mount, SecretPath
from scale_secrets.access.verdict import Action, Verdict
from tests.unit.access.vault.installations import ask, evaluator, rules

SECOND = SecretPath(Mount("secret/", 2, "team/"), "scale/live/key")
FIRST = SecretPath(Mount("kv/", 1), "scale/live/key")
TOP = SecretPath(Mount("kv/", 1), "key")


def requests(secret: SecretPath, action: Action, dialect: Dialect = Dialect.VAULT) -> list[str]:
    return [" and ".join(map(str, way.requests)) for way in ways(secret, action, dialect)]


@pytest.mark.parametrize(
    ("secret", "action", "expected"),
    [
        (SECOND, Action.READ, ["read team/secret/data/scale/live/key"]),
        (FIRST, Action.READ, ["read kv/scale/live/key"]),
        (
            SECOND,
            Action.LIST,
            [
                "list team/secret/metadata/scale/live/",
                "read team/secret/metadata/scale/live/key",
            ],
        ),
        (FIRST, Action.LIST, ["list kv/scale/live/"]),
        (TOP, Action.LIST, ["list kv/"]),
        (
            SECOND,
            Action.WRITE,
            [
                "update team/secret/data/scale/live/key",
                "patch team/secret/data/scale/live/key",
                "delete team/secret/metadata/scale/live/key and "
                "create team/secret/data/scale/live/key",
                "create team/secret/data/scale/live/key",
            ],
        ),
        (FIRST, Action.DESTROY, ["delete kv/scale/live/key", "update kv/scale/live/key"]),
        (
            SECOND,
            Action.DELETE,
            [
                "delete team/secret/data/scale/live/key",
                "update team/secret/delete/scale/live/key",
            ],
        ),
        (
            SECOND,
            Action.DESTROY,
            [
                "update team/secret/destroy/scale/live/key",
                "delete team/secret/metadata/scale/live/key",
            ],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_an_action_is_these_requests(
    secret: SecretPath, action: Action, expected: list[str]
) -> None:
    assert requests(secret, action) == expected


def test_openbao_lists_by_scanning_any_folder_above_as_well() -> None:
    more = set(requests(SECOND, Action.LIST, Dialect.OPENBAO)) - set(requests(SECOND, Action.LIST))
    folders = ("", "scale/", "scale/live/")
    assert more == {
        "list team/secret/detailed-metadata/scale/live/",
        *(f"scan team/secret/metadata/{one}" for one in folders),
        *(f"scan team/secret/detailed-metadata/{one}" for one in folders),
    }


def test_a_rotation_needs_the_place_where_the_next_key_waits() -> None:
    (both,) = requests(FIRST, Action.ROTATE)
    assert "read kv/scale/live/key and update kv/scale/live/key" in both
    for operation in ("create", "read", "update", "delete"):
        assert f"{operation} kv/scale/live/key.pending" in both


def test_a_policy_changes_who_may_read_in_its_namespace_and_below() -> None:
    policies = [("", "root-wide"), ("team/", "own"), ("other/", "foreign")]
    found = ways_around(SECOND.mount, Action.CHANGE_POLICY, policies)
    assert [str(way.requests[0]) for way in found] == [
        "update sys/policies/acl/root-wide",
        "update sys/policy/root-wide",
        "update team/sys/policies/acl/own",
        "update team/sys/policy/own",
    ]


@pytest.mark.parametrize(
    ("rule", "action", "verdict"),
    [
        ("secret/subkeys/* [read]", "read", Verdict.DENIED),
        ("secret/metadata/* [read,list]", "read", Verdict.DENIED),
        ("secret/scale/* [read]", "read", Verdict.DENIED),
        ("secret/data/scale/* [list]", "list", Verdict.DENIED),
        ("secret/data/scale/* [create]", "write", Verdict.CONDITIONAL),
        ("secret/data/scale/* [patch]", "write", Verdict.ALLOWED),
        ("secret/data/scale/* [update]", "patch", Verdict.DENIED),
        ("secret/data/scale/* [read,update]", "patch", Verdict.ALLOWED),
        ("secret/destroy/* [create]", "destroy", Verdict.DENIED),
        ("sys/mounts/secret [delete]", "destroy", Verdict.ALLOWED),
        ("sys/raw/* [read]", "read", Verdict.DENIED),  # without sudo
        ("sys/raw/* [read,sudo]", "read", Verdict.CONDITIONAL),
        ("sys/storage/raft/snapshot [read]", "read", Verdict.CONDITIONAL),
        ("sys/policies/acl/* [create,patch]", "change-policy", Verdict.DENIED),
        ("sys/policies/acl/* [update]", "change-policy", Verdict.ALLOWED),
        ("sys/policies/acl/root [update]", "change-policy", Verdict.DENIED),
    ],
)
def test_one_rule_alone_permits_this(rule: str, action: str, verdict: Verdict) -> None:
    found = evaluator({"one": rules(rule)})
    assert ask(found, "policies/one", action).verdict is verdict


def test_the_conditions_of_a_way_around_say_what_must_be_so() -> None:
    answer = ask(evaluator({"one": rules("sys/* [read,sudo]")}), "policies/one")
    (condition,) = answer.conditions
    assert "raw_storage_endpoint" in condition
    assert ", or " in condition
    assert "raft" in condition


def test_a_deletion_from_version_1_is_told_to_be_final() -> None:
    found = evaluator({"one": rules("secret/* [delete]")}, version="1")
    assert ask(found, "policies/one", "delete").remarks == (
        "KV version 1 keeps nothing of what is deleted",
    )
