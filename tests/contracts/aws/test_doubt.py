"""Commands to AWS whose answer is lost: what reading them back makes of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from scale_secrets.errors import (
    ConflictError,
    ScaleSecretsError,
    UnreachableError,
    WriteInDoubtError,
)
from scale_secrets.operation import operation
from scale_secrets.stores.aws.store import AwsStore
from scale_secrets.stores.interface import ABSENT, Change
from scale_secrets.values import SecretValue
from tests.contracts.aws.harness import Opening, within
from tests.contracts.store_contract import CANARY, assert_value_free, held, write
from tests.support.aws_stub import AwsStub, Call, Manner, Reply, aws_stub, forward
from tests.support.moto_server import MotoServer


class TestWritesInDoubt:
    """moto carries a command out, or not; its answer is lost. Reading back settles it."""

    @pytest.fixture
    def path(self) -> str:
        return f"doubt/{uuid.uuid4().hex}"

    LOST = (
        Reply(manner=Manner.LOST),
        Reply(manner=Manner.HANG),
        Reply(b"<html>bad gateway</html>", 502),
        Reply(b"<html>fine</html>"),
        Reply(b""),
        Reply(b"{}"),
    )
    IDS = ("lost", "hang", "502", "html", "empty", "no-member")

    @pytest.mark.parametrize("reply", LOST, ids=IDS)
    @pytest.mark.parametrize("action", ["PutSecretValue", "UpdateSecretVersionStage"])
    def test_a_replacement_that_happened_is_a_success(
        self, moto: MotoServer, opening: Opening, path: str, action: str, reply: Reply
    ) -> None:
        write(opening(moto.environ), path, "before", None)
        with self.losing(moto, action, reply, done=True) as stub:
            info = write_in(opening(stub.environ), path, 3.0)
        record = opening(moto.environ).get(path, None, operation())
        assert (record.version, held(record, None)) == (info.version, CANARY)

    @pytest.mark.parametrize("reply", LOST, ids=IDS)
    @pytest.mark.parametrize("action", ["PutSecretValue", "UpdateSecretVersionStage"])
    def test_a_replacement_that_did_not_happen_is_unreachable(
        self, moto: MotoServer, opening: Opening, path: str, action: str, reply: Reply
    ) -> None:
        before = write(opening(moto.environ), path, "before", None)
        with self.losing(moto, action, reply, done=False) as stub:
            told = doubt_of(opening(stub.environ), path)
        assert type(told) is UnreachableError
        assert "nothing was changed" in told.message
        record = opening(moto.environ).get(path, None, operation())
        assert (record.version, held(record, None)) == (before.version, "before")

    @pytest.mark.parametrize("reply", LOST, ids=IDS)
    def test_a_creation_is_read_back(
        self, moto: MotoServer, opening: Opening, path: str, reply: Reply
    ) -> None:
        with self.losing(moto, "CreateSecret", reply, done=False) as stub:
            told = doubt_of(opening(stub.environ), path, expected=ABSENT)
            assert type(told) is UnreachableError
        with self.losing(moto, "CreateSecret", reply, done=True) as stub:
            info = write_in(opening(stub.environ), path, 3.0, expected=ABSENT)
        assert opening(moto.environ).get(path, None, operation()).version == info.version

    def test_a_creation_in_doubt_that_another_won_is_a_conflict(
        self, moto: MotoServer, opening: Opening, path: str
    ) -> None:
        def answer(call: Call) -> Reply:
            if call.action != "CreateSecret":
                return forward(moto.url, call)
            write(opening(moto.environ), path, "theirs", None)
            return Reply(b"", 503)

        with aws_stub(answer) as stub, pytest.raises(ConflictError):
            write_in(opening(stub.environ), path, 5.0, expected=ABSENT)

    def test_a_replacement_in_doubt_that_another_won_is_a_conflict(
        self, moto: MotoServer, opening: Opening, path: str
    ) -> None:
        write(opening(moto.environ), path, "before", None)

        def answer(call: Call) -> Reply:
            if call.parameters.get("VersionStage") != "AWSCURRENT" or "Move" not in str(
                call.parameters
            ):
                return forward(moto.url, call)
            write(opening(moto.environ), path, "theirs", None)
            return Reply(b"", 503)

        with aws_stub(answer) as stub, pytest.raises(ConflictError):
            write_in(opening(stub.environ), path, 5.0)
        assert held(opening(moto.environ).get(path, None, operation()), None) == "theirs"

    def test_a_replacement_that_was_overtaken_afterwards_is_a_success(
        self, moto: MotoServer, opening: Opening, path: str
    ) -> None:
        write(opening(moto.environ), path, "before", None)

        def answer(call: Call) -> Reply:
            reply = forward(moto.url, call)
            if call.parameters.get("MoveToVersionId") is None:
                return reply
            write(opening(moto.environ), path, "theirs", None)
            return Reply(b"", 503)

        with aws_stub(answer) as stub:
            info = write_in(opening(stub.environ), path, 5.0)
        previous = opening(moto.environ).get(path, "previous", operation())
        assert previous.version == info.version

    @pytest.mark.parametrize("action", ["CreateSecret", "UpdateSecretVersionStage"])
    def test_what_reading_back_cannot_settle_is_in_doubt(
        self, moto: MotoServer, opening: Opening, path: str, action: str
    ) -> None:
        if action != "CreateSecret":
            write(opening(moto.environ), path, "before", None)

        def answer(call: Call) -> Reply:
            if call.action == action:
                forward(moto.url, call)
            elif call.action != "DescribeSecret":
                return forward(moto.url, call)
            return Reply(b"", 503)

        with aws_stub(answer) as stub:
            told = doubt_of(opening(stub.environ), path, timeout=5.0)
        assert type(told) is WriteInDoubtError
        assert opening(moto.environ).get(path, None, operation()).version in told.hint

    @contextmanager
    def losing(
        self, moto: MotoServer, action: str, reply: Reply, *, done: bool
    ) -> Iterator[AwsStub]:
        """moto, but for the first call of ``action``: its answer is lost."""
        met: list[Call] = []

        def answer(call: Call) -> Reply:
            if call.action != action or met:
                return forward(moto.url, call)
            met.append(call)
            if done:
                forward(moto.url, call)
            return reply

        with aws_stub(answer) as stub:
            yield stub
        assert met, "the fault was never met"


def write_in(store: AwsStore, path: str, timeout: float, expected: str | None = None) -> Any:
    with within(timeout):
        return store.put(path, Change(SecretValue(CANARY), expected=expected), operation(timeout))


def doubt_of(
    store: AwsStore, path: str, expected: str | None = None, timeout: float = 3.0
) -> ScaleSecretsError:
    with pytest.raises(ScaleSecretsError) as caught:
        write_in(store, path, timeout, expected)
    assert_value_free(caught.value, CANARY)
    assert caught.value.hint
    return caught.value
