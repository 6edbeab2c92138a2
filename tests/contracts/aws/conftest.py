"""For the tests of the AWS store: one moto server, and stores that are closed in the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from scale_secrets.operation import Operation, operation
from scale_secrets.stores.aws.store import AwsStore
from tests.contracts.aws.harness import AwsHarness, Opening
from tests.contracts.store_contract import Harness
from tests.support.aws_store import open_aws
from tests.support.moto_server import MotoServer
from tests.support.tls import Authority


@pytest.fixture(scope="session")
def moto() -> Iterator[MotoServer]:
    with MotoServer() as server:
        yield server


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def harness(moto: MotoServer) -> Iterator[Harness]:
    with ExitStack() as cleanup:
        yield AwsHarness(moto, cleanup)


@pytest.fixture
def store(moto: MotoServer) -> Iterator[AwsStore]:
    opened = open_aws(moto.environ)
    yield opened
    opened.close()


@pytest.fixture
def opening() -> Iterator[Opening]:
    """``open_aws``, whose stores are closed when the test has ended."""
    with ExitStack() as cleanup:

        def opened(environ: Mapping[str, str], **settings: Any) -> AwsStore:
            store = open_aws(environ, **settings)
            cleanup.callback(store.close)
            return store

        yield opened


@pytest.fixture
def during() -> Operation:
    return operation(command="test", environment="test")


@pytest.fixture
def plain(moto: MotoServer) -> Any:
    """A client that arranges things behind the store's back."""
    return moto.client("secretsmanager")
