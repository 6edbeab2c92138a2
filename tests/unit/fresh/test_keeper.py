"""The keeper: who waits for what, what is given out, and what never is. The store is made up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from scale_secrets.errors import DeniedError, NotFoundError, UnreachableError, UsageError
from scale_secrets.service.application import Secrets
from scale_secrets.service.fresh import keeper as module
from tests.support.fresh import (
    NEW,
    OLD,
    Clock,
    Source,
    away,
    in_threads,
    kept,
    secrets_of,
    value_of,
)

THREADS = 200


def rotated() -> Secrets:
    return secrets_of({"api_key": NEW}, "2")


def eventually(holds: Callable[[], bool]) -> None:
    """Wait for another thread, and fail when it does not come."""
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


@pytest.fixture(autouse=True)
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread sleeps by the real clock, and is to see what ours says."""
    monkeypatch.setattr(module, "_LONGEST_WAIT", 0.005)


def is_another(secrets: Secrets) -> bool:
    return secrets["api_key"].value.reveal() != OLD


def test_a_young_value_costs_no_read_and_no_lock() -> None:
    source, clock = Source(), Clock()
    with kept(source, now=clock) as keeper:
        keeper.held()  # starts the thread
        with keeper._changed:  # held by another thread, as it may be
            assert in_threads(4, lambda: value_of(keeper)) == [OLD] * 4
    assert source.reads == 0


def test_many_readers_of_a_value_that_is_due_are_served_while_one_read_runs() -> None:
    source, clock = Source(rotated), Clock()
    source.gate.clear()
    with kept(source, now=clock) as keeper:
        keeper.held()
        clock.now = 1300.0
        assert source.reading.wait(10)
        assert in_threads(THREADS, lambda: value_of(keeper)) == [OLD] * THREADS
        source.gate.set()
        eventually(lambda: value_of(keeper) == NEW)
    assert source.reads == 1


def test_many_readers_of_a_value_that_is_too_old_wait_for_one_read() -> None:
    source, clock = Source(rotated), Clock()
    source.gate.clear()
    with kept(source, now=clock) as keeper:
        clock.now = 4600.0
        threading.Timer(0.3, source.gate.set).start()
        assert in_threads(THREADS, lambda: value_of(keeper)) == [NEW] * THREADS
    assert source.reads == 1
    assert source.most_at_once == 1


def test_an_outage_is_survived_up_to_the_maximum_age_and_not_beyond() -> None:
    source, clock = Source(away), Clock()
    with kept(source, now=clock) as keeper:
        keeper.held()
        clock.now = 1300.0
        eventually(lambda: source.reads == 1)
        for clock.now in (1300.5, 3000.0, 4599.9):
            assert value_of(keeper) == OLD
        clock.now = 4600.0
        with pytest.raises(UnreachableError) as caught:
            keeper.held()
        assert caught.value.message == (
            'store "main": the server is away (last read 3.6e+03 s ago; max_age is 3600 s)'
        )
        assert caught.value.hint == "wait for it"


def test_after_the_outage_the_next_reader_gets_a_value_again() -> None:
    source, clock = Source(away), Clock()
    with kept(source, now=clock) as keeper:
        clock.now = 5000.0
        with pytest.raises(UnreachableError):
            keeper.held()
        source.answer = rotated
        clock.now = 5002.0
        assert value_of(keeper) == NEW


def test_readers_during_an_outage_do_not_hammer_the_store() -> None:
    source, clock = Source(away), Clock()
    with kept(source, now=clock) as keeper:
        clock.now = 5000.0
        for _ in range(50):
            with pytest.raises(UnreachableError):
                keeper.held()
    assert source.reads == 1, "the retries are the thread's, by its schedule"


def test_each_reader_gets_an_error_of_its_own() -> None:
    source, clock = Source(away), Clock()
    with kept(source, now=clock) as keeper:
        clock.now = 5000.0
        errors = in_threads(8, keeper.held)
        assert len({id(error) for error in errors}) == 8
        assert all(isinstance(error, UnreachableError) for error in errors)
        assert keeper._failure is not None
        assert keeper._failure.like.__traceback__ is None, "its frames would hold the values"


