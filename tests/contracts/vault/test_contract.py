"""The common contract on a real OpenBao: KV version 2 in full, version 1 as far as it goes."""

from __future__ import annotations

import pytest

from tests.contracts.store_contract import (
    DeniedContract,
    FieldsContract,
    Harness,
    LabelsContract,
    SoftDeleteContract,
    StagesContract,
    StoreContract,
    VersionsContract,
    WriterContract,
)
from tests.support.openbao import OpenBao
from tests.support.vault import VaultHarness, VaultV1Harness


class TestKvVersion2(
    DeniedContract,
    SoftDeleteContract,
    WriterContract,
    FieldsContract,
    VersionsContract,
    StagesContract,
    LabelsContract,
    StoreContract,
):
    @pytest.fixture
    def harness(self, bao: OpenBao) -> Harness:
        return VaultHarness(bao)


class TestKvVersion1(DeniedContract, StoreContract):
    @pytest.fixture
    def harness(self, bao: OpenBao) -> Harness:
        return VaultV1Harness(bao)
