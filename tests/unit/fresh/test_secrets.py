"""What a program holds: values with version and age, auth, hooks. The store is made up."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from scale_secrets.errors import NotFoundError, UnreachableError, UsageError
from scale_secrets.model import Mode
from scale_secrets.service.application import Secrets
from scale_secrets.service.fresh.keeper import Keeper
from scale_secrets.service.fresh.schedule import Schedule
from scale_secrets.service.fresh.secrets import FreshSecrets, FreshValue
from scale_secrets.service.fresh.snapshot import Change, Snapshot, changes
from tests.support.fresh import NEW, OLD, Clock, Source, away, key, secrets_of
from tests.support.project import LIVE_BASIC

Events = list[tuple[str, str | None, str | None]]


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fresh(source: Source, clock: Clock) -> Iterator[FreshSecrets]:
    first = secrets_of({"api_key": OLD})
    keeper = Keeper(source, Snapshot(first, clock()), Schedule(), now=clock)
    with FreshSecrets(keeper, first) as made:
        yield made


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


def test_a_value_tells_its_version_and_age(fresh: FreshSecrets, clock: Clock) -> None:
    value = fresh.api_key
    assert isinstance(value, FreshValue)
    assert (value.value.reveal(), value.version, value.age()) == (OLD, "1", 0.0)
    assert value == fresh["api_key"]
    clock.now += 7
    assert value.age() == fresh["api_key"].age() == 7.0


def test_a_value_that_was_taken_does_not_change(fresh: FreshSecrets, source: Source) -> None:
    value = fresh.api_key
    source.answer = lambda: secrets_of({"api_key": NEW}, "2")
    fresh.refresh()
    assert (value.value.reveal(), value.version) == (OLD, "1")
    assert (fresh.api_key.value.reveal(), fresh.api_key.version) == (NEW, "2")


def test_it_is_a_mapping_by_names(fresh: FreshSecrets) -> None:
    assert list(fresh) == ["api_key"]
    assert len(fresh) == 1
    assert fresh.mode is Mode.LIVE
    assert fresh.environments == ("live",)
    assert fresh.config == {}
    with pytest.raises(AttributeError, match="other"):
        _ = fresh.other
    with pytest.raises(KeyError):
        _ = fresh["other"]
    assert not hasattr(fresh, "__array__")


def test_nothing_shows_a_value(fresh: FreshSecrets) -> None:
    for shown in (repr(fresh), str(fresh.api_key), repr(fresh.auth), f"{vars(fresh)}"):
        assert OLD not in shown


def test_auth_signs_with_the_key_that_is_held_then(fresh: FreshSecrets, source: Source) -> None:
    auth, of_value = fresh.auth, fresh.api_key.auth

    def signed(by: requests.auth.AuthBase) -> str:
        request = requests.Request("GET", "https://api.scale.com/v1/tasks", auth=by).prepare()
        return str(request.headers["Authorization"])

    assert signed(auth) == signed(of_value) == LIVE_BASIC
    source.answer = lambda: secrets_of({"api_key": NEW}, "2")
    fresh.refresh()
    assert signed(auth) == signed(of_value) != LIVE_BASIC


def test_auth_raises_the_stores_error_when_its_key_is_too_old(
    fresh: FreshSecrets, source: Source, clock: Clock
) -> None:
    auth = fresh.auth
    source.answer = away
    clock.now += 4000
    with pytest.raises(UnreachableError, match="away"):
        auth.key_for("https://api.scale.com/v1/tasks")


def test_a_refused_key_is_renewed_at_once(fresh: FreshSecrets, source: Source) -> None:
    auth = fresh.auth
    source.answer = lambda: secrets_of({"api_key": NEW}, "2")
    other = auth.key_after(fresh.api_key.value)
    assert other is not None
    assert other.reveal() == NEW
    assert source.reads == 1


@pytest.mark.parametrize("answer", [None, away], ids=["the same key", "an outage"])
def test_where_there_is_no_other_key_the_refusal_stands(
    fresh: FreshSecrets, source: Source, answer: Callable[[], Secrets] | None
) -> None:
    source.answer = answer or source.answer
    assert fresh.auth.key_after(fresh.api_key.value) is None


def test_an_optional_key_that_vanished_is_not_found(fresh: FreshSecrets, source: Source) -> None:
    auth, refused = fresh.auth, fresh.api_key.value
    source.answer = lambda: secrets_of({})
    fresh.refresh()
    assert auth.key_after(refused) is None
    with pytest.raises(NotFoundError):
        auth.key_for("https://api.scale.com/v1/tasks")


def test_hooks_are_told_each_change_once(fresh: FreshSecrets, source: Source) -> None:
    events: Events = []
    fresh.on_change(lambda *told: events.append(told))
    for number in (1, 1, 2):  # the second is a new version of the same value
        source.answer = lambda number=number: secrets_of(  # type: ignore[misc]
            {"api_key": key(number)}, f"v{source.reads}"
        )
        fresh.refresh()
    eventually(lambda: len(events) == 2)
    fresh.refresh()
    assert events == [("api_key", "1", "v1"), ("api_key", "v2", "v3")]


def test_a_hook_that_fails_is_logged_without_its_text_and_hurts_nobody(
    fresh: FreshSecrets, source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    events: Events = []

    @fresh.on_change
    def failing(*_: object) -> None:
        raise RuntimeError(NEW)

    fresh.on_change(lambda *told: events.append(told))
    source.answer = lambda: secrets_of({"api_key": NEW}, "2")
    with caplog.at_level(logging.DEBUG):
        fresh.refresh()
        eventually(lambda: len(events) == 1)
    assert "RuntimeError" in caplog.text
    assert NEW not in caplog.text
    assert fresh.api_key.value.reveal() == NEW


def test_a_hook_may_refresh_and_take_its_time(fresh: FreshSecrets, source: Source) -> None:
    done, go_on = threading.Event(), threading.Event()

    @fresh.on_change
    def slow(*_: object) -> None:
        go_on.wait(20)
        fresh.refresh()
        done.set()

    source.answer = lambda: secrets_of({"api_key": NEW}, "2")
    fresh.refresh()
    fresh.refresh()  # while the hook is at work
    go_on.set()
    assert done.wait(20)
    assert source.reads == 3


def test_changes_name_what_came_and_what_went() -> None:
    before = secrets_of({"kept": OLD, "gone": OLD, "new": OLD}, "1")
    after = secrets_of({"kept": OLD, "come": OLD, "new": NEW}, "2")
    assert list(changes(before, after)) == [
        Change("gone", "1", None),
        Change("new", "1", "2"),
        Change("come", None, "2"),
    ]


def test_it_can_be_refreshed_from_asyncio(fresh: FreshSecrets, source: Source) -> None:
    asyncio.run(fresh.refresh_async())
    assert source.reads == 1


def test_only_an_api_key_signs_and_only_callback_keys_verify(fresh: FreshSecrets) -> None:
    with pytest.raises(UsageError, match="no callback key"):
        _ = fresh.callbacks
    with pytest.raises(KeyError):
        fresh.auth_of("other")


def test_dropping_it_ends_its_thread(source: Source, clock: Clock) -> None:
    before = set(threading.enumerate())
    first = secrets_of({"api_key": OLD})
    keeper = Keeper(source, Snapshot(first, clock()), Schedule(), now=clock)
    fresh = FreshSecrets(keeper, first)
    assert set(threading.enumerate()) == before, "the first reader starts it"
    auth = fresh.auth
    del keeper, fresh
    gc.collect()
    assert auth.key_for("https://api.scale.com/v1/tasks").reveal() == OLD, "auth keeps it alive"
    assert set(threading.enumerate()) != before
    del auth
    gc.collect()
    eventually(lambda: set(threading.enumerate()) <= before)
    assert source.closed == 1


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")  # that is the point
def test_a_forked_child_refreshes_by_a_thread_of_its_own(
    fresh: FreshSecrets, source: Source
) -> None:
    source.gate.clear()
    asking = threading.Thread(target=fresh.refresh)
    asking.start()
    assert source.reading.wait(10)  # the parent is in the middle of a read, and waits for it
    child = os.fork()
    if child == 0:
        source.gate = threading.Event()
        source.gate.set()
        source.answer = lambda: secrets_of({"api_key": NEW}, "2")
        good = fresh.api_key.value.reveal() == OLD
        fresh.refresh()
        os._exit(0 if good and fresh.api_key.value.reveal() == NEW else 1)
    source.gate.set()
    asking.join(10)
    assert os.waitpid(child, 0)[1] == 0
    assert fresh.api_key.value.reveal() == OLD


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")  # that is the point
def test_a_forked_child_tells_its_hooks_whatever_its_parent_is_telling(
    fresh: FreshSecrets, source: Source
) -> None:
    go_on, telling, told = threading.Event(), threading.Event(), threading.Event()

    @fresh.on_change
    def hook(*_: object) -> None:
        telling.set()
        go_on.wait(20)
        told.set()

    source.answer = lambda: secrets_of({"api_key": NEW}, "2")
    fresh.refresh()
    assert telling.wait(20)
    child = os.fork()
    if child == 0:
        go_on.set()
        source.answer = lambda: secrets_of({"api_key": OLD}, "3")
        fresh.refresh()
        os._exit(0 if told.wait(10) else 1)
    go_on.set()
    assert os.waitpid(child, 0)[1] == 0
