"""How a write changes a document."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_secrets.errors import ConflictError, NotFoundError, SoftDeletedError, UsageError
from scale_secrets.model import Stage
from scale_secrets.stores.interface import ABSENT, Change
from scale_secrets.stores.local.document import (
    KEPT_VERSIONS,
    Document,
    current_version,
    find,
    infos,
    with_deletion,
    written,
)
from scale_secrets.values import SecretValue

NOW = datetime(2026, 2, 1, 8, tzinfo=UTC)


def put(document: Document, text: str, field: str | None = None) -> Document:
    change = Change(SecretValue(text), field, current_version(document, "a"))
    return written(document, "a", change, NOW)


def filled(writes: int) -> Document:
    document = Document()
    for number in range(1, writes + 1):
        document = put(document, f"value {number}")
    return document


@given(st.integers(1, 3 * KEPT_VERSIONS))
def test_any_number_of_writes_keeps_the_newest_versions_and_stages(writes: int) -> None:
    entry = filled(writes).entry("a")
    numbers = [version.number for version in entry.versions]
    assert numbers == list(range(max(1, writes - KEPT_VERSIONS + 1), writes + 1))
    expected = {Stage.CURRENT: writes} | ({Stage.PREVIOUS: writes - 1} if writes > 1 else {})
    assert entry.stages == expected


def test_a_version_that_holds_a_stage_outlives_the_limit() -> None:
    document = filled(2)
    entry = document.entry("a")
    pending = type(entry)(entry.versions, {**entry.stages, Stage.PENDING: 1}, entry.labels)
    document = document.with_entry("a", pending)
    for _ in range(2 * KEPT_VERSIONS):
        document = put(document, "more")
    assert find(document, "a", "pending").number == 1
    assert len(document.entry("a").versions) == KEPT_VERSIONS + 1


def test_a_write_leaves_the_document_before_it_alone() -> None:
    before = filled(1)
    put(before, "other")
    assert find(before, "a", None).content.whole == SecretValue("value 1")


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (ABSENT, "a: expected to be absent, but it is at version 2"),
        ("1", "a: expected at version 1, but it is at version 2"),
        ("latest", "a: expected at version latest, but it is at version 2"),
    ],
)
def test_another_version_than_expected_conflicts(expected: str, message: str) -> None:
    with pytest.raises(ConflictError) as caught:
        written(filled(2), "a", Change(SecretValue("x"), None, expected), NOW)
    assert caught.value.message == message


def test_expecting_a_version_of_nothing_conflicts() -> None:
    with pytest.raises(ConflictError, match="it does not exist"):
        written(Document(), "a", Change(SecretValue("x"), None, "1"), NOW)


def test_a_whole_value_does_not_take_the_place_of_fields() -> None:
    document = put(Document(), "one", "api_key")
    with pytest.raises(UsageError, match="holds fields") as caught:
        put(document, "two")
    assert "#FIELD" in caught.value.hint


def test_a_field_does_not_take_the_place_of_a_whole_value() -> None:
    with pytest.raises(UsageError, match="holds one whole value"):
        put(filled(1), "two", "api_key")


def test_after_a_deletion_the_form_may_change() -> None:
    document = with_deletion(filled(1), "a", deleted=True)
    assert set(find(put(document, "x", "api_key"), "a", None).content.fields or {}) == {"api_key"}


def test_deleting_marks_current_alone() -> None:
    document = with_deletion(filled(2), "a", deleted=True)
    assert [info.state for info in infos(document.entry("a"))] == ["deleted", "available"]
    with pytest.raises(SoftDeletedError, match="version 2 is deleted"):
        find(document, "a", None)
    assert find(document, "a", "previous").number == 1


def test_deleting_what_is_missing_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        with_deletion(Document(), "a", deleted=True)
