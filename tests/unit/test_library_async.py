"""``load_async``: the same as ``load``, and the event loop goes on meanwhile."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

import scale_secrets
from scale_secrets.errors import DeadlineError, NotFoundError, UsageError
from scale_secrets.service import library
from scale_secrets.service.background import in_a_thread
from tests.support.project import LIVE_KEY

WANTED: dict[str, Any] = {"coordinates": {"api_key": "environ:LIVE_SLOT"}, "mode": "live"}


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LIVE_SLOT", LIVE_KEY)


def test_it_gives_what_load_gives() -> None:
    secrets = asyncio.run(scale_secrets.load_async(**WANTED))
    assert secrets.api_key.reveal() == LIVE_KEY


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        ({"environment": "live"}, UsageError),
        ({"coordinates": {"api_key": "environ:NONE"}, "mode": "live"}, NotFoundError),
    ],
    ids=["usage", "not-found"],
)
def test_it_raises_what_load_raises(wanted: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        scale_secrets.load(**wanted)
    with pytest.raises(error):
        asyncio.run(scale_secrets.load_async(**wanted))


class Gate:
    """Stands in the place of the reading, and lets it through when it is told to."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()
        self.ended = threading.Event()

    def wait(self) -> str:
        self.entered.set()
        try:
            assert self.opened.wait(30)
        finally:
            self.ended.set()
        return "the result"


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.opened.set()


async def until(event: threading.Event) -> None:
    while not event.is_set():
        await asyncio.sleep(0.001)


def test_the_event_loop_goes_on_meanwhile(gate: Gate) -> None:
    async def both() -> str:
        waiting = asyncio.ensure_future(in_a_thread(gate.wait))
        await until(gate.entered)
        gate.opened.set()  # by the loop, while the other waits
        return await waiting

    assert asyncio.run(both()) == "the result"


def test_a_cancelled_call_returns_before_its_thread_ends_and_so_does_the_program(
    gate: Gate,
) -> None:
    async def cancelled() -> None:
        waiting = asyncio.ensure_future(in_a_thread(gate.wait))
        await until(gate.entered)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(cancelled())
    assert not gate.ended.is_set()
    gate.opened.set()
    assert gate.ended.wait(30), "the thread delivers to a closed loop, and says nothing"


def test_what_a_cancelled_call_still_fetches_is_dropped(gate: Gate) -> None:
    complaints: list[dict[str, Any]] = []

    async def cancelled() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, about: complaints.append(about))
        waiting = asyncio.ensure_future(in_a_thread(gate.wait))
        await until(gate.entered)
        waiting.cancel()
        gate.opened.set()
        await until(gate.ended)
        await asyncio.sleep(0.02)  # the result arrives in the loop

    asyncio.run(cancelled())
    assert complaints == []


def test_the_time_counts_from_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though its thread begins late: the deadline is made before it."""
    seen: list[float] = []

    def read(session: Any, environment: Any, during: Any) -> Any:
        seen.append(during.deadline.remaining())
        during.deadline.require("reading")

    monkeypatch.setattr(library, "read_secrets", read)
    with pytest.raises(DeadlineError):
        asyncio.run(scale_secrets.load_async(**WANTED, timeout=0))
    assert seen[0] < 0


def test_a_store_that_never_answers_is_given_up_by_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the kernel accepts, nobody answers
        monkeypatch.setenv("VAULT_ADDR", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("VAULT_TOKEN", "s.made-up")
        coordinates = {"api_key": "vault:secret/a#value"}
        with pytest.raises(DeadlineError, match=r"within 0\.2 s"):
            asyncio.run(scale_secrets.load_async(coordinates=coordinates, mode="live", timeout=0.2))


def test_it_sees_the_callers_context() -> None:
    variable: ContextVar[str] = ContextVar("variable")

    async def ask() -> str:
        variable.set("of the caller")
        return await in_a_thread(variable.get)

    assert asyncio.run(ask()) == "of the caller"


def test_many_at_once_do_not_wait_for_one_another() -> None:
    """More than the event loop's own pool has threads."""
    number = 60
    barrier = threading.Barrier(number, timeout=30)

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*[in_a_thread(barrier.wait) for _ in range(number)])

    assert sorted(asyncio.run(all_of_them())) == list(range(number))
