"""Who is in an estate, and how a person finds one of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from scale_secrets.access.aws.document import parse
from scale_secrets.access.aws.evaluator import Evaluator
from scale_secrets.access.aws.model import (
    MISSING,
    Account,
    AwsSecret,
    CallerKind,
    Document,
    Estate,
    Grant,
    Key,
    Role,
    User,
)
from scale_secrets.access.aws.principals.external import external
from scale_secrets.errors import NotFoundError, UsageError

OWN, OTHER = "111122223333", "444455556666"
SECRETS = f"arn:aws:secretsmanager:eu-west-1:{OWN}:secret"
NOTHING: tuple[Document, ...] = ()


def _policy(*principals: Any, effect: str = "Allow", element: str = "Principal") -> Document:
    statements = [
        {"Effect": effect, element: principal, "Action": "*", "Resource": "*"}
        for principal in principals
    ]
    return parse({"Version": "2012-10-17", "Statement": statements}, name="policy")


def _role(name: str, account: str = OWN, path: str = "/") -> Role:
    return Role(f"arn:aws:iam::{account}:role{path}{name}", NOTHING, MISSING, path=path)


def _estate(
    policy: Document | None = None, key: Key | None = None, others: Iterable[Account] = ()
) -> Estate:
    secrets = (
        AwsSecret(f"{SECRETS}:scale/live/key-AbCdEf", policy=policy),
        AwsSecret(f"{SECRETS}:scale/test/key-AbCdEf"),
    )
    own = Account(
        OWN,
        users=(User(f"arn:aws:iam::{OWN}:user/eu/ann", NOTHING),),
        roles=(_role("ci"), _role("batch", path="/aws-service-role/batch.amazonaws.com/")),
        secrets=secrets,
        keys={key.arn: key} if key is not None else {},
    )
    return Estate({account.id: account for account in (own, *others)})


def _found(estate: Estate) -> list[str]:
    return [principal.name for principal in Evaluator(estate).principals()]


OWN_NAMES = [
    f"arn:aws:iam::{OWN}:root",
    f"arn:aws:iam::{OWN}:user/eu/ann",
    f"arn:aws:iam::{OWN}:role/ci",
    f"arn:aws:iam::{OWN}:role/aws-service-role/batch.amazonaws.com/batch",
]


def test_an_account_has_its_root_user_its_users_and_its_roles() -> None:
    assert _found(_estate()) == OWN_NAMES


def test_an_account_whose_identities_were_not_collected_has_none_to_list() -> None:
    estate = _estate(others=[Account(OTHER, identities=False)])
    assert _found(estate) == OWN_NAMES


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"AWS": OTHER}, f"arn:aws:iam::{OTHER}:root"),
        ({"AWS": f"arn:aws:iam::{OTHER}:role/partner"}, f"arn:aws:iam::{OTHER}:role/partner"),
        ({"Service": "lambda.amazonaws.com"}, "lambda.amazonaws.com"),
        ("*", "*"),
        (
            {"AWS": f"arn:aws:sts::{OTHER}:federated-user/bob"},
            f"arn:aws:sts::{OTHER}:federated-user/bob",
        ),
        (
            {"AWS": f"arn:aws:sts::{OTHER}:assumed-role/ops/bob"},
            f"arn:aws:sts::{OTHER}:assumed-role/ops/bob",
        ),
        (
            {"AWS": f"arn:aws:sts::{OWN}:assumed-role/ci/run-1"},
            f"arn:aws:sts::{OWN}:assumed-role/ci/run-1",
        ),
    ],
    ids=["account", "role", "service", "everyone", "federated user", "session", "own session"],
)
def test_whom_a_secrets_policy_allows_is_a_principal_too(named: Any, expected: str) -> None:
    assert _found(_estate(_policy(named))) == [*OWN_NAMES, expected]


@pytest.mark.parametrize(
    "policy",
    [
        _policy({"AWS": f"arn:aws:iam::{OTHER}:role/partner"}, effect="Deny"),
        _policy({"AWS": f"arn:aws:iam::{OWN}:role/gone"}),
        _policy({"AWS": f"arn:aws:sts::{OWN}:assumed-role/gone/x"}),
        _policy({"AWS": "AROAEXAMPLE"}),
        _policy({"AWS": f"arn:aws:iam::{OWN}:root"}),
    ],
    ids=["denied", "role that is gone", "session of it", "unique id", "own account"],
)
def test_who_is_denied_gone_or_listed_anyway_is_none(policy: Document) -> None:
    assert _found(_estate(policy)) == OWN_NAMES


def test_a_key_and_its_grants_name_principals() -> None:
    policy = _policy({"AWS": f"arn:aws:iam::{OTHER}:user/carl"})
    grant = Grant("g", "rds.amazonaws.com", frozenset(["Decrypt"]))
    key = Key(f"arn:aws:kms:eu-west-1:{OWN}:key/1", policy, (grant,))
    assert _found(_estate(key=key))[len(OWN_NAMES) :] == [
        f"arn:aws:iam::{OTHER}:user/carl",
        "rds.amazonaws.com",
    ]


def test_awss_own_key_names_everyone_and_means_its_account() -> None:
    key = Key(f"arn:aws:kms:eu-west-1:{OWN}:key/1", _policy("*"), managed=True)
    assert _found(_estate(key=key)) == OWN_NAMES


def test_of_an_outsider_nothing_on_its_own_side_is_known() -> None:
    found = external(f"arn:aws:iam::{OTHER}:role/partner", _estate())
    assert found is not None
    assert found.caller.kind is CallerKind.ROLE
    assert (found.policies, found.boundary, found.scps) == (MISSING, MISSING, MISSING)


def test_of_an_outsider_the_organization_may_tell_what_stands_over_it() -> None:
    other = Account(OTHER, identities=False, scps=(), org_id="o-1")
    found = external(f"arn:aws:iam::{OTHER}:role/partner", _estate(others=[other]))
    assert found is not None
    assert found.scps == ()
    assert found.context.known["aws:principalorgid"] == ("o-1",)


def test_a_session_of_a_collected_role_has_that_roles_policies() -> None:
    found = external(f"arn:aws:sts::{OWN}:assumed-role/ci/run-1", _estate())
    assert found is not None
    assert found.policies == NOTHING
    assert found.caller.arn == f"arn:aws:iam::{OWN}:role/ci"


def test_a_service_linked_role_is_told_by_its_path() -> None:
    found = Evaluator(_estate()).principal("batch")
    assert found.caller.service_linked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ci", f"arn:aws:iam::{OWN}:role/ci"),
        ("ann", f"arn:aws:iam::{OWN}:user/eu/ann"),
        (f"arn:aws:iam::{OWN}:role/ci", f"arn:aws:iam::{OWN}:role/ci"),
        (OTHER, f"arn:aws:iam::{OTHER}:root"),
        (OWN, f"arn:aws:iam::{OWN}:root"),
        ("ecs.amazonaws.com", "ecs.amazonaws.com"),
    ],
    ids=["role", "user", "arn", "account", "own account", "service"],
)
def test_a_principal_is_found_by_what_a_person_calls_it(text: str, expected: str) -> None:
    assert Evaluator(_estate()).principal(text).name == expected


def test_the_principals_found_and_listed_are_the_same() -> None:
    evaluator = Evaluator(_estate(_policy({"AWS": OTHER})))
    assert evaluator.principal(OTHER) in evaluator.principals()


def test_a_name_of_two_has_to_be_told_by_its_arn() -> None:
    evaluator = Evaluator(_estate(others=[Account(OTHER, roles=(_role("ci", OTHER),))]))
    with pytest.raises(UsageError) as caught:
        evaluator.principal("ci")
    assert caught.value.message == "ci is the name of more than one principal"
    assert f"arn:aws:iam::{OTHER}:role/ci" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("anne", "did you mean ann?"),
        (f"arn:aws:iam::{OWN}:role/cj", f"did you mean arn:aws:iam::{OWN}:role/ci"),
    ],
    ids=["name", "arn"],
)
def test_a_miss_names_what_is_near(text: str, hint: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        Evaluator(_estate()).principal(text)
    assert caught.value.message == f"no principal {text} was collected"
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    "text",
    ["scale/live/key", f"{SECRETS}:scale/live/key", f"{SECRETS}:scale/live/key-AbCdEf"],
    ids=["name", "arn without its end", "arn"],
)
def test_a_secret_is_found_by_what_a_person_calls_it(text: str) -> None:
    assert Evaluator(_estate()).secret(text).arn == f"{SECRETS}:scale/live/key-AbCdEf"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("scale/live/keys", "did you mean scale/live/key"),
        ("qqqqqqqqqqqq", f"there are {SECRETS}:scale/live/key-AbCdEf"),
        (
            f"arn:aws:secretsmanager:eu-west-1:{OTHER}:secret:scale/live/key",
            f"did you mean {SECRETS}:scale/live/key-AbCdEf",
        ),
    ],
    ids=["near", "far", "other account"],
)
def test_a_missed_secret_names_what_is_near(text: str, hint: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        Evaluator(_estate()).secret(text)
    assert caught.value.message == f"no secret {text} was collected"
    assert caught.value.hint.startswith(hint)
