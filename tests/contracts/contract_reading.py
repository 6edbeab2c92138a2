"""The contracts of reading."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scale_secrets.errors import (
    DeniedError,
    FieldNotFoundError,
    NotFoundError,
    SoftDeletedError,
)
from scale_secrets.operation import Operation, operation
from scale_secrets.stores.interface import (
    Store,
)
from tests.contracts.contract_harness import (
    CANARY,
    HARD_TEXTS,
    Harness,
    assert_value_free,
    held,
)


class StoreContract:
    """Reading: every kind keeps it."""

    @pytest.fixture
    def harness(self) -> Harness:
        raise NotImplementedError("the kind's test class provides this fixture")

    @pytest.fixture
    def store(self, harness: Harness) -> Iterator[Store]:
        opened = harness.open()
        yield opened
        opened.close()

    @pytest.fixture
    def during(self) -> Operation:
        """One operation with the default deadline."""
        return operation(command="test")

    @pytest.mark.parametrize("name", HARD_TEXTS)
    def test_hard_text_comes_back_exactly(
        self, harness: Harness, store: Store, during: Operation, name: str
    ) -> None:
        path = harness.fresh_path()
        harness.seed(path, HARD_TEXTS[name])
        assert held(store.get(path, None, during), harness.field) == HARD_TEXTS[name]

    def test_an_empty_value_comes_back_empty(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        harness.seed(path, "")
        assert held(store.get(path, None, during), harness.field) == ""

    def test_a_long_value_comes_back_exactly(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        # a JSON field needs room for its frame, and no byte of it may need an escape
        text = ("0123456789abcdef" * (harness.max_bytes // 16))[: harness.max_bytes - 512]
        path = harness.fresh_path()
        harness.seed(path, text)
        assert held(store.get(path, None, during), harness.field) == text

    def test_a_record_tells_its_path_and_version(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        harness.seed(path, "one")
        record = store.get(path, None, during)
        assert record.path == path
        assert record.version
        assert record.created is None or record.created.tzinfo is not None

    def test_current_is_what_is_read_without_a_version(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        harness.seed(path, "one")
        assert store.get(path, "current", during) == store.get(path, None, during)

    def test_a_missing_path_is_not_found(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        for read in (store.get, lambda where, _, op: store.versions(where, op)):
            with pytest.raises(NotFoundError) as caught:
                read(path, None, during)
            assert not isinstance(caught.value, SoftDeletedError | FieldNotFoundError)
            assert path in caught.value.message

    def test_an_unknown_version_is_not_found(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        harness.seed(path, CANARY)
        with pytest.raises(NotFoundError) as caught:
            store.get(path, harness.unknown_version, during)
        assert_value_free(caught.value, CANARY)

    def test_a_stage_that_nothing_holds_is_not_found(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        harness.seed(path, CANARY)
        for stage in ("previous", "pending"):
            with pytest.raises(NotFoundError) as caught:
                store.get(path, stage, during)
            assert_value_free(caught.value, CANARY)

    def test_versions_of_a_new_container_name_its_only_version(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        harness.seed(path, "one")
        (only,) = store.versions(path, during)
        assert only.version == store.get(path, None, during).version
        assert only.state == "available"
        assert "current" in only.stages

    def test_a_list_holds_what_is_at_and_below_its_prefix(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        inside = [f"{path}/b", f"{path}/a", f"{path}/deep/er"]
        outside = [f"{path}x", f"{path}-y/a"]
        for one in (*inside, *outside):
            harness.seed(one, CANARY)
        assert list(store.list(path, during)) == sorted(inside)
        assert list(store.list(inside[0], during)) == [inside[0]]
        assert {*inside, *outside} <= set(store.list("", during))

    def test_a_list_of_nothing_is_empty(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        assert list(store.list(harness.fresh_path(), during)) == []

    def test_no_repr_shows_a_value(
        self, harness: Harness, store: Store, during: Operation, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("INFO")
        path = harness.fresh_path()
        harness.seed(path, CANARY)
        record = store.get(path, None, during)
        shown = f"{record!r} {record} {store!r} {store.versions(path, during)!r} {caplog.text}"
        assert CANARY not in shown


class DeniedContract:
    """A credential that may not read is told so, never that there is nothing."""

    def test_reading_without_permission_is_denied(
        self, harness: Harness, during: Operation
    ) -> None:
        path = harness.fresh_path()
        harness.seed(path, CANARY)
        denied = harness.denied()
        try:
            with pytest.raises(DeniedError) as caught:
                denied.get(path, None, during)
        finally:
            denied.close()
        assert caught.value.hint
        assert_value_free(caught.value, CANARY)


class SoftDeleteContract:
    """A deleted secret that could be restored is told apart from a missing one."""

    def test_a_soft_deleted_secret_says_so(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        harness.seed(path, CANARY)
        harness.soft_delete(path)
        with pytest.raises(SoftDeletedError) as caught:
            store.get(path, None, during)
        assert path in caught.value.message
        assert caught.value.hint
        assert_value_free(caught.value, CANARY)
