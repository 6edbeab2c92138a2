"""Who stands behind a role, read off its trust policy."""

from __future__ import annotations

from typing import Any

import pytest

from scale_secrets.access.aws.document import Kind, parse
from scale_secrets.access.aws.model import MISSING, Document, Missing, Role
from scale_secrets.access.aws.people import behind

ACCOUNT = "111122223333"
GITHUB = "token.actions.githubusercontent.com"
EKS = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"
GITLAB = "gitlab.com"
ANYHOW = "on any branch, tag, environment or pull request"
CLUSTER = "EKS cluster 0123456789ABCDEF in eu-west-1"


def _role(trust: Document | Missing, name: str = "ci", path: str = "/") -> Role:
    return Role(f"arn:aws:iam::{ACCOUNT}:role{path}{name}", (), trust, path=path)


def _trust(principal: Any, condition: Any = None, action: Any = "sts:AssumeRole") -> Document:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return parse(policy, name="trust", file="dump.json", line=lambda _: 7, kind=Kind.TRUST)


def _words(trust: Document) -> list[tuple[str, str]]:
    return [(party.words, party.condition) for party in behind(_role(trust))]


def _by_token(issuer: str, subject: str | None) -> list[tuple[str, str]]:
    condition = None if subject is None else {"StringLike": {f"{issuer}:sub": subject}}
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"
    return _words(_trust({"Federated": provider}, condition, "sts:AssumeRoleWithWebIdentity"))


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (
            "repo:acme/labels:ref:refs/heads/main",
            "workflows of repo acme/labels on branch main",
        ),
        ("repo:acme/labels:ref:refs/heads/*", "workflows of repo acme/labels on any branch"),
        ("repo:acme/labels:ref:refs/tags/v1", "workflows of repo acme/labels on tag v1"),
        ("repo:acme/labels:environment:live", "workflows of repo acme/labels in environment live"),
        ("repo:acme/labels:pull_request", "workflows of repo acme/labels on pull requests"),
        (
            "repo:acme/labels:*",
            f"workflows of repo acme/labels {ANYHOW}",
        ),
        (
            "repo:acme/*",
            f"workflows of every repository of acme {ANYHOW}",
        ),
        (
            "repo:*",
            f"workflows of every repository on GitHub {ANYHOW}",
        ),
        ("*", "workflows of every repository on GitHub"),
        (None, "workflows of every repository on GitHub"),
    ],
    ids=str,
)
def test_workflows_of_github_are_told_by_their_subject(subject: str | None, words: str) -> None:
    assert _by_token(GITHUB, subject) == [(words, "")]


@pytest.mark.parametrize(
    ("issuer", "subject", "words"),
    [
        (
            EKS,
            "system:serviceaccount:labels:worker",
            f"service account worker in namespace labels of {CLUSTER}",
        ),
        (
            EKS,
            "system:serviceaccount:labels:*",
            f"every service account in namespace labels of {CLUSTER}",
        ),
        (EKS, None, f"every service account of {CLUSTER}"),
        (
            "k8s.example.com",
            "system:serviceaccount:labels:worker",
            "service account worker in namespace labels of the cluster of k8s.example.com",
        ),
        (
            GITLAB,
            "project_path:acme/labels:ref_type:branch:ref:main",
            "pipelines of project acme/labels at gitlab.com on branch main",
        ),
        (
            "id.example.com",
            "user-1",
            "holders of a token of id.example.com, subject user-1",
        ),
    ],
    ids=["pod", "namespace", "cluster", "other cluster", "gitlab", "other"],
)
def test_other_tokens_are_told_by_issuer_and_subject(
    issuer: str, subject: str | None, words: str
) -> None:
    assert _by_token(issuer, subject) == [(words, "")]


