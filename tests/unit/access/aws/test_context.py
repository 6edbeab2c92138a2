"""What is known of a call's condition keys, and what stays unknown."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from scale_secrets.access.aws.context import join, of_account, of_call, of_caller
from scale_secrets.access.aws.model import (
    MISSING,
    Account,
    AwsSecret,
    Caller,
    CallerKind,
    Context,
    Key,
)
from scale_secrets.access.aws.reading import Call, every_way
from scale_secrets.access.verdict import Action

ACCOUNT = "111122223333"
OWNER = Account(ACCOUNT, org_id="o-1", org_path="o-1/r-1/ou-1/")
SECRET = AwsSecret(
    f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:scale/key-AbCdEf",
    tags={"Mode": "live"},
    version="11112222-3333-4444-5555-666677778888",
)
KEY = Key(
    f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1", MISSING, tags={"use": "scale"}, aliases=("alias/a",)
)
VALUE, DECRYPT = every_way(Action.READ)[0]
DATA_KEY = every_way(Action.WRITE)[0][1]
LIST = every_way(Action.LIST)[1][0]
USER = Caller(CallerKind.USER, f"arn:aws:iam::{ACCOUNT}:user/eu/ann", ACCOUNT, tags={"team": "a"})
ROLE = Caller(CallerKind.ROLE, f"arn:aws:iam::{ACCOUNT}:role/ci", ACCOUNT, tags={"team": "a"})
ROOT = Caller(CallerKind.ROOT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, tags={})


def _context(
    call: Call, caller: Caller = ROLE, *, unique_id: str = "", tagged: bool = False
) -> Context:
    part = of_caller(caller, OWNER, unique_id=unique_id, tagged_sessions=tagged)
    return join(caller, part, of_call(call, SECRET, OWNER, KEY, OWNER), call.target)


def _known(context: Context, *keys: str) -> Mapping[str, tuple[str, ...] | None]:
    return {key: context.values(key) for key in keys}


def test_a_read_is_told_by_its_secret() -> None:
    context = _context(VALUE)
    expected = {
        "secretsmanager:secretid": (SECRET.arn,),
        "secretsmanager:versionstage": ("AWSCURRENT",),
        "secretsmanager:versionid": (),
        "secretsmanager:resourcetag/Mode": ("live",),
        "secretsmanager:resourcetag/other": (),
        "aws:resourcetag/Mode": ("live",),
        "aws:requestedregion": ("eu-west-1",),
        "aws:resourceaccount": (ACCOUNT,),
        "aws:resourceorgid": ("o-1",),
        "aws:securetransport": ("true",),
        "aws:viaawsservice": ("false",),
        "aws:calledvia": (),
        "kms:viaservice": (),
        "kms:calleraccount": (),
    }
    assert _known(context, *expected) == expected


def test_the_decryption_is_asked_by_secrets_manager_in_the_callers_name() -> None:
    context = _context(DECRYPT)
    expected = {
        "kms:viaservice": ("secretsmanager.eu-west-1.amazonaws.com",),
        "kms:calleraccount": (ACCOUNT,),
        "kms:encryptioncontext:secretarn": (SECRET.arn,),
        "kms:encryptioncontext:secretversionid": (SECRET.version,),
        "kms:encryptioncontext:aws:s3:arn": (),
        "kms:encryptioncontextkeys": ("SecretARN", "SecretVersionId"),
        "kms:resourcealiases": ("alias/a",),
        "aws:viaawsservice": ("true",),
        "aws:calledvia": ("secretsmanager.amazonaws.com",),
        "aws:resourcetag/use": ("scale",),
        "aws:resourcetag/Mode": (),
        "secretsmanager:secretid": (),
    }
    assert _known(context, *expected) == expected
    assert {"kms:encryptioncontextkeys", "aws:calledvia"} <= context.multivalued


def test_a_version_that_is_yet_to_be_written_has_no_known_id() -> None:
    key = "kms:encryptioncontext:secretversionid"
    assert _context(DATA_KEY).values(key) is None


@pytest.mark.parametrize(
    "key",
    [
        "aws:sourceip",
        "aws:sourcevpce",
        "aws:multifactorauthpresent",
        "aws:currenttime",
        "aws:useragent",
        "aws:sourceidentity",
        "aws:userid",
        "kms:requestalias",
    ],
)
def test_what_depends_on_the_moment_is_unknown(key: str) -> None:
    assert _context(DECRYPT).values(key) is None


@pytest.mark.parametrize(
    ("caller", "unique_id", "expected"),
    [
        (USER, "AIDA1", {"aws:username": ("ann",), "aws:userid": ("AIDA1",)}),
        (ROLE, "AROA1", {"aws:username": (), "aws:userid": None}),
        (ROOT, "", {"aws:username": (), "aws:userid": (ACCOUNT,)}),
        (
            Caller(
                CallerKind.ROLE,
                ROLE.arn,
                ACCOUNT,
                session=f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/run-1",
            ),
            "AROA1",
            {"aws:userid": ("AROA1:run-1",), "aws:principalarn": (ROLE.arn,)},
        ),
        (
            Caller(
                CallerKind.FEDERATED_USER, f"arn:aws:sts::{ACCOUNT}:federated-user/ann", ACCOUNT
            ),
            "",
            {"aws:userid": (f"{ACCOUNT}:ann",), "aws:principaltype": ("FederatedUser",)},
        ),
        (
            Caller(CallerKind.SERVICE, "lambda.amazonaws.com"),
            "",
            {
                "aws:principalisawsservice": ("true",),
                "aws:principalservicename": ("lambda.amazonaws.com",),
                "aws:sourcearn": None,
            },
        ),
        (
            Caller(CallerKind.ANONYMOUS, "*"),
            "",
            {"aws:principalorgid": None, "aws:principalaccount": None, "aws:principalarn": None},
        ),
    ],
    ids=["user", "role", "root", "session", "federated user", "service", "everyone"],
)
def test_a_caller_is_told_by_its_kind(
    caller: Caller, unique_id: str, expected: Mapping[str, tuple[str, ...] | None]
) -> None:
    assert _known(_context(VALUE, caller, unique_id=unique_id), *expected) == expected


def test_tags_of_a_caller_are_all_known_or_none() -> None:
    mine, other = "aws:principaltag/team", "aws:principaltag/other"
    assert _known(_context(VALUE), mine, other) == {mine: ("a",), other: ()}
    untold = Caller(CallerKind.ROLE, ROLE.arn, ACCOUNT)
    assert _known(_context(VALUE, untold), mine, other) == {mine: None, other: None}


def test_a_session_that_may_be_tagged_has_no_known_tag() -> None:
    assert _context(VALUE, tagged=True).values("aws:principaltag/team") is None


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (OWNER, (("o-1",), ("o-1/r-1/ou-1/",))),
        (Account(ACCOUNT, org_id=""), ((), ())),
        (Account(ACCOUNT), (None, None)),
        (None, (None, None)),
    ],
    ids=["in one", "in none", "not collected", "account not collected"],
)
def test_the_organization_is_known_as_far_as_it_was_collected(
    account: Account | None, expected: tuple[object, object]
) -> None:
    part = of_caller(ROLE, account)
    context = join(ROLE, part, of_call(VALUE, SECRET, OWNER, KEY, OWNER), VALUE.target)
    keys = ("aws:principalorgid", "aws:principalorgpaths")
    assert tuple(context.values(key) for key in keys) == expected


def test_of_a_whole_account_no_single_principal_is_known() -> None:
    part = of_account("444455556666", None)
    assert part.known["aws:principalaccount"] == ("444455556666",)
    assert "aws:principalarn" not in part.known


def test_listing_has_no_resource_to_tell() -> None:
    context = _context(LIST)
    assert context.values("secretsmanager:secretid") is None
    assert context.values("aws:resourceaccount") is None


def test_china_has_names_of_its_own() -> None:
    secret = AwsSecret(f"arn:aws-cn:secretsmanager:cn-north-1:{ACCOUNT}:secret:key-AbCdEf")
    part = of_call(DECRYPT, secret, None, KEY, None)
    assert part.known["kms:viaservice"] == ("secretsmanager.cn-north-1.amazonaws.com.cn",)