def test_retries_come_more_and_more_slowly() -> None:
    source, clock = Source(away), Clock()
    with kept(source, now=clock) as keeper:
        keeper.held()
        for reads, due in enumerate((1300.0, 1300.5, 1301.5, 1303.5), start=1):
            clock.now = due
            eventually(lambda reads=reads: source.reads == reads)
            eventually(lambda reads=reads: keeper._ended == reads)
            clock.now = due + 0.4  # the next one is not due yet
            time.sleep(0.03)
            assert source.reads == reads


@pytest.mark.parametrize("error", [DeniedError, NotFoundError], ids=lambda error: error.__name__)
def test_whatever_the_store_says_the_last_good_value_serves_until_it_is_too_old(
    error: type[DeniedError],
) -> None:
    def refused() -> Secrets:
        raise error("no", hint="mend it")

    source, clock = Source(refused), Clock()
    with kept(source, now=clock) as keeper:
        with pytest.raises(error):
            keeper.renew()
        assert value_of(keeper) == OLD
        clock.now = 4600.0
        with pytest.raises(error, match="max_age"):
            keeper.held()


def test_a_foreign_error_ends_neither_the_thread_nor_tells_its_text() -> None:
    def broken() -> Secrets:
        raise RuntimeError(OLD)

    source, clock = Source(broken), Clock()
    with kept(source, now=clock) as keeper:
        with pytest.raises(module.ScaleSecretsError) as caught:
            keeper.renew()
        assert OLD not in f"{caught.value} {caught.value.hint}"
        source.answer = rotated
        assert keeper.renew().secrets["api_key"].version == "2"


def test_a_read_that_took_longer_than_max_age_brings_nothing() -> None:
    clock = Clock()

    def slow() -> Secrets:
        clock.now += 4000.0
        return rotated()

    with kept(Source(slow), now=clock) as keeper:
        clock.now = 5000.0
        with pytest.raises(UnreachableError, match="longer than max_age"):
            keeper.held()


def test_a_refresh_is_a_read_that_began_after_the_call() -> None:
    source, clock = Source(), Clock()
    source.gate.clear()
    with kept(source, now=clock) as keeper:
        keeper.held()
        clock.now = 1300.0
        assert source.reading.wait(10)  # a read from before the rotation is under way
        done: list[str] = []
        asking = threading.Thread(
            target=lambda: done.append(keeper.renew().secrets["api_key"].version)
        )
        asking.start()
        time.sleep(0.1)  # for it to begin to wait; nothing goes wrong when it comes late
        source.answer = _after_one(source.answer, rotated)
        source.gate.set()
        asking.join(10)
        assert done == ["2"]
    assert source.reads == 2


def _after_one(first: Callable[[], Secrets], then: Callable[[], Secrets]) -> Callable[[], Secrets]:
    answers = iter([first])

    def answer() -> Secrets:
        return next(answers, then)()

    return answer


def test_many_refused_requests_cause_one_read_when_it_brings_the_new_key() -> None:
    source, clock = Source(rotated), Clock()
    source.gate.clear()
    with kept(source, now=clock) as keeper:
        threading.Timer(0.3, source.gate.set).start()
        found = in_threads(THREADS, lambda: keeper.renew_unless(is_another))
        assert all(isinstance(one, Secrets) and is_another(one) for one in found)
    assert source.reads == 1
    assert source.strong == [True], "after a rotation a replica could still have the old key"


def test_who_comes_after_the_refresh_needs_no_read() -> None:
    source, clock = Source(rotated), Clock()
    with kept(source, now=clock) as keeper:
        keeper.renew()
        assert keeper.renew_unless(is_another) is not None
    assert source.reads == 1


