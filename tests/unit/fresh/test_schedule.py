"""When the store is asked: never late, never all at once, never in a hurry."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_secrets.errors import UsageError
from scale_secrets.service.fresh import clock
from scale_secrets.service.fresh.refusals import LONGEST_PAUSE, Refusals
from scale_secrets.service.fresh.schedule import LONGEST_RETRY, Schedule

DICE = st.floats(0, 1)


@given(dice=DICE)
def test_a_refresh_comes_early_and_never_late(dice: float) -> None:
    due = Schedule(300, 3600, 10).after_success(1000, dice)
    assert 1225 <= due <= 1300


@given(dice=DICE, failures=st.integers(1, 10_000))
def test_a_retry_comes_within_bounds_and_no_later_than_a_refresh_would(
    dice: float, failures: int
) -> None:
    pause = Schedule(300, 3600, 10).after_failure(1000, failures, dice) - 1000
    assert 0.5 <= pause <= LONGEST_RETRY
    assert Schedule(2, 9, 10).after_failure(1000, failures, dice) <= 1002


def test_retries_come_more_and_more_slowly() -> None:
    schedule = Schedule(300, 3600, 10)
    pauses = [schedule.after_failure(0, count, 1.0) for count in range(1, 9)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize("name", ["refresh_every", "max_age", "timeout"])
@pytest.mark.parametrize("seconds", [0.0, -1.0, math.inf, math.nan], ids=str)
def test_a_time_that_is_none_is_refused(name: str, seconds: float) -> None:
    with pytest.raises(UsageError, match=name):
        Schedule(**{name: seconds})


def test_a_maximum_age_that_no_refresh_can_meet_is_refused() -> None:
    with pytest.raises(UsageError, match="max_age"):
        Schedule(refresh_every=300, max_age=300)


def test_refusals_have_the_store_asked_ever_more_slowly_while_nothing_changes() -> None:
    refusals, now, pauses = Refusals(), 1000.0, []
    assert refusals.open_at < now
    for _ in range(7):
        refusals.asked(now, useful=False)
        pauses.append(refusals.open_at - now)
        now = refusals.open_at
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize("later", [0.0, LONGEST_PAUSE + 1], ids=["useful", "forgotten"])
def test_refusals_begin_anew_after_a_new_key_and_after_a_while(later: float) -> None:
    refusals = Refusals()
    for _ in range(7):
        refusals.asked(1000.0, useful=False)
    now = refusals.open_at + later
    if not later:
        refusals.asked(now, useful=True)
        assert refusals.open_at == now
    refusals.asked(now, useful=False)
    assert refusals.open_at == now + 1


def test_the_clock_goes_forward_whatever_the_wall_clock_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = clock.seconds()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    after = clock.seconds()
    assert before <= after < before + 60
