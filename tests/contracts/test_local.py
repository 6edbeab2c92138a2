"""The local store keeps the contracts, on real files with real age encryption."""

from __future__ import annotations

from pathlib import Path

import pytest

from scale_secrets.operation import Operation
from scale_secrets.stores.interface import Store
from tests.contracts.local_harness import LocalHarness
from tests.contracts.store_contract import (
    CANARY,
    BinaryContract,
    DeniedContract,
    FieldsContract,
    LabelsContract,
    SoftDeleteContract,
    StagesContract,
    StoreContract,
    VersionsContract,
    WholeContract,
    WriterContract,
    write,
)


class TestLocal(
    StoreContract,
    DeniedContract,
    SoftDeleteContract,
    WriterContract,
    WholeContract,
    BinaryContract,
    FieldsContract,
    VersionsContract,
    StagesContract,
    LabelsContract,
):
    @pytest.fixture(params=[None, "api_key"], ids=["whole", "field"])
    def harness(self, tmp_path: Path, request: pytest.FixtureRequest) -> LocalHarness:
        return LocalHarness(tmp_path, request.param)

    def test_an_undeleted_secret_is_back(
        self, harness: LocalHarness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        version = write(store, path, CANARY, harness.field).version
        harness.soft_delete(path)
        assert [info.state for info in store.versions(path, during)] == ["deleted"]
        harness.open().undelete(path, during)
        assert store.get(path, None, during).version == version

    def test_a_write_after_a_deletion_revives_no_field(
        self, harness: LocalHarness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        write(store, path, CANARY, "old")
        harness.soft_delete(path)
        write(store, path, "fresh", "new")
        assert set(store.get(path, None, during).content.fields or {}) == {"new"}

    def test_a_batch_tells_failures_apart_from_records(
        self, harness: LocalHarness, during: Operation
    ) -> None:
        store = harness.open()
        path, missing = harness.fresh_path(), harness.fresh_path()
        first = write(store, path, "one", harness.field).version
        write(store, path, "two", harness.field)
        got = store.get_many([(path, first), (missing, None), (path, None)], during)
        assert [getattr(one, "version", None) for one in got] == [first, None, "2"]
        assert missing in str(got[1])
