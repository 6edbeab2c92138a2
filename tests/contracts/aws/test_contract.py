"""The AWS store, against moto over HTTP, keeps the common contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.contracts.aws.harness import AwsHarness
from tests.contracts.store_contract import (
    BinaryContract,
    DeniedContract,
    FieldsContract,
    Harness,
    LabelsContract,
    SoftDeleteContract,
    StagesContract,
    StoreContract,
    VersionsContract,
    WholeContract,
    WriterContract,
)
from tests.support.moto_server import MotoServer


class TestAws(
    StoreContract,
    WriterContract,
    FieldsContract,
    WholeContract,
    BinaryContract,
    VersionsContract,
    StagesContract,
    LabelsContract,
    SoftDeleteContract,
    DeniedContract,
):
    @pytest.fixture
    def harness(self, moto: MotoServer) -> Iterator[Harness]:
        with ExitStack() as cleanup:
            yield AwsHarness(moto, cleanup)
