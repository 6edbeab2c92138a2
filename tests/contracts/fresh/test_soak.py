"""Reading and rotating for long: memory, threads and file descriptors stay where they are."""

from __future__ import annotations

import gc
import os
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from scale_secrets.service.fresh.secrets import FreshSecrets
from tests.contracts.fresh.scene import Scene
from tests.support.conformance import amount
from tests.support.fresh import key

SECONDS = amount(quick=3, full=600)
ROTATE_EVERY = 0.25
SLACK = 256 * 1024  # bytes that caches of Python and botocore may still take
OWN = 10  # descriptors of the test's own servers, whose connections come and go


def resident() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def refreshing() -> int:
    """Threads that refresh; the test's own servers have one for each connection."""
    return sum(thread.name == "scale-secrets-fresh" for thread in threading.enumerate())


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.conformance
def test_a_long_run_takes_no_more_of_anything(scene: Scene) -> None:
    with scene.fresh(refresh_every=0.02, max_age=30) as fresh:
        stop = threading.Event()
        readers = [threading.Thread(target=_read, args=(fresh, stop)) for _ in range(4)]
        for reader in readers:
            reader.start()
        tracemalloc.start()
        try:
            figures = []
            rotations = 0
            for _ in range(3):  # the first part warms up
                end = time.monotonic() + SECONDS / 3
                while time.monotonic() < end:
                    scene.write("api_key", key(rotations))
                    rotations += 1
                    time.sleep(ROTATE_EVERY)
                scene.front.requests.clear()
                gc.collect()
                traced = tracemalloc.get_traced_memory()[0]
                figures.append((traced, resident(), refreshing(), descriptors()))
        finally:
            tracemalloc.stop()
            stop.set()
            for reader in readers:
                reader.join(10)
    for traced, memory, threads, files in figures:
        told = f"traced {traced >> 10} KiB, resident {memory >> 20} MiB"
        print(f"{told}, {threads} threads, {files} files")  # noqa: T201 - figures to be read
    _, middle, last = figures
    assert last[0] - middle[0] < SLACK
    assert last[2] == 1
    assert last[3] < middle[3] + OWN


def _read(fresh: FreshSecrets, stop: threading.Event) -> None:
    while not stop.is_set():
        for _ in range(100):
            fresh.api_key.value.reveal()
        time.sleep(0.01)
