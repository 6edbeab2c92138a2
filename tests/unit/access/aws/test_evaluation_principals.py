"""Each form in which a resource policy names the caller, against each limit on the caller.

The table is that of the IAM user guide, "How AWS enforcement code logic evaluates requests to
allow or deny access", and "AWS JSON policy elements: Principal".
"""

from __future__ import annotations

from typing import Any

import pytest

from scale_secrets.access.aws.evaluation import decide
from scale_secrets.access.aws.model import Request
from scale_secrets.access.verdict import Verdict
from tests.support.aws_written import policies, request

OWN, OTHER = "111122223333", "444455556666"
GET = "secretsmanager:GetSecretValue"
SECRET = f"arn:aws:secretsmanager:us-east-1:{OWN}:secret:scale/live/api-key-AbCdEf"

ALLOWS = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
SILENT = [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]
DENIES = [*ALLOWS, {"Effect": "Deny", "Action": "*", "Resource": "*"}]

# How the policy names the caller, and who the caller is. ACCOUNT stands for the caller's.
FORMS: dict[str, tuple[dict[str, str], Any]] = {
    "user": (
        {"kind": "user", "arn": "arn:aws:iam::ACCOUNT:user/ann"},
        {"AWS": "arn:aws:iam::ACCOUNT:user/ann"},
    ),
    "role": (
        {"kind": "role", "arn": "arn:aws:iam::ACCOUNT:role/labels"},
        {"AWS": "arn:aws:iam::ACCOUNT:role/labels"},
    ),
    "session": (
        {
            "kind": "role",
            "arn": "arn:aws:iam::ACCOUNT:role/labels",
            "session": "arn:aws:sts::ACCOUNT:assumed-role/labels/deploy",
        },
        {"AWS": "arn:aws:sts::ACCOUNT:assumed-role/labels/deploy"},
    ),
    "session of any name": (
        {"kind": "role", "arn": "arn:aws:iam::ACCOUNT:role/labels"},
        {"AWS": "arn:aws:sts::ACCOUNT:assumed-role/labels/deploy"},
    ),
    "federated user": (
        {"kind": "federated-user", "arn": "arn:aws:sts::ACCOUNT:federated-user/bob"},
        {"AWS": "arn:aws:sts::ACCOUNT:federated-user/bob"},
    ),
    "root user by its account": (
        {"kind": "root", "arn": "arn:aws:iam::ACCOUNT:root"},
        {"AWS": "ACCOUNT"},
    ),
    "account": (
        {"kind": "role", "arn": "arn:aws:iam::ACCOUNT:role/labels"},
        {"AWS": "arn:aws:iam::ACCOUNT:root"},
    ),
    "anyone": ({"kind": "role", "arn": "arn:aws:iam::ACCOUNT:role/labels"}, "*"),
    "anyone in the longer form": (
        {"kind": "user", "arn": "arn:aws:iam::ACCOUNT:user/ann"},
        {"AWS": "*"},
    ),
}

LIMITS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "silent boundary": {"boundary": SILENT},
    "silent session policy": {"session": [SILENT]},
    "allowing boundary and session policy": {"boundary": ALLOWS, "session": [ALLOWS]},
    "silent SCP": {"scps": [["FULL"], [SILENT]]},
    "denying boundary": {"boundary": DENIES},
    "denying session policy": {"session": [DENIES]},
    "denying SCP": {"scps": [[DENIES]]},
    "denying RCP": {"rcps": [[[{**DENIES[1], "Action": "secretsmanager:*", "Principal": "*"}]]]},
    "denying identity policy": {"identity": [[DENIES[1]]]},
}

# For the first four limits, in their order: allowed, conditional, denied. The rest is "d" for all.
WITHIN_THE_ACCOUNT = {
    "user": "aaaa",
    "role": "adda",
    "session": "aaaa",
    "session of any name": "cccc",
    "federated user": "aaaa",
    "root user by its account": "aaaa",
    "account": "dddd",
    "anyone": "acca",
    "anyone in the longer form": "acca",
}
# Beside an identity policy that allows.
WITH_IDENTITY = dict.fromkeys(WITHIN_THE_ACCOUNT, "adda") | {
    "user": "aaaa",
    "session": "aaaa",
    "session of any name": "acca",
    "federated user": "aaaa",
    "root user by its account": "aaaa",
    "anyone": "acca",
    "anyone in the longer form": "acca",
}
ABROAD_WITH_IDENTITY = dict.fromkeys(WITHIN_THE_ACCOUNT, "adda") | {
    "session of any name": "cddc",
    "federated user": "ddda",  # without a session policy it has nothing of its own
}
VERDICTS = {"a": Verdict.ALLOWED, "c": Verdict.CONDITIONAL, "d": Verdict.DENIED}


# A root user has no boundary, session or identity policies.
OF_ROOT_USERS = ("nothing", "silent SCP", "denying SCP", "denying RCP")


def cells(table: dict[str, str]) -> list[Any]:
    return [
        pytest.param(form, limit, VERDICTS[letter], id=f"{form}, {limit}")
        for form, row in table.items()
        for limit, letter in zip(LIMITS, row.ljust(len(LIMITS), "d"), strict=True)
        if "root user" not in form or limit in OF_ROOT_USERS
    ]


def asked(form: str, account: str) -> Request:
    caller = {name: text.replace("ACCOUNT", account) for name, text in FORMS[form][0].items()}
    return request({"caller": caller, "action": GET, "resource": SECRET})


def naming(form: str, account: str) -> list[dict[str, Any]]:
    named = FORMS[form][1]
    if isinstance(named, dict):
        named = {kind: name.replace("ACCOUNT", account) for kind, name in named.items()}
    return [{"Effect": "Allow", "Principal": named, "Action": "*", "Resource": "*"}]


def verdict(form: str, account: str, limit: str, identity: list[Any]) -> Verdict:
    written = {"resource": naming(form, account), **LIMITS[limit]}
    written["identity"] = identity + written.get("identity", [])
    return Verdict.of(decide(asked(form, account), policies(written)).truth)


@pytest.mark.parametrize(("form", "limit", "expected"), cells(WITHIN_THE_ACCOUNT))
def test_a_grant_within_the_account(form: str, limit: str, expected: Verdict) -> None:
    assert verdict(form, OWN, limit, []) is expected


@pytest.mark.parametrize(("form", "limit", "expected"), cells(WITH_IDENTITY))
def test_a_grant_beside_an_identity_policy(form: str, limit: str, expected: Verdict) -> None:
    assert verdict(form, OWN, limit, [ALLOWS]) is expected


@pytest.mark.parametrize(("form", "limit", "expected"), cells(ABROAD_WITH_IDENTITY))
def test_a_grant_across_accounts(form: str, limit: str, expected: Verdict) -> None:
    assert verdict(form, OTHER, limit, [ALLOWS]) is expected


@pytest.mark.parametrize("form", [form for form in FORMS if "root user" not in form])
@pytest.mark.parametrize("limit", LIMITS)
def test_a_grant_across_accounts_needs_an_identity_policy(form: str, limit: str) -> None:
    assert verdict(form, OTHER, limit, []) is Verdict.DENIED
