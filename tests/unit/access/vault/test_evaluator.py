"""Answers, explanations and the matrix over small installations."""

from __future__ import annotations

import pytest

from scale_secrets.access.vault.evaluator import Evaluator
from scale_secrets.access.verdict import Action, Verdict
from scale_secrets.errors import NotFoundError, UsageError
from tests.unit.access.vault.installations import ask, evaluator, rules, titles

READ = rules("secret/data/scale/* [read]")
OWN = rules("secret/data/people/{{identity.entity.name}}/* [read]")
USERS = {
    "userpass/": {
        "type": "userpass",
        "accessor": "u",
        "users": {"alice": {"token_policies": ["own"]}, "bob": {"token_policies": ["read"]}},
    }
}
ALICE = {
    "id": "e1",
    "name": "alice",
    "policies": [],
    "aliases": [{"name": "alice", "mount_accessor": "u"}],
}
GROUPS = [
    {"id": "g1", "name": "ci", "policies": [], "member_entity_ids": ["e1"]},
    {"id": "g2", "name": "ops", "policies": ["read"], "member_group_ids": ["g1"]},
]


@pytest.fixture
def people() -> Evaluator:
    return evaluator({"read": READ, "own": OWN}, auth=USERS, entities=[ALICE], groups=GROUPS)


def test_a_nested_group_gives_access_at_once(people: Evaluator) -> None:
    answer = ask(people, "auth/userpass/users/alice")
    assert answer.verdict is Verdict.ALLOWED
    (decided,) = answer.decided_by
    assert (decided.policy, decided.label, str(decided.place)) == (
        "read",
        "secret/data/scale/*",
        "vault/policies/read.hcl:1",
    )


def test_a_template_is_the_entitys(people: Evaluator) -> None:
    alice = "auth/userpass/users/alice"
    assert ask(people, alice, secret="secret/people/alice/k").verdict is Verdict.ALLOWED
    assert ask(people, alice, secret="secret/people/bob/k").verdict is Verdict.DENIED


def test_an_entity_and_its_group_answer_for_themselves(people: Evaluator) -> None:
    for name in ("identity/entity/name/alice", "identity/entity/id/e1", "identity/group/id/g1"):
        assert ask(people, name).verdict is Verdict.ALLOWED


def test_a_template_of_an_identity_that_is_not_known_makes_it_conditional() -> None:
    auth = {"cert/": {"type": "cert", "accessor": "c", "certs": {"web": {"policies": ["own"]}}}}
    found = evaluator({"own": OWN}, auth=auth, entities=[], groups=[])
    answer = ask(found, "auth/cert/certs/web", secret="secret/people/x/k")
    assert answer.verdict is Verdict.CONDITIONAL
    assert answer.conditions == ("identity.entity.name is `x`",)


@pytest.mark.parametrize("action", Action)
def test_a_disabled_entity_is_denied_everything(action: Action) -> None:
    found = evaluator({}, auth=USERS, entities=[{**ALICE, "disabled": True, "policies": ["root"]}])
    answer = ask(found, "auth/userpass/users/alice", action)
    assert (answer.verdict, answer.remarks) == (Verdict.DENIED, ("entity alice is disabled",))
    explanation = found.explain(
        found.principal("auth/userpass/users/alice"), found.secret("secret/a"), action
    )
    assert explanation.answer == answer
    assert not list(found.matrix(found.principals[:1], [found.secret("secret/a")], [action]))


@pytest.mark.parametrize("action", Action)
def test_root_may_do_everything(action: Action) -> None:
    assert ask(evaluator({}), "policies/root", action).verdict is Verdict.ALLOWED


def test_a_denial_cites_the_rule_that_decided_and_no_way_around() -> None:
    text = rules("secret/data/scale/* [read]", "secret/data/scale/live/* [deny]", "sys/* [list]")
    answer = ask(evaluator({"a": text}), "policies/a")
    assert [one.label for one in answer.decided_by] == ["secret/data/scale/live/*"]
    assert answer.decided_by[0].effect == "deny"


def test_several_ways_that_hang_on_something_are_one_condition() -> None:
    text = rules("sys/raw/* [read,sudo]", "sys/storage/* [read]")
    (condition,) = ask(evaluator({"a": text}), "policies/a").conditions
    assert condition.count(", or ") == 1


