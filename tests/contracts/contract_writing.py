"""The contract of writing: a compare-and-swap of which one writer of several wins."""

from __future__ import annotations

import pytest

from scale_secrets.errors import (
    ConflictError,
    NotFoundError,
    UnreachableError,
)
from scale_secrets.operation import Operation, operation
from scale_secrets.stores.interface import (
    ABSENT,
    Change,
    Store,
    Writer,
)
from scale_secrets.values import SecretValue
from tests.contracts.contract_harness import (
    CANARY,
    STANDING,
    Harness,
    assert_value_free,
    held,
    write,
)
from tests.contracts.contract_races import ROUNDS, assert_one_winner, race, writing


class WriterContract:
    """Writing is a compare-and-swap."""

    def test_a_put_creates_and_returns_the_new_version(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        info = write(store, path, "one", harness.field, expected=ABSENT)
        record = store.get(path, None, during)
        assert held(record, harness.field) == "one"
        assert info.version == record.version

    def test_a_put_with_the_right_expectation_replaces(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        first = write(store, path, "one", harness.field)
        second = write(store, path, "two", harness.field, expected=first.version)
        assert second.version != first.version
        assert held(store.get(path, None, during), harness.field) == "two"

    def test_a_put_without_expectation_replaces_what_is_current(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        write(store, path, "one", harness.field)
        write(store, path, "two", harness.field)
        assert held(store.get(path, None, during), harness.field) == "two"

    def test_creating_what_exists_conflicts(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        harness.seed(path, STANDING)
        with pytest.raises(ConflictError) as caught:
            write(store, path, CANARY, harness.field, expected=ABSENT)
        assert held(store.get(path, None, during), harness.field) == STANDING
        assert_value_free(caught.value, CANARY, STANDING)

    def test_an_outdated_expectation_conflicts(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        outdated = write(store, path, "one", harness.field).version
        write(store, path, STANDING, harness.field)
        with pytest.raises(ConflictError) as caught:
            write(store, path, CANARY, harness.field, expected=outdated)
        assert held(store.get(path, None, during), harness.field) == STANDING
        assert_value_free(caught.value, CANARY, STANDING)

    def test_expecting_a_version_of_a_missing_path_fails(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        with pytest.raises((ConflictError, NotFoundError)) as caught:
            write(store, path, CANARY, harness.field, expected=harness.unknown_version)
        with pytest.raises(NotFoundError):
            store.get(path, None, during)
        assert_value_free(caught.value, CANARY)

    def test_a_passed_deadline_changes_nothing(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        assert isinstance(store, Writer)
        path = harness.fresh_path()
        with pytest.raises(UnreachableError) as caught:
            store.put(path, Change(SecretValue(CANARY), harness.field), operation(0))
        with pytest.raises(NotFoundError):
            store.get(path, None, during)
        assert_value_free(caught.value, CANARY)

    def test_of_two_writers_with_one_expectation_exactly_one_wins(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        path = harness.fresh_path()
        version = write(store, path, "begin", harness.field).version
        for turn in range(ROUNDS):
            results = race(
                harness,
                [
                    writing(path, f"{CANARY}-{turn}-{who}", harness.field, version)
                    for who in ("a", "b")
                ],
            )
            version = assert_one_winner(results, store.get(path, None, during), harness.field)

    def test_of_two_creators_exactly_one_wins(
        self, harness: Harness, store: Store, during: Operation
    ) -> None:
        for _ in range(ROUNDS):
            path = harness.fresh_path()
            results = race(
                harness,
                [writing(path, f"{CANARY}-{who}", harness.field, ABSENT) for who in ("a", "b")],
            )
            assert_one_winner(results, store.get(path, None, during), harness.field)
