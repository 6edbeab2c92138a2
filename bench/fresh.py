"""``scale_secrets.fresh`` beside AWS's own cache for Python, on the same server in the same run.

``python -m bench.fresh [SECONDS]``. The server is moto on loopback, behind a front that counts,
slows down and fails; every key is made up. What counts is the ratio, and what each does when the
store is slow, away, or has a new value.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aws_secretsmanager_caching import SecretCache, SecretCacheConfig
from botocore.config import Config
from botocore.session import Session

from tests.contracts.fresh.scene import AwsScene
from tests.support.fresh import NEW, OLD, in_threads
from tests.support.moto_server import MotoServer

THREADS = 200
SLOW = 0.5  # seconds that the slow store takes for an answer
TTL = 2  # seconds, for both, where something has to expire
MAX_AGE = 4.0
OUTAGE = 10.0  # seconds


@dataclass
class Cache:
    """One of the two. ``read`` gives the value, ``renew`` asks the store at once."""

    name: str
    read: Callable[[], str]
    renew: Callable[[], object]


@contextmanager
def ours(scene: AwsScene, ttl: float) -> Iterator[Cache]:
    with scene.fresh(refresh_every=ttl, max_age=max(MAX_AGE, 2 * ttl), timeout=5) as fresh:

        def read() -> str:
            return fresh.api_key.value.reveal()

        yield Cache("ours", read, fresh.refresh)


@contextmanager
def theirs(scene: AwsScene, ttl: float) -> Iterator[Cache]:
    session: Any = Session()
    # Address and credentials are in the variables, as they are for ours.
    once = Config(retries={"total_max_attempts": 1}, proxies={})
    client = session.create_client("secretsmanager", config=once)
    path = scene.path("api_key")
    cache = SecretCache(SecretCacheConfig(secret_refresh_interval=ttl), client)
    yield Cache(
        "aws cache",
        lambda: str(cache.get_secret_string(path)),
        lambda: cache.refresh_secret_now(path),
    )
    client.close()


BOTH = (ours, theirs)


def hits(cache: Cache, seconds: float, threads: int) -> float:
    """Reads per second of a young value."""
    end = time.perf_counter() + seconds
    counts = [0] * threads

    def work(number: int) -> None:
        count = 0
        while time.perf_counter() < end:
            for _ in range(200):
                cache.read()
            count += 200
        counts[number] = count

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts) / seconds


def asked(scene: AwsScene) -> int:
    """Requests of any kind that have reached the store."""
    return len(scene.front.requests)


def at_expiry(scene: AwsScene, cache: Cache) -> tuple[int, float]:
    """Requests, and the longest wait of a reader, when 200 threads read what has expired."""
    cache.read()
    time.sleep(TTL * 1.05)
    scene.slow(SLOW)
    before = asked(scene)
    waits: list[float] = []

    def read() -> None:
        began = time.perf_counter()
        cache.read()
        waits.append(time.perf_counter() - began)

    in_threads(THREADS, read)
    time.sleep(2 * SLOW)
    scene.back()
    return asked(scene) - before, max(waits)


def after_rotation(scene: AwsScene, cache: Cache) -> float:
    """Seconds from a refusal to the new value."""
    scene.write("api_key", OLD)
    cache.renew()
    scene.write("api_key", NEW)
    began = time.perf_counter()
    cache.renew()
    if cache.read() != NEW:
        raise RuntimeError(f"{cache.name}: the refresh did not bring the new value")
    return time.perf_counter() - began


def in_an_outage(scene: AwsScene, cache: Cache) -> float | None:
    """Seconds into an outage at which the old value is refused; None: not while it lasted."""
    cache.renew()
    scene.away()
    began = time.perf_counter()
    try:
        while time.perf_counter() < began + OUTAGE:
            cache.read()
            time.sleep(0.01)
    except Exception:  # noqa: BLE001 - theirs raises botocore's, ours the project's
        return time.perf_counter() - began
    finally:
        scene.back()
    return None


def show(title: str, *figures: str) -> None:
    print(f"{title:<52}" + "".join(f"{figure:>14}" for figure in figures), flush=True)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}: believe the ratio\n")
    logging.getLogger("scale_secrets").setLevel(logging.ERROR)  # of the outage that we make
    show("", "ours", "aws cache", "ratio")
    with MotoServer() as moto, AwsScene(moto, "bench", ("api_key",)) as scene:
        scene.write("api_key", OLD)
        os.environ.update(scene.environ)
        with ours(scene, 3600) as one, theirs(scene, 3600) as other:
            for threads in (1, 8):
                mine, yours = hits(one, seconds, threads), hits(other, seconds, threads)
                title = f"hits per second, {threads} thread{'s' * (threads > 1)}"
                show(title, f"{mine:,.0f}", f"{yours:,.0f}", f"{mine / yours:.1f}")
        expired = []
        for make in BOTH:
            with make(scene, TTL) as cache:
                expired.append(at_expiry(scene, cache))
        show(f"requests when {THREADS} threads read at expiry", *(str(one[0]) for one in expired))
        slowest = f"longest wait then, of a store that takes {SLOW:g} s"
        show(slowest, *(f"{one[1] * 1000:.0f} ms" for one in expired))
        waits, ends = [], []
        for make in BOTH:
            with make(scene, TTL) as cache:
                waits.append(after_rotation(scene, cache))
                ends.append(in_an_outage(scene, cache))
        show("from a refused key to the new one", *(f"{one * 1000:.0f} ms" for one in waits))
        told = ("never" if end is None else f"{end:.1f} s" for end in ends)
        show(f"an outage of {OUTAGE:g} s: when the old value is refused", *told)


if __name__ == "__main__":
    main()