def test_a_key_that_stays_refused_does_not_hammer_the_store() -> None:
    source, clock = Source(), Clock()
    with kept(source, now=clock) as keeper:
        assert keeper.renew_unless(is_another) is None
        clock.now += 1.0  # the pause of one second is over
        assert keeper.renew_unless(is_another) is None
        before = source.reads
        for _ in range(100):  # two seconds to go: nobody waits that long
            assert keeper.renew_unless(is_another) is None
        assert source.reads == before == 2
        clock.now += 1.5  # what is left of the pause is worth waiting for
        found = threading.Thread(target=lambda: keeper.renew_unless(is_another))
        found.start()
        time.sleep(0.1)  # for it to begin to wait; nothing goes wrong when it comes late
        assert source.reads == 2
        clock.now = clock.now + 0.5
        found.join(10)
        assert source.reads == 3


def test_a_refusal_during_another_read_is_not_held_up_by_what_that_brings() -> None:
    source, clock = Source(), Clock()
    source.gate.clear()
    with kept(source, now=clock) as keeper:
        keeper.held()
        clock.now = 1300.0
        assert source.reading.wait(10)
        found: list[Secrets | None] = []
        refused = threading.Thread(target=lambda: found.append(keeper.renew_unless(is_another)))
        refused.start()
        time.sleep(0.1)  # for it to begin to wait
        source.answer = _after_one(source.answer, rotated)
        source.gate.set()
        refused.join(10)
        assert found, "no pause begins with a read that no refusal asked for"
        assert found[0] is not None


def test_refreshing_on_purpose_is_no_refusal() -> None:
    source, clock = Source(), Clock()
    with kept(source, now=clock) as keeper:
        for _ in range(10):
            keeper.renew()
        source.answer = rotated
        assert keeper.renew_unless(is_another) is not None


def test_once_a_value_changed_every_read_is_strong() -> None:
    source, clock = Source(rotated), Clock()
    with kept(source, now=clock) as keeper:
        keeper.held()
        clock.now = 1300.0
        eventually(lambda: source.reads == 1)
        eventually(lambda: value_of(keeper) == NEW)
        clock.now = 1600.0
        eventually(lambda: source.reads == 2)
    assert source.strong == [False, True]


def test_closing_ends_the_thread_and_gives_back_what_the_stores_hold() -> None:
    before = threading.active_count()
    source, clock = Source(), Clock()
    with kept(source, now=clock) as keeper:
        keeper.held()
        keeper.close()
        keeper.close()
        assert threading.active_count() == before
        assert source.closed == 1
        for call in (keeper.held, keeper.renew):
            with pytest.raises(UsageError, match="closed"):
                call()


def test_closing_without_a_reader_closes_as_well() -> None:
    source = Source()
    with kept(source, now=Clock()):
        pass
    assert source.closed == 1


def test_closing_wakes_those_who_wait_and_forgets_what_still_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_ENDING", 0.05)
    source, clock = Source(rotated), Clock()
    source.gate.clear()
    with kept(source, now=clock) as keeper:
        found: list[object] = []
        waiting = threading.Thread(target=lambda: found.extend(in_threads(1, keeper.renew)))
        waiting.start()
        assert source.reading.wait(10)
        keeper.close()
        waiting.join(10)
        assert isinstance(found[0], UsageError)
        source.gate.set()
        eventually(lambda: source.closed == 1)
        with pytest.raises(UsageError):
            keeper.held()


def test_a_reader_does_not_wait_for_a_read_that_never_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE", -9.9)  # of the time-out of ten seconds
    source, clock = Source(), Clock()
    source.gate.clear()
    with kept(source, now=clock) as keeper:
        clock.now = 5000.0
        with pytest.raises(UnreachableError, match="has not ended within"):
            keeper.held()


def test_without_a_thread_young_values_are_given_out_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    source, clock = Source(), Clock()
    with kept(source, now=clock) as keeper:
        assert value_of(keeper) == OLD
        clock.now = 5000.0
        for call in (keeper.held, keeper.renew):
            with pytest.raises(UnreachableError, match="no thread"):
                call()
