"""What is read for a command that runs, when a difference counts, and what is written for it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from scale_secrets.errors import DeniedError, UnreachableError
from scale_secrets.operation import Deadline, Operation
from scale_secrets.service import watch
from scale_secrets.service.doors import Door
from scale_secrets.service.process import ChildEnvironment, Request, write_files
from scale_secrets.service.session import Session
from scale_secrets.service.watch import Reading, Settling, Source, Step
from scale_secrets.surroundings import Surroundings
from scale_secrets.values import SecretValue


def child(**variables: str) -> ChildEnvironment:
    return ChildEnvironment({k.encode(): v.encode() for k, v in variables.items()}, (), {})


def with_files(directory: Path, **values: str) -> ChildEnvironment:
    files = {directory / name: SecretValue(value) for name, value in values.items()}
    return ChildEnvironment({}, (), files)


OLD, NEW, NEWER = child(A="old"), child(A="new"), child(A="newer")


def steps(*readings: ChildEnvironment, debounced: bool = True) -> list[Step]:
    """What is said of readings one after another, while the command has ``OLD``."""
    settling = Settling(debounced=debounced)
    return [settling.see(reading, OLD) for reading in readings]


class TestSettling:
    def test_a_change_counts_when_it_is_read_twice(self) -> None:
        assert steps(OLD, NEW, NEW) == [Step.SAME, Step.WAIT, Step.CHANGED]

    def test_what_is_still_changing_waits(self) -> None:
        assert steps(NEW, NEWER, NEWER) == [Step.WAIT, Step.WAIT, Step.CHANGED]

    def test_what_went_back_is_no_change(self) -> None:
        assert steps(NEW, OLD, NEW) == [Step.WAIT, Step.SAME, Step.WAIT]

    def test_without_debouncing_it_counts_at_once(self) -> None:
        assert steps(OLD, NEW, debounced=False) == [Step.SAME, Step.CHANGED]

    def test_it_tells_when_the_next_reading_is_to_confirm(self) -> None:
        settling = Settling(debounced=True)
        waiting = []
        for reading in (OLD, NEW, NEW):
            settling.see(reading, OLD)
            waiting.append(settling.waiting)
        assert waiting == [False, True, False]


class TestChanged:
    @pytest.mark.parametrize(
        ("before", "after", "names"),
        [
            ({"A": "1", "B": "2"}, {"B": "2", "A": "1"}, ()),
            ({"A": "1", "B": "2"}, {"A": "1", "B": "3"}, ("B",)),
            ({"A": "1"}, {"A": "1", "B": ""}, ("B",)),
            ({"A": "1", "B": ""}, {"A": "1"}, ("B",)),
            ({"A": "1", "B": "2"}, {"A": "2", "B": "1"}, ("A", "B")),
        ],
        ids=["none", "value", "added", "removed", "swapped"],
    )
    def test_it_names_variables(
        self, before: dict[str, str], after: dict[str, str], names: tuple[str, ...]
    ) -> None:
        assert child(**after).changed(child(**before)) == names

    def test_it_names_files_by_their_contents(self, tmp_path: Path) -> None:
        before = with_files(tmp_path, A="1", B="2")
        assert with_files(tmp_path, A="1", B="3").changed(before) == ("B",)
        assert with_files(tmp_path, A="1", B="2").changed(before) == ()

    def test_neither_shows_a_value(self, tmp_path: Path) -> None:
        shown = f"{child(A='made-up')!r} {with_files(tmp_path, A='made-up')!r}"
        assert "made-up" not in shown


class TestFiles:
    def test_only_what_changed_is_written(self, tmp_path: Path) -> None:
        place = tmp_path / "files"
        before = with_files(place, A="1", B="2", C="3")
        write_files(before)
        inodes = {file.name: file.stat().st_ino for file in place.iterdir()}
        write_files(with_files(place, A="1", B="9"), instead_of=before)
        assert {file.name: file.read_text() for file in place.iterdir()} == {"A": "1", "B": "9"}
        assert (place / "A").stat().st_ino == inodes["A"]
        assert (place / "B").stat().st_ino != inodes["B"]


class TestReading:
    @pytest.mark.parametrize("wrong", [False, True], ids=["read", "failed"])
    def test_its_outcome_is_told_when_the_thread_has_ended(self, wrong: bool) -> None:
        ended, begun = threading.Event(), threading.Event()
        error = RuntimeError("a bug")

        def read() -> ChildEnvironment:
            begun.wait(10)
            if wrong:
                raise error
            return NEW

        threads = threading.active_count()
        reading = Reading(read, ended.set)
        assert reading.outcome() is None
        begun.set()
        assert ended.wait(10)
        assert reading.outcome() is (error if wrong else NEW)
        assert threading.active_count() == threads


class TestSource:
    """Of what ``prepared`` is asked, and what it answers; the stores are real elsewhere."""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[Operation]:
        self.answers: list[Exception | ChildEnvironment] = []
        asked: list[Operation] = []

        def prepared(
            session: Session, request: Request, operation: Operation
        ) -> tuple[None, ChildEnvironment]:
            asked.append(operation)
            assert session.surroundings.ask is None, "the terminal is the command's"
            assert request.door.assume_yes, "the start was confirmed"
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return None, answer

        monkeypatch.setattr(watch, "prepared", prepared)
        return asked

    @pytest.fixture
    def source(self, tmp_path: Path) -> Source:
        def ask(_: str) -> SecretValue:
            raise AssertionError

        surroundings = Surroundings({}, tmp_path, tmp_path, ask=ask)
        self.session = Session(surroundings)
        request = Request((), Door("run", confirm=lambda _: False))
        return Source(self.session, request, Operation(Deadline(5, lambda: 0.0), "run"))

    def test_each_reading_has_a_deadline_of_its_own(
        self, source: Source, asked: list[Operation]
    ) -> None:
        self.answers = [OLD, NEW]
        assert [source.read(), source.read()] == [OLD, NEW]
        assert asked[0].deadline is not asked[1].deadline
        assert {one.deadline.seconds for one in asked} == {5}
        assert {one.command for one in asked} == {"run"}

    def test_a_confirmation_asks_for_the_last_write(
        self, source: Source, asked: list[Operation]
    ) -> None:
        self.answers = [OLD, OLD]
        source.read()
        source.read(strong=True)
        assert [one.strong for one in asked] == [False, True]

    def test_whoever_is_denied_opens_the_stores_again_once(
        self, source: Source, asked: list[Operation]
    ) -> None:
        self.answers = [DeniedError("expired"), NEW, DeniedError("no"), DeniedError("again")]
        assert source.read() is NEW
        with pytest.raises(DeniedError, match="again"):
            source.read()
        assert len(asked) == 4

    def test_another_failure_is_told_at_once(self, source: Source, asked: list[Operation]) -> None:
        self.answers = [UnreachableError("down")]
        with pytest.raises(UnreachableError):
            source.read()
        assert len(asked) == 1