def test_a_wrapped_answer_is_remarked_on() -> None:
    text = 'path "secret/data/*" { capabilities = ["read"] min_wrapping_ttl = "30s" }'
    (remark,) = ask(evaluator({"a": text}), "policies/a").remarks
    assert "wrapped" in remark


def test_a_write_that_may_not_send_its_data_is_denied() -> None:
    text = (
        'path "secret/data/*" { capabilities = ["update"] allowed_parameters = { "value" = [] } }'
    )
    assert ask(evaluator({"a": text}), "policies/a", "write").verdict is Verdict.DENIED


def test_namespaces_reach_downward_only() -> None:
    found = evaluator(
        {"down": rules("team/kv/data/* [read]")},
        namespaces={
            "team/": {
                "policies/up.hcl": rules("secret/data/* [read]", "kv/data/* [read]"),
                "mounts.json": '{"kv/": {"type": "kv", "options": {"version": "2"}}}',
            }
        },
    )
    assert ask(found, "policies/down", secret="team/kv/a").verdict is Verdict.ALLOWED
    assert ask(found, "team/policies/up", secret="team/kv/a").verdict is Verdict.ALLOWED
    assert ask(found, "team/policies/up", secret="secret/a").verdict is Verdict.DENIED


def test_a_token_role_whose_tokens_may_leave_a_deny_out_makes_it_conditional() -> None:
    policies = {"read": READ, "no": rules("secret/data/scale/live/* [deny]")}
    roles = {"r": {"allowed_policies": ["read", "no"], "orphan": True}}
    found = evaluator(policies, token_roles=roles)
    role = found.principal("auth/token/roles/r")
    answer = ask(found, role.name)
    assert answer.verdict is Verdict.CONDITIONAL
    assert answer.conditions == ("the token is made with policy read alone",)
    assert [one.label for one in answer.decided_by] == ["secret/data/scale/*"]
    explanation = found.explain(role, found.secret("secret/scale/live/key"), Action.READ)
    assert explanation.answer == answer
    assert ask(found, role.name, secret="secret/scale/test").verdict is Verdict.ALLOWED
    assert ask(found, role.name, secret="secret/else").verdict is Verdict.DENIED


# Explanations


def test_the_explanation_is_of_the_answer_for_every_cell(people: Evaluator) -> None:
    secrets = [people.secret(f"secret/{path}") for path in ("scale/a", "people/alice/a")]
    for principal in people.principals:
        for secret in secrets:
            for action in Action:
                explanation = people.explain(principal, secret, action)
                assert explanation.answer == people.answer(principal, secret, action)
                assert explanation.root.verdict is explanation.answer.verdict


def test_the_tree_names_policies_sources_winner_and_losers() -> None:
    text = rules("secret/data/scale/* [read]", "secret/data/+/live/* [deny]")
    auth = {
        "approle/": {
            "type": "approle",
            "accessor": "a",
            "roles": {"ci": {"token_policies": ["read", "gone"]}},
        }
    }
    found = evaluator({"read": text}, auth=auth, entities=[])
    explanation = found.explain(
        found.principal("auth/approle/role/ci"),
        found.secret("secret/scale/live/key"),
        Action.READ,
    )
    assert titles(explanation.root) == [
        "read secret/scale/live/key",
        "auth/approle/role/ci: whoever holds the role id and a secret id of AppRole ci",
        "policy read: from its token",
        "policy gone: from its token; no policy has this name, so the server passes over it",
        "policy default: from every token that is not made without it",
        "secret/ is KV version 2",
        "read it",
        "read secret/data/scale/live/key: `secret/data/scale/*` grants read",
        'path "secret/data/scale/*": decides',
        'path "secret/data/+/live/*": this deny loses: `secret/data/scale/*` has a later first '
        "wildcard",
        "around the secret's engine: cannot read the storage below it, "
        "cannot download a snapshot of all storage",
    ]


def test_the_tree_shows_a_rule_that_forgot_data() -> None:
    found = evaluator({"a": rules("secret/scale/* [read]")})
    explanation = found.explain(
        found.principal("policies/a"), found.secret("secret/scale/key"), Action.READ
    )
    assert explanation.answer.verdict is Verdict.DENIED
    assert (
        'path "secret/scale/*": does not match `secret/data/scale/key`: '
        "paths of KV version 2 begin with data/, metadata/ or the like"
    ) in titles(explanation.root)


