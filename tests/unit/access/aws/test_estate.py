"""Files as the AWS CLI prints them, to the estate; what is not there is missing and not empty."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scale_secrets.access.aws.estate import parse_estate
from scale_secrets.access.aws.model import MISSING, Account, Document, Missing
from scale_secrets.errors import PolicyError

ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:scale/key-AbCdEf"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1111aaaa-22bb-33cc-44dd-555555eeeeee"


def _policy(action: str = "secretsmanager:GetSecretValue") -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}],
    }


def _user(**more: Any) -> dict[str, Any]:
    return {
        "Arn": f"{IAM}:user/ann",
        "UserName": "ann",
        "UserId": "AIDA1",
        "GroupList": [],
        "AttachedManagedPolicies": [],
        **more,
    }


def _dump(**lists: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [],
        "Policies": [],
    }
    return empty | lists


def _account(files: dict[str, Any], number: str = ACCOUNT) -> Account:
    texts = {
        path: content if isinstance(content, str) else json.dumps(content, indent=1)
        for path, content in files.items()
    }
    return parse_estate(texts).accounts[number]


def _of_dump(**lists: Any) -> Account:
    return _account({f"{ACCOUNT}/authorization.json": _dump(**lists)})


def _names(policies: tuple[Document, ...] | Missing) -> list[str]:
    assert not isinstance(policies, Missing)
    return [document.name for document in policies]


def _managed(name: str, *, default: bool = True) -> dict[str, Any]:
    version = {"VersionId": "v1", "IsDefaultVersion": default, "Document": _policy()}
    return {"PolicyName": name, "Arn": f"{IAM}:policy/{name}", "PolicyVersionList": [version]}


def _attached(name: str) -> dict[str, str]:
    return {"PolicyName": name, "PolicyArn": f"{IAM}:policy/{name}"}


def test_a_user_has_its_own_policies_and_those_of_its_groups_said_to_be_theirs() -> None:
    group = {
        "Arn": f"{IAM}:group/ops",
        "GroupName": "ops",
        "GroupPolicyList": [{"PolicyName": "in-group", "PolicyDocument": _policy()}],
        "AttachedManagedPolicies": [_attached("shared")],
    }
    user = _user(
        GroupList=["ops"],
        UserPolicyList=[{"PolicyName": "own", "PolicyDocument": _policy()}],
        AttachedManagedPolicies=[_attached("shared")],
    )
    account = _of_dump(
        UserDetailList=[user], GroupDetailList=[group], Policies=[_managed("shared")]
    )
    assert _names(account.users[0].policies) == [
        "own of user ann",
        "shared",
        "in-group of group ops",
        "shared of group ops",
    ]
    assert account.users[0].groups == ("ops",)


def test_a_statement_points_into_the_file() -> None:
    user = _user(UserPolicyList=[{"PolicyName": "own", "PolicyDocument": _policy()}])
    path = f"{ACCOUNT}/authorization.json"
    text = json.dumps(_dump(UserDetailList=[user]), indent=1)
    policies = _account({path: text}).users[0].policies
    assert not isinstance(policies, Missing)
    place = policies[0].statements[0].place
    assert place is not None
    assert place.file == path
    lines = text.splitlines()
    assert lines[place.line - 1].strip() == "{"
    assert lines[place.line].strip() == '"Effect": "Allow",'


def test_users_with_one_managed_policy_share_its_document() -> None:
    users = [
        _user(Arn=f"{IAM}:user/{name}", AttachedManagedPolicies=[_attached("shared")])
        for name in ("ann", "bob")
    ]
    ann, bob = _of_dump(UserDetailList=users, Policies=[_managed("shared")]).users
    assert not isinstance(ann.policies, Missing)
    assert not isinstance(bob.policies, Missing)
    assert ann.policies[0] is bob.policies[0]


@pytest.mark.parametrize(
    "policies", [[], [_managed("lost", default=False)]], ids=["left out", "no version in force"]
)
def test_an_attached_policy_that_is_not_there_makes_them_missing(policies: Any) -> None:
    user = _user(AttachedManagedPolicies=[_attached("lost")])
    (found,) = _of_dump(UserDetailList=[user], Policies=policies).users
    assert found.policies is MISSING
    assert found.missing == (f"{IAM}:policy/lost",)


def test_a_group_that_is_not_there_makes_its_members_policies_missing() -> None:
    (found,) = _of_dump(UserDetailList=[_user(GroupList=["gone"])]).users
    assert found.policies is MISSING
    assert found.missing == ("the policies of group gone",)


def test_a_boundary_is_found_in_the_dump_in_a_file_of_its_own_or_is_missing() -> None:
    users = [
        _user(
            Arn=f"{IAM}:user/{name}",
            PermissionsBoundary={"PermissionsBoundaryArn": f"{IAM}:policy/{name}"},
        )
        for name in ("dumped", "apart", "fetched", "lost")
    ]
    fetched = {"Arn": f"{IAM}:policy/fetched", "PolicyVersion": {"Document": _policy()}}
    account = _account(
        {
            f"{ACCOUNT}/authorization.json": _dump(
                UserDetailList=users, Policies=[_managed("dumped")]
            ),
            f"{ACCOUNT}/policies/apart.json": _policy(),
            f"{ACCOUNT}/policies/some-name.json": fetched,
        }
    )
    boundaries = [user.boundary for user in account.users]
    assert [one.name for one in boundaries if isinstance(one, Document)] == [
        "dumped",
        "apart",
        "some-name",
    ]
    assert boundaries[3] is MISSING


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_policy_in_a_file_of_its_own_is_found_in_whichever_partition(partition: str) -> None:
    arn = f"arn:{partition}:iam::{ACCOUNT}:policy/team/fence"
    user = _user(PermissionsBoundary={"PermissionsBoundaryArn": arn})
    files = {
        f"{ACCOUNT}/authorization.json": _dump(UserDetailList=[user]),
        f"{ACCOUNT}/policies/team/fence.json": _policy(),
    }
    assert isinstance(_account(files).users[0].boundary, Document)


def test_who_has_no_boundary_has_none() -> None:
    (user,) = _of_dump(UserDetailList=[_user()]).users
    assert user.boundary is None


def test_tags_that_are_not_there_were_not_collected() -> None:
    users = [_user(), _user(Tags=[]), _user(Tags=[{"Key": "team", "Value": "a"}])]
    found = [user.tags for user in _of_dump(UserDetailList=users).users]
    assert found == [None, {}, {"team": "a"}]


def test_pages_in_a_list_are_one_dump() -> None:
    pages = [
        _dump(UserDetailList=[_user()]) | {"IsTruncated": True},
        _dump(Policies=[_managed("shared")]) | {"IsTruncated": False},
    ]
    assert len(_account({f"{ACCOUNT}/authorization.json": pages}).users) == 1


def test_documents_may_be_url_encoded_as_the_raw_api_has_them() -> None:
    from urllib.parse import quote

    text = quote(json.dumps(_policy()))
    user = _user(UserPolicyList=[{"PolicyName": "own", "PolicyDocument": text}])
    (found,) = _of_dump(UserDetailList=[user]).users
    assert _names(found.policies) == ["own of user ann"]


def test_what_has_no_file_was_not_collected() -> None:
    account = _account({f"{ACCOUNT}/secrets.json": {"SecretList": [{"ARN": SECRET}]}})
    assert account.identities is False
    assert account.scps is MISSING
    assert account.rcps is MISSING
    assert account.org_id is None
    (secret,) = account.secrets
    assert secret.policy is MISSING
    assert secret.tags is None


def test_a_secret_is_read_with_all_that_evaluation_asks_for() -> None:
    secret = {
        "ARN": SECRET,
        "KmsKeyId": "alias/scale",
        "ResourcePolicy": json.dumps(_policy() | {"Statement": [_denial()]}),
        "Tags": [{"Key": "mode", "Value": "live"}],
        "RotationLambdaARN": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:rotate",
        "DeletedDate": "2026-11-24T12:00:00+00:00",
        "VersionIdsToStages": {"old": ["AWSPREVIOUS"], "new": ["AWSCURRENT"]},
    }
    key = {"Arn": KEY, "Aliases": [{"AliasName": "alias/scale"}]}
    account = _account(
        {f"{ACCOUNT}/secrets.json": {"SecretList": [secret]}, f"{ACCOUNT}/keys.json": [key]}
    )
    (found,) = account.secrets
    assert (found.key, found.version) == (KEY, "new")
    assert found.rotation.endswith(":rotate")
    assert found.deleted
    assert found.tags == {"mode": "live"}
    assert isinstance(found.policy, Document)
    assert found.policy.name == "resource policy of scale/key-AbCdEf"


def _denial() -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, ""),
        ("alias/aws/secretsmanager", ""),
        (KEY.rpartition("/")[2], KEY),
        (KEY, KEY),
        ("arn:aws:kms:eu-west-1:444455556666:key/9", "arn:aws:kms:eu-west-1:444455556666:key/9"),
        ("alias/unheard-of", f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/unheard-of"),
        (
            "arn:aws:kms:eu-west-1:444455556666:alias/theirs",
            "arn:aws:kms:eu-west-1:444455556666:alias/theirs",
        ),
    ],
    ids=["absent", "default alias", "id", "arn", "abroad", "unknown alias", "alias abroad"],
)
def test_a_key_is_resolved_from_however_it_is_written(written: str | None, expected: str) -> None:
    secret = {"ARN": SECRET, "KmsKeyId": written, "ResourcePolicy": None}
    (found,) = _account({f"{ACCOUNT}/secrets.json": {"SecretList": [secret]}}).secrets
    assert found.key == expected
    assert found.policy is None


def test_a_key_is_read_with_its_grants() -> None:
    grant = {
        "GrantId": "g-1",
        "GranteePrincipal": f"{IAM}:role/ci",
        "Operations": ["Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"SecretARN": SECRET}},
    }
    key = {
        "Arn": KEY,
        "KeyManager": "AWS",
        "KeyState": "Disabled",
        "Grants": [grant],
        "Tags": [{"TagKey": "use", "TagValue": "scale"}],
        "Aliases": ["alias/scale"],
    }
    account = _account({f"{ACCOUNT}/keys.json": [key]})
    found = account.keys[KEY]
    assert found.managed
    assert found.state == "Disabled"
    assert found.policy is MISSING
    assert (found.tags, found.aliases) == ({"use": "scale"}, ("alias/scale",))
    assert not isinstance(found.grants, Missing)
    assert found.grants[0].operations == {"Decrypt"}
    assert found.grants[0].constraints_subset == {"SecretARN": SECRET}
    assert found.grants[0].constraints_equal is None


def test_a_key_without_what_belongs_to_it_has_it_missing() -> None:
    found = _account({f"{ACCOUNT}/keys.json": [{"Arn": KEY}]}).keys[KEY]
    assert (found.policy, found.grants) == (MISSING, MISSING)
    assert (found.tags, found.aliases) == (None, None)


def _fails(files: dict[str, Any]) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        _account(files)
    return caught.value


@pytest.mark.parametrize(
    ("path", "content", "line", "reason"),
    [
        ("authorization.json", '{\n "UserDetailList": [,', 2, "invalid JSON"),
        ("authorization.json", '{\n"Policies": []}', 1, "the file has no UserDetailList"),
        ("authorization.json", '"x"', 1, "the file must be an object"),
        (
            "authorization.json",
            _dump(UserDetailList=[{"UserName": "ann"}]),
            3,
            "UserDetailList[0] has no Arn",
        ),
        ("authorization.json", _dump(UserDetailList={}), 2, "UserDetailList must be a list"),
        (
            "authorization.json",
            _dump(UserDetailList=[{"Arn": 7}]),
            4,
            "UserDetailList[0].Arn must be a string",
        ),
        (
            "authorization.json",
            [_dump() | {"IsTruncated": True}],
            7,
            "[0].IsTruncated is true on the last page",
        ),
        (
            "secrets.json",
            '{"SecretList": [\n{"ARN": "x"}]}',
            2,
            "has no ARN of secretsmanager: x",
        ),
        ("keys.json", '[\n{"Arn": "x"}]', 2, "has no Arn of kms: x"),
        ("secrets.json", '{"SecretList": [\n{"ARN": "x", "ARN": "y"}]}', 2, "has ARN twice"),
        (
            "keys.json",
            [{"Arn": "arn:aws:kms:eu-west-1:444455556666:key/1"}],
            2,
            "is of account 444455556666",
        ),
        (
            "keys.json",
            [{"Arn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/a"}],
            2,
            "[0] has an Arn that is not a key's",
        ),
        (
            "secrets.json",
            {"SecretList": [{"ARN": SECRET.removesuffix("-AbCdEf")}]},
            3,
            "has an ARN that is not a secret's",
        ),
        (
            "secrets.json",
            {"SecretList": [{"ARN": SECRET, "RotationLambdaARN": "rotate"}]},
            3,
            "has no ARN as its RotationLambdaARN",
        ),
        (
            "secrets.json",
            {"SecretList": [{"ARN": SECRET, "ResourcePolicy": ["x"]}]},
            5,
            "SecretList[0].ResourcePolicy is no policy: neither an object nor text",
        ),
        ("policies/a.json", '{"PolicyVersion": {}}', 1, "PolicyVersion has no Document"),
        ("other.json", "{}", 0, "not a file that is read here"),
    ],
    ids=lambda value: value if isinstance(value, str) and "{" not in value else "",
)
def test_an_error_names_file_line_and_reason(
    path: str, content: Any, line: int, reason: str
) -> None:
    files = {f"{ACCOUNT}/authorization.json": _dump(), f"{ACCOUNT}/{path}": content}
    error = _fails(files)
    assert (error.file, error.line) == (f"{ACCOUNT}/{path}", line)
    assert reason in error.reason


def test_a_policy_that_aws_would_refuse_is_named_in_its_dump() -> None:
    wrong = _policy() | {"Statement": [{"Effect": "Maybe", "Action": "*", "Resource": "*"}]}
    user = _user(UserPolicyList=[{"PolicyName": "own", "PolicyDocument": wrong}])
    error = _fails({f"{ACCOUNT}/authorization.json": _dump(UserDetailList=[user])})
    assert error.file == f"{ACCOUNT}/authorization.json"
    assert error.line > 10
    assert "Effect" in error.reason
