"""What every kind of store promises, as suites that each kind's tests inherit.

A kind writes one ``Harness`` (how to open, fill, deny and delete for real) and one test class that
inherits the contracts it can keep and provides the ``harness`` fixture::

    class TestLocal(StoreContract, WriterContract, FieldsContract):
        @pytest.fixture
        def harness(self, tmp_path): return LocalHarness(tmp_path)

What a kind cannot do is a contract that its class does not inherit, never a skipped test.
"""

from __future__ import annotations

import traceback
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from scale_secrets.errors import (
    ConflictError,
    DeniedError,
    FieldNotFoundError,
    NotFoundError,
    ScaleSecretsError,
    SoftDeletedError,
    UnreachableError,
)
from scale_secrets.operation import Operation, operation
from scale_secrets.stores.interface import (
    ABSENT,
    Change,
    LabelReader,
    Record,
    Store,
    VersionInfo,
    Writer,
)
from scale_secrets.values import SecretValue

CANARY = "live_" + "0123456789abcdef" * 2
STANDING = "test_" + "fedcba9876543210" * 2
ROUNDS = 8  # of each race: enough to meet the window, few enough for a slow server

HARD_TEXTS = {
    "quotes": """it's "quoted" `twice` ''""",
    "dollars": "$HOME ${HOME} $(id) $$ $",
    "backslashes": "\\n \\\\ C:\\new\\table \\",
    "newlines": "first\nsecond\n\nfourth\n",
    "carriage-returns": "first\r\nsecond\rthird\r",
    "tabs-and-spaces": "\t leading and trailing \t ",
    "json-object": '{"api_key": "inner", "n": [1, null]}',
    "json-string": '"quoted"',
    "json-number": "0123",
    "json-null": "null",
    "shell-comment": "# = ; & | > < * ? ! ~ %41 %%",
    "html": "<b>&amp;</b>",
    "latin": "naïve Größe ¥",
    "emoji": "🐈\u200d⬛ 👩🏽\u200d🚀",
    "combining": "e\u0301 is not \u00e9",
    "right-to-left": "\u202eמפתח\u202c",
    "edges-of-unicode": "\ufeff\u2028\u2029\uffff\U0010ffff",
    "scale-key": CANARY,
}
HARD_FIELDS = (
    "dotted.name",
    "with space",
    "sl/ash",
    'quo"te',
    "back\\slash",
    "größe-🐈",
    "a#b@c%d",
)


class Harness(ABC):
    """How to bring one kind of store, for real, into the states that the contracts ask about.

    ``field``: where a plain write of this kind goes; None writes the container's whole value.
    ``unknown_version``: a well-formed version that no container has.
    """

    field: str | None = None
    unknown_version = "999"
    max_bytes = 65_536  # the longest value that every store must keep

    @abstractmethod
    def open(self) -> Store:
        """A new, independent store that may read and write; each caller closes its own."""

    def fresh_path(self) -> str:
        """A path that no test has used."""
        return f"contract/{uuid.uuid4().hex}"

    def seed(self, path: str, text: str) -> None:
        """Make ``text`` the value of ``path``; read-only kinds do it behind the store's back."""
        store = self.open()
        try:
            write(store, path, text, self.field)
        finally:
            store.close()

    def soft_delete(self, path: str) -> None:
        """Delete the current version of ``path`` so that it could be restored."""
        raise NotImplementedError

    def denied(self) -> Store:
        """A store whose credential is valid and may not read."""
        raise NotImplementedError


def write(
    store: Store,
    path: str,
    text: str,
    field: str | None,
    *,
    expected: str | None = None,
    labels: dict[str, str] | None = None,
) -> VersionInfo:
    assert isinstance(store, Writer)
    return store.put(path, Change(SecretValue(text), field, expected, labels), operation())


def held(record: Record, field: str | None) -> str:
    """The text that ``record`` holds, whole or in a field."""
    if field is None:
        assert record.content.whole is not None
        return record.content.whole.reveal()
    assert record.content.fields is not None
    return record.content.fields[field].reveal()


def assert_value_free(error: BaseException, *values: str) -> None:
    """No printing of ``error``, its hint, or its chain of causes shows one of ``values``.

    A traceback quotes source lines, so ``values`` must not stand literally in the code.
    """
    shown = "".join(traceback.format_exception(error)) + repr(error)
    while isinstance(error, BaseException):
        shown += repr(error.args) + str(getattr(error, "hint", ""))
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    for value in values:
        assert value not in shown


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


Written = tuple[str, VersionInfo]


def writing(
    path: str, text: str, field: str | None, expected: str | None = None
) -> Callable[[Store], Written]:
    """A writer for ``race``, which tells what it wrote."""
    return lambda own: (text, write(own, path, text, field, expected=expected))


def race(
    harness: Harness, writers: Sequence[Callable[[Store], Written]]
) -> list[Written | ScaleSecretsError]:
    """Let each writer go at once, each with a store of its own; an error is its result."""
    start = Barrier(len(writers))

    def run(writer: Callable[[Store], Written]) -> Written | ScaleSecretsError:
        own = harness.open()
        try:
            start.wait(timeout=30)
            return writer(own)
        except ScaleSecretsError as error:
            return error
        finally:
            own.close()

    with ThreadPoolExecutor(len(writers)) as pool:
        return list(pool.map(run, writers))


def assert_one_winner(
    results: Sequence[Written | ScaleSecretsError], record: Record, field: str | None
) -> str:
    """Exactly one wrote, the others conflicted, and its value stands. Returns its version."""
    winners = [result for result in results if isinstance(result, tuple)]
    losers = [result for result in results if not isinstance(result, tuple)]
    assert len(winners) == 1
    assert [type(error) for error in losers] == [ConflictError] * (len(results) - 1)
    for error in losers:
        assert_value_free(error, CANARY)
    text, info = winners[0]
    assert held(record, field) == text
    assert record.version == info.version
    return info.version