@pytest.mark.parametrize(
    ("principal", "words"),
    [
        ({"Service": "lambda.amazonaws.com"}, "Lambda functions that have the role"),
        ({"Service": "ec2.amazonaws.com.cn"}, "EC2 instances that have the role"),
        (
            {"Service": "pods.eks.amazonaws.com"},
            "pods of EKS that Pod Identity gives the role",
        ),
        ({"Service": "scheduler.amazonaws.com"}, "the service scheduler.amazonaws.com"),
        (
            {"AWS": "arn:aws:iam::444455556666:root"},
            "account 444455556666: its principals, as far as it lets them",
        ),
        ({"AWS": "444455556666"}, "account 444455556666: its principals, as far as it lets them"),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/team/ops"}, f"role ops of account {ACCOUNT}"),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}, f"user ann of account {ACCOUNT}"),
        (
            {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/ann"},
            f"the session ann of role ops of account {ACCOUNT}",
        ),
        ({"AWS": "AROAEXAMPLE"}, "a deleted identity, AROAEXAMPLE"),
        ("*", "anyone with an identity at AWS"),
        (
            {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/Okta"},
            f"people whom SAML provider Okta of account {ACCOUNT} signs in",
        ),
    ],
    ids=str,
)
def test_a_named_principal_is_told_in_words(principal: Any, words: str) -> None:
    assert _words(_trust(principal, action=["sts:AssumeRole", "sts:AssumeRoleWithSAML"])) == [
        (words, "")
    ]


def test_conditions_beside_the_subject_stay_and_the_statement_is_cited() -> None:
    condition = {
        "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com", f"{GITHUB}:sub": "repo:a/b:*"}
    }
    provider = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"}
    trust = _trust(provider, condition, "sts:AssumeRoleWithWebIdentity")
    (party,) = behind(_role(trust))
    assert party.condition == f"{GITHUB}:aud is sts.amazonaws.com"
    assert party.cited is not None
    assert str(party.cited.place) == "dump.json:7"


def test_each_subject_of_a_list_is_a_party() -> None:
    found = _words(
        _trust(
            {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"},
            {"StringLike": {f"{GITHUB}:sub": ["repo:a/b:pull_request", "repo:a/c:pull_request"]}},
            "sts:AssumeRoleWithWebIdentity",
        )
    )
    assert [words for words, _ in found] == [
        "workflows of repo a/b on pull requests",
        "workflows of repo a/c on pull requests",
    ]


def test_a_negated_subject_names_nobody_and_stays_a_condition() -> None:
    provider = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"}
    trust = _trust(
        provider, {"StringNotLike": {f"{GITHUB}:sub": "repo:a/*"}}, "sts:AssumeRoleWithWebIdentity"
    )
    ((words, condition),) = _words(trust)
    assert words == "workflows of every repository on GitHub"
    assert f"{GITHUB}:sub" in condition


def test_a_permission_set_of_identity_center_is_told_by_its_name() -> None:
    trust = _trust(
        {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_0123_DO_NOT_DELETE"},
        action=["sts:AssumeRoleWithSAML", "sts:TagSession"],
    )
    role = _role(
        trust,
        "AWSReservedSSO_Read_Only_0123456789abcdef",
        "/aws-reserved/sso.amazonaws.com/eu-west-1/",
    )
    assert [party.words for party in behind(role)] == [
        "IAM Identity Center users with permission set Read_Only"
    ]


def test_a_role_only_named_like_a_permission_set_is_none() -> None:
    trust = _trust(
        {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/Okta"}, action="sts:AssumeRoleWithSAML"
    )
    (party,) = behind(_role(trust, "AWSReservedSSO_Read_0123456789abcdef"))
    assert "Okta" in party.words


@pytest.mark.parametrize("action", ["sts:TagSession", "sts:SetSourceIdentity"])
def test_a_statement_about_something_else_names_nobody(action: str) -> None:
    assert _words(_trust({"Service": "ec2.amazonaws.com"}, action=action)) == []


def test_a_denial_names_nobody() -> None:
    policy = {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}
    trust = parse({"Version": "2012-10-17", "Statement": policy}, name="trust")
    assert behind(_role(trust)) == ()


def test_a_trust_that_was_not_collected_is_said_to_be_so() -> None:
    (party,) = behind(_role(MISSING))
    assert "not collected" in party.words
