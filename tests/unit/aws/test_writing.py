"""Writing, where the way to AWS is scripted: what was not sent, and what may not be read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from scale_secrets.errors import (
    ConflictError,
    DeniedError,
    NotFoundError,
    ScaleSecretsError,
    UnreachableError,
    UsageError,
)
from scale_secrets.operation import Operation, operation
from scale_secrets.stores.aws.caller import Caller
from scale_secrets.stores.aws.writing import put
from scale_secrets.stores.interface import ABSENT, Change, Content, Reader, Record, VersionInfo
from scale_secrets.values import SecretValue

Script = Mapping[str, ScaleSecretsError | dict[str, Any]]
UNSENT = UnreachableError("no way", hint="mend it", sent=False)
LOST = UnreachableError("no answer", hint="try again", sent=True)
REFUSED = UsageError("refused", hint="x")
DENIED = DeniedError("denied", hint="x")


class ScriptedCaller:
    """Answers each action as scripted, else with success; keeps the actions."""

    place = 'store "aws"'

    def __init__(self, script: Script) -> None:
        self._script = script
        self.actions: list[str] = []

    def ask(self, action: str, _: Operation, **__: Any) -> dict[str, Any]:
        name = action.partition(":")[2]
        self.actions.append(name)
        answer = self._script.get(name, {"ARN": "x", "VersionId": "x"})
        if isinstance(answer, ScaleSecretsError):
            raise answer
        return answer

    tell = ask


class OneSecret(Reader):
    """Holds ``version``, or nothing."""

    def __init__(self, version: str | None) -> None:
        self._version = version

    def get(self, path: str, version: str | None, operation: Operation) -> Record:
        if self._version is None:
            raise NotFoundError(path)
        return Record(path, self._version, Content(SecretValue("before")))

    def versions(self, path: str, operation: Operation) -> Sequence[VersionInfo]:
        raise NotImplementedError

    def list(self, prefix: str, operation: Operation) -> Sequence[str]:
        raise NotImplementedError


def attempt(
    script: Script, held: str | None = "v1", expected: str | None = None
) -> tuple[ScaleSecretsError | None, Sequence[str]]:
    """Write, and tell how that failed and which actions it took."""
    caller = ScriptedCaller(script)
    change = Change(SecretValue("after"), expected=expected)
    try:
        put(OneSecret(held), cast(Caller, caller), "k", change, operation(), region="")
    except ScaleSecretsError as error:
        return error, caller.actions
    return None, caller.actions


@pytest.mark.parametrize("action", ["PutSecretValue", "UpdateSecretVersionStage"])
def test_what_was_not_sent_is_not_read_back(action: str) -> None:
    error, actions = attempt({action: UNSENT})
    assert error is UNSENT
    assert "DescribeSecret" not in actions


def test_a_creation_that_was_not_sent_is_not_read_back() -> None:
    error, actions = attempt({"CreateSecret": UNSENT}, held=None, expected=ABSENT)
    assert error is UNSENT
    assert actions == ["CreateSecret"]


def test_a_refused_swap_is_a_conflict_even_for_who_may_not_describe() -> None:
    error, _ = attempt({"UpdateSecretVersionStage": REFUSED, "DescribeSecret": DENIED})
    assert isinstance(error, ConflictError)


def test_a_lost_creation_race_is_a_conflict_even_for_who_may_not_describe() -> None:
    script = {"CreateSecret": ConflictError("exists"), "DescribeSecret": DENIED}
    error, _ = attempt(script, held=None)
    assert isinstance(error, ConflictError)


def test_a_first_value_whose_answer_is_lost_is_told_by_what_is_current() -> None:
    """AWS makes a secret's first version current at once, so here the put alone may suffice."""
    nothing = {"ARN": "x", "VersionIdsToStages": {}}
    script: Script = {
        "CreateSecret": ConflictError("exists"),
        "DescribeSecret": nothing,
        "PutSecretValue": LOST,
    }
    error, actions = attempt(script, held=None)
    assert type(error) is UnreachableError
    assert "nothing was changed" in error.message
    assert actions[-1] == "DescribeSecret"


def test_an_expected_version_that_is_not_current_sends_nothing() -> None:
    error, actions = attempt({}, held="v2", expected="v1")
    assert isinstance(error, ConflictError)
    assert actions == []


def test_labels_go_before_the_value_and_the_own_label_goes_last() -> None:
    caller = ScriptedCaller({})
    change = Change(SecretValue("after"), labels={"scale-mode": "live"})
    put(OneSecret("v1"), cast(Caller, caller), "k", change, operation(), region="")
    assert caller.actions == [
        "TagResource",
        "PutSecretValue",
        "UpdateSecretVersionStage",
        "UpdateSecretVersionStage",
    ]
