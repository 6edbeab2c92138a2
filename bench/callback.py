"""What judging a callback costs, and what its time tells: ``python -m bench.callback [ROUNDS]``.

First the time of one ``verify``, for the accepted header and for kinds of refused ones, against
three accepted keys. Then the time of a refusal by the position of the first wrong byte, beside
``==``, which leaves off at that byte: positions in turns within each round, so that whatever else
the machine does falls on all of them alike. A difference between positions that is small against
the quartiles of each is none.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scale_secrets.callback.verifier import CallbackVerifier
from scale_secrets.errors import CallbackRefused
from scale_secrets.values import SecretValue

ROUNDS = 2_000
CALLS = 50  # in one timing: the clock's own grain is a call's length
KEYS = tuple(f"live_auth_{digit * 32}" for digit in "0a5")
LONG = 1024  # bytes of a key that gives ``==`` time to differ

Call = Callable[[], object]


@dataclass(frozen=True)
class Figures:
    """Microseconds of one call."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:7.3f} us ({self.low:.3f}-{self.high:.3f})"


def measure(calls: Mapping[str, Call], rounds: int) -> Mapping[str, Figures]:
    """Each call ``rounds`` times ``CALLS`` times, in turns; the quartiles over the rounds."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, call in calls.items():
                start = time.perf_counter_ns()
                for _ in range(CALLS):
                    call()
                times[name].append((time.perf_counter_ns() - start) / CALLS / 1000)
    finally:
        gc.enable()
    figures = {}
    for name, seen in times.items():
        low, median, high = statistics.quantiles(seen, n=4)
        figures[name] = Figures(median, low, high)
    return figures


def headers(*values: bytes) -> list[tuple[bytes, bytes]]:
    """As an ASGI server hands over the head of Scale's request."""
    return [
        (b"host", b"labels.example.com"),
        (b"user-agent", b"node-fetch/1.0"),
        (b"accept", b"*/*"),
        (b"accept-encoding", b"gzip, deflate"),
        (b"content-type", b"application/json"),
        (b"content-length", b"2048"),
        (b"x-forwarded-for", b"192.0.2.1"),
        (b"x-forwarded-proto", b"https"),
        *((b"scale-callback-auth", value) for value in values),
    ]


def _verify(verifier: CallbackVerifier, sent: Sequence[tuple[bytes, bytes]]) -> Call:
    def call() -> None:
        try:
            verifier.verify(sent)
        except CallbackRefused:
            return

    return call


def costs(rounds: int) -> None:
    verifier = CallbackVerifier([SecretValue(key) for key in KEYS])
    first, _, last = (key.encode() for key in KEYS)
    kinds = {
        "accepted, first key": headers(first),
        "accepted, last key": headers(last),
        "wrong": headers(last[:-1] + b"x"),
        "missing": headers(),
        "sent twice": headers(first, first),
    }
    calls = {name: _verify(verifier, sent) for name, sent in kinds.items()}
    print(f"verify, {len(KEYS)} accepted keys, {len(headers(first))} headers")
    for name, figures in measure(calls, rounds).items():
        print(f"  {name:<22} {figures}")


def positions(rounds: int) -> None:
    key = (b"0123456789abcdef" * (LONG // 16))[:LONG]
    wrong = {
        f"byte {place}": key[:place] + b"x" + key[place + 1 :]
        for place in (0, LONG // 4, LONG // 2, LONG * 3 // 4, LONG - 1)
    }
    verifier = CallbackVerifier([SecretValue(key)])

    def ours(value: bytes) -> Call:
        return lambda: verifier.accepts(value)

    def plain(value: bytes) -> Call:
        return lambda: value == key

    print(f"\nrefusing, by the first wrong byte of {LONG}")
    for name, kind in (("accepts", ours), ("==", plain)):
        figures = measure({place: kind(value) for place, value in wrong.items()}, rounds)
        medians = [one.median for one in figures.values()]
        for place, one in figures.items():
            print(f"  {name:<10} {place:<11} {one}")
        spread = (max(medians) - min(medians)) / statistics.median(medians)
        quartiles = statistics.median((one.high - one.low) / one.median for one in figures.values())
        print(f"  {name:<10} between positions {spread:.1%}, within one {quartiles:.1%}")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    print(f"{rounds} rounds of {CALLS}, medians (quartiles); load {os.getloadavg()[0]:.1f}\n")
    costs(rounds)
    positions(rounds)


if __name__ == "__main__":
    main()
