"""Keeping values fresh without a store: made-up secrets, a clock that is set, told reads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from scale_secrets.bundle import Bundle, Secret
from scale_secrets.coordinates import parse_coordinate
from scale_secrets.errors import UnreachableError
from scale_secrets.model import Mode, SecretSpec, SecretType
from scale_secrets.service.accepted import Accepted
from scale_secrets.service.application import Secrets, for_application
from scale_secrets.service.fresh.keeper import Keeper
from scale_secrets.service.fresh.schedule import Schedule
from scale_secrets.service.fresh.snapshot import Snapshot
from scale_secrets.values import SecretValue

OLD = "live_" + "0123456789abcdef" * 2
NEW = "live_" + "fedcba9876543210" * 2


def key(number: int) -> str:
    """A made-up live key that tells its number."""
    return f"live_{number:032x}"


def secrets_of(values: Mapping[str, str], version: str = "1") -> Secrets:
    """What ``load`` would have given of API keys at these values, all of one version."""
    made = {
        name: Secret(
            SecretSpec(name, parse_coordinate(f"main:{name}"), SecretType.API_KEY, name.upper()),
            SecretValue(value),
            version,
        )
        for name, value in values.items()
    }
    bundle = Bundle(("live",), Mode.LIVE, made)
    return for_application(bundle, "https://api.scale.com/v1", Accepted())


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Source:
    """An upstream. ``answer`` gives each read's result or raises; ``strong`` tells of each read.

    While ``gate`` is closed, reads wait within the store; ``reading`` is set when one does.
    """

    def __init__(self, answer: Callable[[], Secrets] | None = None) -> None:
        self.answer = answer or (lambda: secrets_of({"api_key": OLD}))
        self.strong: list[bool] = []
        self.closed = 0
        self.gate = threading.Event()
        self.gate.set()
        self.reading = threading.Event()
        self.at_once = 0
        self.most_at_once = 0

    @property
    def reads(self) -> int:
        return len(self.strong)

    def read(self, timeout: float, *, strong: bool) -> Secrets:
        self.strong.append(strong)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.reading.set()
        try:
            self.gate.wait(30)
            return self.answer()
        finally:
            self.at_once -= 1

    def close(self) -> None:
        self.closed += 1


def away() -> Secrets:
    raise UnreachableError('store "main": the server is away', hint="wait for it")


@contextmanager
def kept(
    source: Source,
    *,
    now: Callable[[], float],
    refresh_every: float = 300.0,
    max_age: float = 3600.0,
    first: Secrets | None = None,
) -> Iterator[Keeper]:
    """A keeper that loaded ``first`` at this moment and never comes early; closed at the end."""
    snapshot = Snapshot(first or secrets_of({"api_key": OLD}), now())
    schedule = Schedule(refresh_every, max_age, timeout=10.0)
    keeper = Keeper(source, snapshot, schedule, now=now, dice=lambda: 0.0)
    try:
        yield keeper
    finally:
        source.gate.set()
        keeper.close()


def value_of(keeper: Keeper, name: str = "api_key") -> str:
    return keeper.held().secrets[name].value.reveal()


def in_threads(count: int, call: Callable[[], object]) -> list[object]:
    """What each of ``count`` threads got, or the error it met; all of them begin together."""
    together = threading.Barrier(count)
    results: list[object] = []

    def work() -> None:
        together.wait(30)
        try:
            results.append(call())
        except Exception as error:  # noqa: BLE001 - a result like any other
            results.append(error)

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with suppress(ValueError):
        assert len(results) == count
    return results
