"""The contracts of what only some kinds can do: whole values, fields, versions, stages, labels."""

from __future__ import annotations

import pytest

from scale_secrets.errors import (
    ConflictError,
)
from scale_secrets.operation import Operation
from scale_secrets.stores.interface import (
    Change,
    LabelReader,
    Store,
    Writer,
)
from scale_secrets.values import SecretValue
from tests.contracts.contract_harness import (
    HARD_TEXTS,
    Harness,
    held,
    write,
)
from tests.contracts.contract_races import ROUNDS, race, writing

HARD_FIELDS = (
    "dotted.name",
    "with space",
    "sl/ash",
    'quo"te',
    "back\\slash",
    "größe-🐈",
    "a#b@c%d",
)


class WholeContract:
    """A container can hold one value that is no field."""

    @pytest.mark.parametrize("name", HARD_TEXTS)
    def test_a_whole_value_comes_back_exactly(
        self, harness: Harness, store: Store, during: Operation, name: str
    ) -> None:
        path = harness.fresh_path()
        write(store, path, HARD_TEXTS[name], None)
        assert held(store.get(path, None, during), None) == HARD_TEXTS[name]


class BinaryContract:
    """A whole value can be any bytes."""

    def test_every_byte_comes_back_exactly(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        assert isinstance(store, Writer)
        path = harness.fresh_path()
        data = bytes(range(256)) * 3
        store.put(path, Change(SecretValue(data)), during)
        whole = store.get(path, None, during).content.whole
        assert whole is not None
        assert whole.reveal_bytes() == data


class FieldsContract:
    """A container can hold named fields; a write of one keeps the others."""

    @pytest.mark.parametrize("name", HARD_FIELDS)
    def test_a_hard_field_name_comes_back_exactly(
        self, harness: Harness, store: Store, during: Operation, name: str
    ) -> None:
        path = harness.fresh_path()
        write(store, path, "one", name)
        record = store.get(path, None, during)
        assert record.content.fields is not None
        assert dict(record.content.fields) == {name: SecretValue("one")}

    @pytest.mark.parametrize("name", [*HARD_TEXTS, "empty"])
    def test_hard_text_in_a_field_comes_back_exactly(
        self, harness: Harness, store: Store, during: Operation, name: str
    ) -> None:
        text = HARD_TEXTS.get(name, "")
        path = harness.fresh_path()
        write(store, path, text, "api_key")
        assert held(store.get(path, None, during), "api_key") == text

    def test_a_write_keeps_the_other_fields(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        write(store, path, "one", "api_key")
        write(store, path, "two", "callback_auth_key")
        write(store, path, "three", "api_key")
        fields = store.get(path, None, during).content.fields
        assert fields is not None
        assert {name: value.reveal() for name, value in fields.items()} == {
            "api_key": "three",
            "callback_auth_key": "two",
        }

    def test_writers_of_different_fields_lose_nothing(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        """Without an expectation a writer either sees the other's write or conflicts."""
        for _ in range(ROUNDS):
            path = harness.fresh_path()
            write(store, path, "begin", "first")
            results = race(harness, [writing(path, name, name) for name in ("a", "b")])
            fields = store.get(path, None, during).content.fields or {}
            written = {result[0] for result in results if isinstance(result, tuple)}
            assert written, "at least one writer gets through"
            assert set(fields) == {"first", *written}
            for result in results:
                assert isinstance(result, tuple | ConflictError)


class VersionsContract:
    """Earlier versions stay readable."""

    def test_an_earlier_version_is_read_by_its_name(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        first = write(store, path, "one", harness.field)
        second = write(store, path, "two", harness.field)
        for info, text in ((first, "one"), (second, "two")):
            record = store.get(path, info.version, during)
            assert record.version == info.version
            assert held(record, harness.field) == text

    def test_versions_come_newest_first(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        made = [write(store, path, text, harness.field).version for text in ("one", "two")]
        assert [info.version for info in store.versions(path, during)] == made[::-1]


class StagesContract:
    """A write moves current on and leaves the version before it at previous."""

    def test_previous_is_the_version_before_current(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        first = write(store, path, "one", harness.field)
        second = write(store, path, "two", harness.field)
        assert held(store.get(path, "previous", during), harness.field) == "one"
        assert held(store.get(path, "current", during), harness.field) == "two"
        stages = {info.version: info.stages for info in store.versions(path, during)}
        assert "previous" in stages[first.version]
        assert "current" in stages[second.version]
        assert "current" not in stages[first.version]


class LabelsContract:
    """Store-side labels are merged into what stands there."""

    def test_labels_are_merged_not_replaced(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        write(store, path, "one", harness.field, labels={"scale-mode": "test", "owner": "labels"})
        write(store, path, "two", harness.field, labels={"scale-mode": "live"})
        write(store, path, "three", harness.field)
        labels = (
            store.labels(path, during)
            if isinstance(store, LabelReader)
            else store.get(path, None, during).labels
        )
        assert labels is not None
        assert {"scale-mode": "live", "owner": "labels"}.items() <= labels.items()