def test_many_ways_are_told_as_a_number() -> None:
    policies = {f"p{number}": READ for number in range(50)}
    found = evaluator({**policies, "admin": rules("sys/policies/acl/* [update]")})
    explanation = found.explain(
        found.principal("policies/admin"), found.secret("secret/a"), Action.CHANGE_POLICY
    )
    told = titles(explanation.root)
    assert len(told) < 25
    assert "49 further ways" in told


def test_an_assumed_mount_is_said_to_be_assumed() -> None:
    found = evaluator({"a": rules("kv/data/* [read]")}, mounts=None)
    explanation = found.explain(found.principal("policies/a"), found.secret("kv/key"), Action.READ)
    assert explanation.answer.verdict is Verdict.ALLOWED
    assert "kv/ is KV version 2: taken for granted: no mounts.json tells" in titles(
        explanation.root
    )


# The matrix


def test_the_matrix_is_every_answer_that_is_no_denial(people: Evaluator) -> None:
    secrets = [people.secret(f"secret/{path}") for path in ("scale/a", "people/alice/a", "top")]
    found = {
        (principal.name, str(secret), action): answer
        for principal, secret, action, answer in people.matrix(people.principals, secrets, Action)
    }
    single = {
        (principal.name, str(secret), action): people.answer(principal, secret, action)
        for principal in people.principals
        for secret in secrets
        for action in Action
    }
    assert found == {
        cell: answer for cell, answer in single.items() if answer.verdict is not Verdict.DENIED
    }
    assert found


def test_principals_with_equal_policies_and_other_names_differ_by_their_templates() -> None:
    users = {name: {"token_policies": ["own"]} for name in ("alice", "bob")}
    auth = {"userpass/": {"type": "userpass", "accessor": "u", "users": users}}
    bob = {**ALICE, "id": "e2", "name": "bob", "aliases": [{"name": "bob", "mount_accessor": "u"}]}
    found = evaluator({"own": OWN}, auth=auth, entities=[ALICE, bob])
    secrets = [found.secret("secret/people/alice/k"), found.secret("secret/people/bob/k")]
    logins = [one for one in found.principals if one.name.startswith("auth/")]
    cells = {
        (one.name, secret.path) for one, secret, *_ in found.matrix(logins, secrets, [Action.READ])
    }
    assert cells == {
        ("auth/userpass/users/alice", "people/alice/k"),
        ("auth/userpass/users/bob", "people/bob/k"),
    }


# Names


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("auth/userpass/users/alic", "perhaps auth/userpass/users/alice"),
        ("policies/reed", "perhaps read"),
        ("team/policies/read", "name it by its path"),
        ("policies/read,nope", "its file is policies/NAME.hcl"),
        ("identity/entity/id/e9", "perhaps identity/entity/name/alice"),
    ],
)
def test_an_unknown_principal_is_told_what_is_near(people: Evaluator, name: str, hint: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        people.principal(name)
    assert hint in caught.value.hint


def test_several_policies_make_one_token(people: Evaluator) -> None:
    principal = people.principal("policies/Own, read")
    assert (principal.name, principal.token_policies) == ("policies/own,read", ("own", "read"))


def test_a_secret_is_below_the_longest_mount() -> None:
    kv = {"type": "kv", "options": {"version": "1"}}
    found = evaluator(mounts={"kv/": kv, "kv/deep/": kv, "db/": {"type": "database"}})
    secret = found.secret("/kv/deep/a/b")
    assert (secret.mount.path, secret.path, str(secret)) == ("kv/deep/", "a/b", "kv/deep/a/b")
    with pytest.raises(NotFoundError, match="db/ is an engine of type database"):
        found.secret("db/creds/x")
    with pytest.raises(NotFoundError, match="no engine is mounted") as caught:
        found.secret("vk/a")
    assert "kv/" in caught.value.hint


@pytest.mark.parametrize("path", ["secret/", "secret/scale/"])
def test_a_folder_is_no_secret(people: Evaluator, path: str) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        people.secret(path)


@pytest.mark.parametrize("path", ["", "key"])
def test_without_mounts_a_path_needs_a_first_part(path: str) -> None:
    with pytest.raises(UsageError, match="lacks a mount"):
        evaluator(mounts=None).secret(path)
