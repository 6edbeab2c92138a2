"""What the server's documents mean, case by case, without a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_secrets.errors import (
    BadAnswerError,
    ConflictError,
    DeniedError,
    NotFoundError,
    ScaleSecretsError,
    UnreachableError,
    UsageError,
)
from scale_secrets.net.messages import Answer, Request
from scale_secrets.net.retry import ThrottledError
from scale_secrets.stores.vault.answers import failure
from scale_secrets.stores.vault.client import Question
from scale_secrets.stores.vault.jsontext import Number, dumps, field_text, loads, same
from scale_secrets.stores.vault.kv import Seen, moment, record_v2, version_infos
from scale_secrets.stores.vault.settings import Settings

SERVERS_WORDS = b'{"errors": ["canary: %s"]}'


def meaning(
    status: int, words: bytes = b"", headers: Mapping[str, str] | None = None
) -> ScaleSecretsError:
    answer = Answer(status, headers or {}, SERVERS_WORDS.replace(b"%s", words))
    error = failure(answer, doing="read a", capability="read on a")
    assert "canary" not in error.message + error.hint
    assert error.hint
    return error


@pytest.mark.parametrize(
    ("status", "words", "kind", "retryable", "sent"),
    [
        (403, b"permission denied", DeniedError, None, None),
        (404, b"", NotFoundError, None, None),
        (400, b"", UsageError, None, None),
        (405, b"", UsageError, None, None),
        (413, b"", UsageError, None, None),
        (400, b"check-and-set parameter did not match the current version", ConflictError, 0, 0),
        (429, b"", ThrottledError, True, False),
        (301, b"", UnreachableError, True, False),
        (307, b"", UnreachableError, True, False),
        (412, b"", UnreachableError, True, True),
        (472, b"", UnreachableError, True, True),
        (473, b"", UnreachableError, True, True),
        (500, b"", UnreachableError, True, True),
        (502, b"", UnreachableError, True, True),
        (503, b"Vault is sealed", UnreachableError, False, False),
        (503, b"", UnreachableError, True, True),
    ],
)
def test_a_status_is_an_error_with_a_way_out(
    status: int, words: bytes, kind: type[ScaleSecretsError], retryable: bool, sent: bool
) -> None:
    error = meaning(status, words)
    assert type(error) is kind
    if isinstance(error, UnreachableError):
        assert (error.retryable, error.sent) == (retryable, sent)


def test_a_throttled_answer_says_for_how_long() -> None:
    error = meaning(429, headers={"retry-after": "3"})
    assert isinstance(error, ThrottledError)
    assert error.retry_after == 3.0


JSON = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_json_survives_reading_and_writing(document: object) -> None:
    assert json.loads(dumps(loads(json.dumps(document).encode(), doing="x"))) == document


@pytest.mark.parametrize("text", ["0", "-0", "1.10", "1e400", "123456789012345678901234567890"])
def test_a_number_keeps_its_text(text: str) -> None:
    number = loads(text.encode(), doing="x")
    assert number == Number(text)
    assert dumps([number]) == f"[{text}]"
    assert field_text(number) == text


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (b'{"a": 1, "b": 2}', b'{"b": 2, "a": 1}', True),
        (b"[1.10, 123456789012345678901234567890]", b"[1.1, 1.2345678901234568e+29]", True),
        (b'{"a": "1"}', b'{"a": 1}', False),
        (b'{"a": 1}', b'{"a": 1, "b": null}', False),
        (b"[1, 2]", b"[2, 1]", False),
    ],
)
def test_documents_are_compared_by_what_they_mean(one: bytes, other: bytes, equal: bool) -> None:
    assert same(loads(one, doing="x"), loads(other, doing="x")) is equal


@pytest.mark.parametrize(
    "text", [b"", b"{", b"NaN", b"[Infinity]", b"\xff", b"<html>", b"[" * 10**5]
)
def test_what_is_no_json_is_a_bad_answer_that_is_not_repeated(text: bytes) -> None:
    with pytest.raises(BadAnswerError) as caught:
        loads(text, doing="read a")
    assert caught.value.message == "read a: the answer is not JSON"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"data": {}, "metadata": {}},
        {"data": [], "metadata": {"version": Number("1")}},
        {"data": {"a": "\ud800"}, "metadata": {"version": Number("1")}},
        {"data": {}, "metadata": {"version": "1"}},
    ],
)
def test_a_record_that_is_none_is_a_bad_answer(document: dict[str, object]) -> None:
    with pytest.raises(BadAnswerError):
        record_v2("a", document, doing="read a")


def test_a_deletion_that_lies_ahead_has_not_happened() -> None:
    entry = {"created_time": "2026-01-01T00:00:00.123456789Z", "destroyed": False}
    metadata = {
        "current_version": Number("2"),
        "versions": {
            "1": {**entry, "deletion_time": "2026-01-02T00:00:00Z"},
            "2": {**entry, "deletion_time": "9998-01-02T00:00:00Z"},
        },
    }
    infos = version_infos(metadata, doing="x")
    assert [(info.version, info.state) for info in infos] == [("2", "available"), ("1", "deleted")]


@pytest.mark.parametrize(
    "metadata",
    [
        {"versions": {}},
        {"versions": [], "current_version": Number("1")},
        {"versions": {"a": {}}, "current_version": Number("1")},
        {"versions": {"1": None}, "current_version": Number("1")},
    ],
)
def test_versions_that_are_none_are_a_bad_answer(metadata: dict[str, object]) -> None:
    with pytest.raises(BadAnswerError):
        version_infos(metadata, doing="x")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("", None),
        ("soon", None),
        (None, None),
    ],
)
def test_a_moment_is_aware(text: object, time: datetime | None) -> None:
    assert moment(text) == time


CANARY = "live_" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "made",
    [
        Question("POST", "a", "x", "y", CANARY.encode()),
        Seen("1", {"value": CANARY}, {}),
        Settings("vault", "https://a", auth=({"method": "token", "token": CANARY},)),
        Request("GET", "https://a", {"X-Vault-Token": CANARY}, CANARY.encode()),
        Answer(200, {"a": CANARY}, CANARY.encode()),
        record_v2(
            "a", {"data": {"a": CANARY}, "metadata": {"version": Number("1")}}, doing="read a"
        ),
    ],
)
def test_no_repr_shows_a_value(made: object) -> None:
    assert CANARY not in repr(made)
