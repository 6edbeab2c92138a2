from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scale_secrets.access.aws.document import parse
from scale_secrets.access.aws.model import Caller, CallerKind, Statement
from scale_secrets.access.aws.statement import (
    Named,
    PrincipalForm,
    principal_forms,
    principal_match,
)
from scale_secrets.access.verdict import Truth

ACCOUNT = "111122223333"
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/team/bob"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/team/reader"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/deploy"
FEDERATED_ARN = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
SAML_ARN = f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"
GITHUB = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"

USER = Caller(CallerKind.USER, USER_ARN, ACCOUNT)
ROLE = Caller(CallerKind.ROLE, ROLE_ARN, ACCOUNT)
SESSION = replace(ROLE, session=SESSION_ARN)
ROOT = Caller(CallerKind.ROOT, ROOT_ARN, ACCOUNT)
FEDERATED = Caller(CallerKind.FEDERATED_USER, FEDERATED_ARN, ACCOUNT)
LAMBDA = Caller(CallerKind.SERVICE, "lambda.amazonaws.com")
WEB = Caller(CallerKind.WEB_IDENTITY, GITHUB)
SAML = Caller(CallerKind.SAML, SAML_ARN)
NOBODY = Caller(CallerKind.ANONYMOUS, "*")

Form = PrincipalForm


def statement(principal: Any, element: str = "Principal") -> Statement:
    source = {"Effect": "Allow", "Action": "*", element: principal}
    return parse({"Statement": source}, name="p").statements[0]


NAMED: dict[str, tuple[Any, Caller, Form | None]] = {
    "user": ({"AWS": USER_ARN}, USER, Form.USER_ARN),
    "user of another case": ({"AWS": USER_ARN.replace("bob", "Bob")}, USER, None),
    "user without its path": ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}, USER, None),
    "user by a wildcard": ({"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}, USER, None),
    "user for a role": ({"AWS": USER_ARN}, ROLE, None),
    "role": ({"AWS": ["x", ROLE_ARN]}, ROLE, Form.ROLE_ARN),
    "role of a session": ({"AWS": ROLE_ARN}, SESSION, Form.ROLE_ARN),
    "session": ({"AWS": SESSION_ARN}, SESSION, Form.SESSION_ARN),
    "another session": ({"AWS": SESSION_ARN + "2"}, SESSION, None),
    "federated user": ({"AWS": FEDERATED_ARN}, FEDERATED, Form.FEDERATED_USER_ARN),
    "account": ({"AWS": ACCOUNT}, USER, Form.ACCOUNT),
    "account of a role": ({"AWS": ROOT_ARN}, ROLE, Form.ACCOUNT),
    "account of a federated user": ({"AWS": ROOT_ARN}, FEDERATED, Form.ACCOUNT),
    "root": ({"AWS": ROOT_ARN}, ROOT, Form.ACCOUNT),
    "root by number": ({"AWS": ACCOUNT}, ROOT, Form.ACCOUNT),
    "another account": ({"AWS": "444455556666"}, USER, None),
    "another partition": ({"AWS": f"arn:aws-cn:iam::{ACCOUNT}:root"}, USER, None),
    "everyone": ("*", ROLE, Form.ANYONE),
    "everyone of AWS": ({"AWS": "*"}, ROLE, Form.ANYONE),
    "everyone in a list": ({"AWS": [ROLE_ARN, "*"]}, ROLE, Form.ANYONE),
    "anonymous": ("*", NOBODY, Form.ANYONE),
    "anonymous is in no account": ({"AWS": [ACCOUNT, ROOT_ARN]}, NOBODY, None),
    "service": ({"Service": ["ec2.amazonaws.com", LAMBDA.arn]}, LAMBDA, Form.SERVICE),
    "another service": ({"Service": "ec2.amazonaws.com"}, LAMBDA, None),
    "a service is no principal of AWS": ({"AWS": LAMBDA.arn}, LAMBDA, None),
    "everyone is a service too": ("*", LAMBDA, Form.ANYONE),
    "provider": ({"Federated": GITHUB}, WEB, Form.FEDERATED),
    "another provider": ({"Federated": SAML_ARN}, WEB, None),
    "saml": ({"Federated": SAML_ARN}, SAML, Form.FEDERATED),
    "a provider is no principal of AWS": ({"AWS": GITHUB}, WEB, None),
    "a role is no provider": ({"Federated": ROLE_ARN}, ROLE, None),
    "nobody": ({}, ROLE, None),
    "an empty list": ({"AWS": []}, ROLE, None),
    "unique id": ({"AWS": "AROAEXAMPLEID"}, replace(ROLE, id="AROAEXAMPLEID"), Form.ROLE_ARN),
    "another unique id": ({"AWS": "AROAEXAMPLEID"}, replace(ROLE, id="AROAOTHERID"), None),
    "unique id of another kind": ({"AWS": "AIDAEXAMPLEID"}, ROLE, None),
}


@pytest.mark.parametrize("case", NAMED)
def test_a_principal_element_names_callers(case: str) -> None:
    principal, caller, form = NAMED[case]
    named = principal_match(statement(principal), caller)
    assert named == (Named(form) if form else None)


def test_a_statement_without_principal_names_nobody() -> None:
    (plain,) = parse({"Statement": {"Effect": "Allow", "Action": "*"}}, name="p").statements
    assert principal_match(plain, ROLE) is None


def test_whether_a_session_is_meant_hangs_on_the_name_its_caller_chooses() -> None:
    assert principal_match(statement({"AWS": SESSION_ARN}), ROLE) == Named(
        Form.SESSION_ARN, Truth.UNKNOWN, (f"the session of {ROLE_ARN} is named deploy",)
    )


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:sts::{ACCOUNT}:assumed-role/writer/deploy",
        "arn:aws:sts::444455556666:assumed-role/reader/deploy",
        f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/reader/deploy",
        f"arn:aws:iam::{ACCOUNT}:assumed-role/reader/deploy",
        f"arn:aws:sts::{ACCOUNT}:federated-user/reader/deploy",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/",
        "assumed-role/reader/deploy",
    ],
)
def test_a_session_of_another_role_is_not_meant(arn: str) -> None:
    assert principal_match(statement({"AWS": arn}), ROLE) is None


