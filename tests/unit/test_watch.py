"""When a difference between two readings counts, and what is written for it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from scale_secrets.service.process import ChildEnvironment, write_files
from scale_secrets.service.watch import Reading, Settling, Step
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
