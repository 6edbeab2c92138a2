"""Asking again: how often, how long between, and when not."""

from __future__ import annotations

import pytest

from scale_secrets.errors import DeniedError, UnreachableError
from scale_secrets.net.retry import (
    CAP,
    LONGEST_RETRY_AFTER,
    ThrottledError,
    parse_retry_after,
    retrying,
)
from scale_secrets.operation import Deadline, Operation


class Scene:
    """A clock that only sleeping moves, and an attempt that fails as told."""

    def __init__(self, seconds: float, *failures: Exception) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.calls = 0
        self.failures = failures
        self.operation = Operation(Deadline(seconds, lambda: self.now))

    def attempt(self) -> str:
        self.calls += 1
        if self.calls <= len(self.failures):
            raise self.failures[self.calls - 1]
        return "done"

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def run(self, *, attempts: int = 4, jitter: float = 1.0) -> str:
        return retrying(
            self.attempt,
            self.operation,
            attempts=attempts,
            sleep=self.sleep,
            jitter=lambda: jitter,
        )


def passing() -> UnreachableError:
    return UnreachableError("x", retryable=True)


def test_what_passes_is_asked_again() -> None:
    scene = Scene(30, passing(), passing())
    assert scene.run() == "done"
    assert scene.calls == 3


def test_pauses_double_up_to_a_cap() -> None:
    scene = Scene(1_000, *(passing() for _ in range(9)))
    scene.run(attempts=10)
    assert scene.slept == [0.25, 0.5, 1, 2, 4, CAP, CAP, CAP, CAP]


def test_jitter_takes_from_nothing_to_all_of_a_pause() -> None:
    scene = Scene(30, passing())
    scene.run(jitter=0.0)
    assert scene.slept == [0.0]


def test_the_last_error_is_raised_when_attempts_end() -> None:
    last = passing()
    scene = Scene(30, passing(), passing(), last)
    with pytest.raises(UnreachableError) as caught:
        scene.run(attempts=3)
    assert caught.value is last
    assert scene.calls == 3


@pytest.mark.parametrize("error", [UnreachableError("x"), DeniedError("x"), KeyError("x")])
def test_what_will_not_pass_is_raised_at_once(error: Exception) -> None:
    scene = Scene(30, error)
    with pytest.raises(type(error)):
        scene.run()
    assert scene.calls == 1


def test_no_pause_reaches_beyond_the_deadline() -> None:
    scene = Scene(0.6, *(passing() for _ in range(9)))
    with pytest.raises(UnreachableError):
        scene.run(attempts=10)
    assert scene.slept == [0.25]


def test_retry_after_is_honoured() -> None:
    scene = Scene(30, ThrottledError("x", retry_after=3.0))
    scene.run()
    assert scene.slept == [3.0]


def test_retry_after_is_bounded() -> None:
    scene = Scene(30_000, ThrottledError("x", retry_after=21_600.0))
    scene.run()
    assert scene.slept == [LONGEST_RETRY_AFTER]


def test_retry_after_beyond_the_deadline_ends_at_once() -> None:
    scene = Scene(5, ThrottledError("x", retry_after=10.0))
    with pytest.raises(ThrottledError):
        scene.run()
    assert scene.slept == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3", 3.0), ("0", 0.0), (None, None), ("-1", None), ("Wed, 21 Oct 2015 07:28:00 GMT", None)],
)
def test_retry_after_counts_in_seconds_only(text: str | None, seconds: float | None) -> None:
    assert parse_retry_after(text) == seconds
