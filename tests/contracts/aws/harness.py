"""How the tests of the AWS store open, deny and delete, and what they expect of any failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from scale_secrets.errors import ScaleSecretsError
from scale_secrets.operation import operation
from scale_secrets.stores.aws.store import AwsStore
from scale_secrets.stores.interface import Record, Store
from tests.contracts.store_contract import CANARY, Harness, assert_value_free
from tests.support.aws_store import open_aws
from tests.support.aws_stub import aws_stub, error, ok, secret
from tests.support.moto_server import ACCOUNT, MotoServer

PATH = "scale/live/api-key"
GOOD = ok(**secret(PATH, CANARY))
SLACK = 3.0  # seconds that a busy machine may add; what is not bounded takes 30 and more
DENIAL = (
    f"User: arn:aws:iam::{ACCOUNT}:user/ci is not authorized to perform: "
    "secretsmanager:GetSecretValue on resource: x because no identity-based policy allows it"
)
Opening = Callable[..., AwsStore]  # ``open_aws`` with a clean-up


class AwsHarness(Harness):
    field = "api_key"
    unknown_version = "0" * 32

    def __init__(self, moto: MotoServer, cleanup: ExitStack) -> None:
        self._moto = moto
        self._cleanup = cleanup

    def open(self) -> Store:
        return open_aws(self._moto.environ)

    def soft_delete(self, path: str) -> None:
        self._moto.client("secretsmanager").delete_secret(SecretId=path)

    def denied(self) -> Store:
        stub = self._cleanup.enter_context(
            aws_stub(lambda _: error("AccessDeniedException", DENIAL))
        )
        return open_aws(stub.environ)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < seconds + SLACK


def failure(store: AwsStore, timeout: float = 10.0) -> ScaleSecretsError:
    """What reading says, which must come in time, have a hint and show no value."""
    with within(timeout), pytest.raises(ScaleSecretsError) as caught:
        store.get(PATH, None, operation(timeout))
    assert caught.value.message.startswith('store "aws": ')
    assert caught.value.hint
    assert_value_free(caught.value, CANARY)
    return caught.value


def record(result: object) -> Record:
    assert isinstance(result, Record)
    return result
