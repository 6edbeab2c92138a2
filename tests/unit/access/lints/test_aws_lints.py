"""The lints of AWS policies: what each finds, where, and what it leaves alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scale_secrets.access.aws.estate import parse_estate
from scale_secrets.access.aws.model import MISSING, Account, Estate, Role
from scale_secrets.access.lints import aws_findings
from tests.support.lints import (
    ACCOUNT,
    SECRET,
    document,
    ids,
    of_aws,
    of_statements,
    only,
    role,
    sound,
)

READ = "secretsmanager:GetSecretValue"
KEY = f"{SECRET}scale/live/key"


def about(resource: str, **more: Any) -> dict[str, Any]:
    return {"Action": READ, "Resource": resource} | more


class TestWithoutSuffix:
    @pytest.mark.parametrize(
        "resource",
        [
            KEY,
            f"{SECRET}scale/*/key",
            f"{SECRET}scale/live/key-?",
            f"{SECRET}app-secret",
            "arn:aws:secretsmanager:*:*:secret:scale/live/key",
        ],
    )
    def test_an_arn_that_no_secret_can_have_is_found(self, resource: str) -> None:
        (found,) = of_statements(about(resource))
        assert found.id == "ACC201"
        assert found.place.startswith(f"{ACCOUNT}/authorization.json:")
        assert found.mend == f"write {resource}-??????"

    @pytest.mark.parametrize(
        "resource",
        [
            f"{KEY}-AbC123",
            f"{KEY}-??????",
            f"{KEY}??????*",
            f"{SECRET}scale/*",
            f"{SECRET}scale/*-??????",
            "*",
            "arn:aws:secretsmanager:*",
            f"{SECRET}${{aws:PrincipalTag/team}}",
        ],
    )
    def test_what_can_match_a_secret_is_left_alone(self, resource: str) -> None:
        assert not list(only(of_statements(about(resource)), "ACC201"))

    def test_a_name_that_looks_like_a_suffix_is_settled_by_the_secrets_that_are_known(self) -> None:
        resource = f"{SECRET}app-secret"
        for secrets, expected in (
            (["app-secret-AbC123"], 1),  # it is a name, and lacks the suffix
            (["app-secret"], 0),  # it is a secret's ARN after all
            (["other-AbC123"], 0),  # of a secret that is not there: nobody can tell
        ):
            found = of_statements(about(resource), secrets=secrets)
            assert len(list(only(found, "ACC201"))) == expected, secrets

    def test_a_deny_without_suffix_is_found_as_well(self) -> None:
        assert "ACC201" in ids(of_statements(about(KEY, Effect="Deny")))


class TestWideSuffix:
    def test_siblings_that_are_known_are_named(self) -> None:
        secrets = ["scale/live/key-AbC123", "scale/live/key-backup-AbC123", "other-AbC123"]
        (found,) = only(of_statements(about(f"{KEY}-*"), secrets=secrets), "ACC202")
        assert found.message.endswith("also matches scale/live/key-backup")
        assert found.mend == f"write {KEY}-??????"

    def test_many_siblings_are_counted(self) -> None:
        secrets = ["scale/live/key-AbC123", *(f"scale/live/key-{n}-AbC123" for n in range(5))]
        (found,) = only(of_statements(about(f"{KEY}-*"), secrets=secrets), "ACC202")
        assert "key-2 and 2 more" in found.message

    @pytest.mark.parametrize(
        "secrets",
        [["scale/live/key-AbC123"], ["scale/live/key-a-AbC123", "scale/live/key-b-AbC123"]],
        ids=["no sibling", "a family without a head"],
    )
    def test_what_matches_as_it_is_meant_to_is_left_alone(self, secrets: list[str]) -> None:
        assert not list(only(of_statements(about(f"{KEY}-*"), secrets=secrets), "ACC202"))

    def test_where_no_secret_is_known_the_shape_decides(self) -> None:
        assert ids(of_statements(about(f"{KEY}-*"))) == ["ACC202"]

    @pytest.mark.parametrize("resource", [f"{KEY}-??????", f"{KEY}*", f"{SECRET}*-*", "*"])
    def test_other_shapes_are_left_alone(self, resource: str) -> None:
        assert not of_statements(about(resource))

    def test_a_deny_may_be_as_wide_as_it_likes(self) -> None:
        assert not of_statements(about(f"{KEY}-*", Effect="Deny"))


class TestPolicyWriter:
    @pytest.mark.parametrize(
        "write",
        ["secretsmanager:PutResourcePolicy", "kms:PutKey*", "iam:*", "IAM:putrolepolicy"],
    )
    def test_the_writing_of_policies_beside_a_read_is_found(self, write: str) -> None:
        (found,) = of_statements({"Action": READ}, {"Action": write})
        assert found.id == "ACC203"

    def test_an_administrator_is_found_once(self) -> None:
        assert ids(of_statements({"Action": "*"})) == ["ACC203"]

    @pytest.mark.parametrize(
        "statements",
        [
            [{"Action": READ}],
            [{"Action": "iam:*"}],
            [{"Action": "secretsmanager:Get*"}, {"Action": "iam:Get*"}],
            [{"NotAction": "secretsmanager:*", "Action": None}],
            [{"Action": "*"}, {"Effect": "Deny", "Action": ["iam:*", "kms:*", "secretsmanager:*"]}],
        ],
        ids=["read", "write", "two reads", "all but secrets", "all, with those denied"],
    )
    def test_each_alone_is_left_alone(self, statements: list[dict[str, Any]]) -> None:
        cleaned = [
            {name: value for name, value in one.items() if value is not None} for one in statements
        ]
        filled = [{"Effect": "Allow", "Resource": "*"} | one for one in cleaned]
        found = of_aws(roles=[role(policy=document(*filled))])
        assert not list(only(found, "ACC203"))


class TestGithubOrganization:
    ISSUER = "token.actions.githubusercontent.com"

    def trusting(self, condition: dict[str, Any], issuer: str = ISSUER) -> list[str]:
        trust = {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"},
            "Condition": {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"}} | condition,
        }
        return ids(of_aws(roles=[role(trust=document(trust))]))

    @pytest.mark.parametrize(
        "subject",
        ["repo:cats/*", "repo:*", "*", "repo:cats/*:ref:refs/heads/main", "r*", "repo:c*"],
    )
    def test_any_repository_of_an_organization_is_found(self, subject: str) -> None:
        assert self.trusting({"StringLike": {f"{self.ISSUER}:sub": subject}}) == ["ACC204"]

    def test_one_crowd_among_single_repositories_is_enough(self) -> None:
        subjects = ["repo:cats/labels:*", "repo:cats/*"]
        assert self.trusting({"StringLike": {f"{self.ISSUER}:sub": subjects}}) == ["ACC204"]

    def test_no_condition_on_the_subject_is_found(self) -> None:
        assert self.trusting({}) == ["ACC204"]
        denied = {"StringNotLike": {f"{self.ISSUER}:sub": "repo:cats/labels:*"}}
        assert self.trusting(denied) == ["ACC204"]

    @pytest.mark.parametrize(
        "condition",
        [
            {"StringLike": {f"{ISSUER}:sub": "repo:cats/labels:*"}},
            {"StringLike": {f"{ISSUER}:sub": ["repo:cats/a:*", "repo:cats/b:ref:*"]}},
            {"StringEquals": {f"{ISSUER}:sub": "repo:cats/*"}},  # a literal star: nobody's
            {"StringEquals": {f"{ISSUER}:repository": "cats/labels"}},
            {"StringLike": {f"{ISSUER}:sub": "environment:production"}},
        ],
        ids=["one", "two", "literal", "by another claim", "a form of the organization's own"],
    )
    def test_single_repositories_are_left_alone(self, condition: dict[str, Any]) -> None:
        assert self.trusting(condition) == []

    def test_another_issuer_is_left_alone(self) -> None:
        issuer = "gitlab.com"
        assert self.trusting({"StringLike": {f"{issuer}:sub": "*"}}, issuer) == []


class TestMissingPolicy:
    def test_an_attached_policy_that_was_not_collected_is_found_by_its_arn(self) -> None:
        arn = f"arn:aws:iam::{ACCOUNT}:policy/gone"
        attached = [{"PolicyName": "gone", "PolicyArn": arn}]
        (found,) = of_aws(roles=[role(AttachedManagedPolicies=attached)])
        assert (found.id, found.place) == ("ACC205", f"arn:aws:iam::{ACCOUNT}:role/app")
        assert arn in found.message

    def test_a_boundary_that_was_not_collected_is_found(self) -> None:
        boundary = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/boundary",
        }
        assert ids(of_aws(roles=[role(PermissionsBoundary=boundary)])) == ["ACC205"]

    @pytest.mark.parametrize("policy", [None, "{}"], ids=["not collected", "there"])
    def test_a_key_whose_policy_was_not_collected_is_found(self, policy: str | None) -> None:
        key = {"Arn": f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1234abcd"}
        if policy is not None:
            key["Policy"] = json.dumps(document())
        estate = parse_estate({f"{ACCOUNT}/keys.json": json.dumps([key])})
        assert ids(sound(aws_findings(estate))) == ["ACC205"] * (policy is None)

    def test_a_trust_policy_that_was_not_collected_is_found(self) -> None:
        lost = Role(f"arn:aws:iam::{ACCOUNT}:role/app", (), MISSING)
        estate = Estate({ACCOUNT: Account(ACCOUNT, roles=(lost,))})
        assert [one.message for one in sound(aws_findings(estate))] == [
            "its trust policy was not collected, or does not exist"
        ]

    def test_a_secret_whose_policy_was_not_asked_for_is_found(self) -> None:
        assert ids(of_aws(secrets=["a-AbC123"])) == ["ACC205"]


class TestShadowedStatement:
    @pytest.mark.parametrize(
        ("statements", "line_of"),
        [
            ([{"Action": "s3:*"}, {"Action": "s3:GetObject"}], 1),
            ([{"Action": "s3:GetObject"}, {"Action": "s3:*"}], 0),
            ([{"Action": "s3:Get*"}, {"Action": "s3:Get*"}], 1),
            ([{"Effect": "Deny", "Action": "s3:*"}, {"Action": "s3:GetObject"}], 1),
            ([{"Effect": "Deny", "Action": "s3:*"}, {"Effect": "Deny", "Action": "s3:Get*"}], 1),
        ],
        ids=["allow", "a later one", "the same twice", "allow under deny", "deny"],
    )
    def test_a_statement_that_another_makes_superfluous_is_found(
        self, statements: list[dict[str, Any]], line_of: int
    ) -> None:
        named = [one | {"Sid": f"number{number}"} for number, one in enumerate(statements)]
        (found,) = of_statements(*named)
        assert found.id == "ACC206"
        assert found.message.startswith(f"number{line_of} of ")
        assert f"number{1 - line_of} " in found.message

    @pytest.mark.parametrize(
        "statements",
        [
            [{"Action": "s3:Get*"}, {"Action": "s3:Put*"}],
            [{"Action": "s3:*"}, {"Effect": "Deny", "Action": "s3:GetObject"}],
            [{"Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, {}],
            [{"Action": "s3:*", "Resource": "arn:aws:s3:::a/*"}, {}],
        ],
        ids=["others", "a deny under an allow", "a condition", "a resource"],
    )
    def test_what_changes_something_is_left_alone(self, statements: list[dict[str, Any]]) -> None:
        assert not of_statements(*statements)


def test_a_policy_larger_than_aws_takes_is_not_compared_with_itself() -> None:
    action = {"Action": [f"s3:Get{number}" for number in range(1100)]}
    assert ids(of_statements(action)) == []
    assert ids(of_statements(action, action)) == []
    assert ids(of_statements({"Action": action["Action"][:900]}, {"Action": "s3:Get1"}))


def test_what_is_attached_twice_is_told_once() -> None:
    policy = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
    arn = f"arn:aws:iam::{ACCOUNT}:policy/all"
    managed = {
        "PolicyName": "all",
        "Arn": arn,
        "DefaultVersionId": "v1",
        "PolicyVersionList": [
            {"VersionId": "v1", "IsDefaultVersion": True, "Document": policy},
        ],
    }
    attached = {"AttachedManagedPolicies": [{"PolicyName": "all", "PolicyArn": arn}]}
    others = [
        role(RoleName=name, Arn=f"arn:aws:iam::{ACCOUNT}:role/{name}", RoleId=name, **attached)
        for name in ("one", "two")
    ]
    assert ids(of_aws(roles=others, policies=[managed])) == ["ACC203"]