def test_whose_a_unique_id_is_may_be_unknown() -> None:
    for caller, unique in ((ROLE, "AROAEXAMPLEID"), (USER, "AIDAEXAMPLEID")):
        named = principal_match(statement({"AWS": unique}), caller)
        assert named is not None
        assert named.truth is Truth.UNKNOWN
        assert named.unknown == (f"{unique} is the unique id of {caller.arn}",)


def test_the_user_behind_a_federated_session_may_be_any_of_its_account() -> None:
    named = principal_match(statement({"AWS": USER_ARN}), FEDERATED)
    assert named is not None
    assert (named.form, named.truth) == (Form.USER_ARN, Truth.UNKNOWN)
    foreign = USER_ARN.replace(ACCOUNT, "444455556666")
    for arn in (foreign, ROLE_ARN, "AIDAEXAMPLEID", FEDERATED_ARN + "2"):
        assert principal_match(statement({"AWS": arn}), FEDERATED) is None


def test_every_form_that_names_the_caller_is_told_strongest_first() -> None:
    both = statement({"AWS": [ACCOUNT, ROLE_ARN, "*", SESSION_ARN, SESSION_ARN + "2", ROLE_ARN]})
    forms = principal_forms(both, ROLE)
    assert [named.form for named in forms] == [
        Form.SESSION_ARN,
        Form.ANYONE,
        Form.ROLE_ARN,
        Form.ACCOUNT,
    ]
    assert forms[0].unknown == (
        f"the session of {ROLE_ARN} is named deploy",
        f"the session of {ROLE_ARN} is named deploy2",
    )


def test_a_certain_form_comes_before_a_stronger_one_that_is_not() -> None:
    assert principal_match(statement({"AWS": [SESSION_ARN, ROLE_ARN]}), ROLE) == Named(
        Form.ROLE_ARN
    )


EXCEPTED: dict[str, tuple[Any, Caller, Truth]] = {
    "others": ({"AWS": [USER_ARN, "444455556666"]}, ROLE, Truth.TRUE),
    "nobody": ({"AWS": []}, ROLE, Truth.TRUE),
    "user and account": ({"AWS": [USER_ARN, ROOT_ARN]}, USER, Truth.FALSE),
    "user alone": ({"AWS": USER_ARN}, USER, Truth.UNKNOWN),
    "account alone": ({"AWS": ROOT_ARN}, USER, Truth.UNKNOWN),
    "role and account": ({"AWS": [ROLE_ARN, ACCOUNT]}, ROLE, Truth.FALSE),
    "role, account and session": ({"AWS": [ROLE_ARN, ACCOUNT, SESSION_ARN]}, SESSION, Truth.FALSE),
    "session and account": ({"AWS": [SESSION_ARN, ROOT_ARN]}, SESSION, Truth.UNKNOWN),
    "perhaps a session": ({"AWS": SESSION_ARN}, ROLE, Truth.UNKNOWN),
    "root": ({"AWS": ROOT_ARN}, ROOT, Truth.FALSE),
    "everyone": ("*", ROLE, Truth.FALSE),
    "everyone of AWS": ({"AWS": "*"}, NOBODY, Truth.FALSE),
    "service": ({"Service": LAMBDA.arn}, LAMBDA, Truth.FALSE),
    "another service": ({"Service": "ec2.amazonaws.com"}, LAMBDA, Truth.TRUE),
    "provider": ({"Federated": GITHUB}, WEB, Truth.FALSE),
    "anonymous": ({"AWS": ROOT_ARN}, NOBODY, Truth.TRUE),
}


@pytest.mark.parametrize("case", EXCEPTED)
def test_not_principal_names_everyone_but_those_listed(case: str) -> None:
    principal, caller, truth = EXCEPTED[case]
    named = principal_match(statement(principal, "NotPrincipal"), caller)
    if truth is Truth.FALSE:
        assert named is None
        return
    assert named is not None
    assert (named.form, named.truth) == (Form.ANYONE, truth)
    assert bool(named.unknown) is (truth is Truth.UNKNOWN)


def test_a_canonical_user_may_be_any_account() -> None:
    named = principal_match(statement({"CanonicalUser": "79a59d"}), ROLE)
    assert named is not None
    assert (named.form, named.truth) == (Form.ACCOUNT, Truth.UNKNOWN)
    assert principal_match(statement({"CanonicalUser": "79a59d"}), LAMBDA) is None
