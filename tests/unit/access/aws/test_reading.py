"""What an action on a secret means in calls of AWS."""

from __future__ import annotations

import pytest

from scale_secrets.access.aws.model import AwsSecret, Caller, CallerKind
from scale_secrets.access.aws.reading import Call, Target, asides, every_way, ways
from scale_secrets.access.verdict import Action
from scale_secrets.errors import UsageError

ACCOUNT = "111122223333"
SECRET = AwsSecret(f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:scale/key-AbCdEf")
ROTATED = AwsSecret(
    SECRET.arn, rotation=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:rotate-scale-key"
)
AT_HOME = Caller(CallerKind.ROLE, f"arn:aws:iam::{ACCOUNT}:role/ci", ACCOUNT)
ABROAD = Caller(CallerKind.ROLE, "arn:aws:iam::444455556666:role/ci", "444455556666")


def _names(action: Action, secret: AwsSecret = SECRET, caller: Caller = AT_HOME) -> set[str]:
    return {
        " ".join(call.action.partition(":")[2] for call in way)
        for way in ways(action, secret, caller)
    }


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (Action.READ, {"GetSecretValue Decrypt"}),
        (Action.LIST, {"DescribeSecret", "ListSecrets"}),
        (
            Action.WRITE,
            {"PutSecretValue GenerateDataKey Decrypt", "UpdateSecret GenerateDataKey Decrypt"},
        ),
        (
            Action.ROTATE,
            {"PutSecretValue UpdateSecretVersionStage GenerateDataKey Decrypt"},
        ),
        (Action.DELETE, {"DeleteSecret"}),
        (Action.DESTROY, {"DeleteSecret"}),
        (Action.CHANGE_POLICY, {"PutResourcePolicy", "DeleteResourcePolicy"}),
    ],
    ids=lambda value: str(value) if isinstance(value, Action) else "",
)
def test_an_action_is_a_choice_of_ways_of_calls(action: Action, expected: set[str]) -> None:
    assert _names(action) == expected


def test_a_secret_with_a_rotation_function_can_be_rotated_by_it() -> None:
    assert "RotateSecret InvokeFunction" in _names(Action.ROTATE, ROTATED)


def test_listing_shows_only_the_callers_own_account() -> None:
    assert _names(Action.LIST, caller=ABROAD) == {"DescribeSecret"}


def test_deleting_and_destroying_differ_by_what_the_call_asks_for() -> None:
    key = "secretsmanager:forcedeletewithoutrecovery"
    asked = {action: every_way(action)[0][0].parameters[key] for action in _DELETIONS}
    assert asked == {Action.DELETE: ("false",), Action.DESTROY: ("true",)}


_DELETIONS = (Action.DELETE, Action.DESTROY)


def test_only_a_read_decrypts_the_version_that_is_current() -> None:
    current = {
        action: [call.current for way in every_way(action) for call in way if _decrypts(call)]
        for action in (Action.READ, Action.WRITE, Action.ROTATE)
    }
    assert current == {Action.READ: [True], Action.WRITE: [False, False], Action.ROTATE: [False]}


def _decrypts(call: Call) -> bool:
    return call.action == "kms:Decrypt"


def test_a_policy_of_the_key_is_no_way_to_change_who_reads() -> None:
    targets = {call.target for way in every_way(Action.CHANGE_POLICY) for call in way}
    assert targets == {Target.SECRET}
    assert {call.action for call, _ in asides(Action.CHANGE_POLICY)} == {
        "kms:PutKeyPolicy",
        "kms:CreateGrant",
    }


def test_patching_does_not_exist_and_the_error_says_what_does() -> None:
    with pytest.raises(UsageError) as caught:
        ways(Action.PATCH, SECRET, AT_HOME)
    assert caught.value.message == "secrets of AWS have no action patch"
    assert caught.value.hint == "a value is replaced as a whole: ask for write"
