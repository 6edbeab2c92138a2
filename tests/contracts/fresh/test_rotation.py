"""Rotations while requests run: nobody is refused whom the store's newest key would have passed.

Scale accepts the old key and the new one for a while, and then the new one alone: the store has
the new key before the old one is refused.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import httpx
import pytest
import requests

from scale_secrets.keys import basic_token
from scale_secrets.service.fresh.secrets import FreshSecrets
from scale_secrets.values import SecretValue
from tests.contracts.fresh.scene import Scene
from tests.support.conformance import amount
from tests.support.fresh import OLD, in_threads, key
from tests.support.scale_server import ScaleServer

WORKERS = 4  # of requests; one more is an asyncio program of httpx with as many tasks
PAUSE = 0.01  # seconds after each request, so that none takes as long as both keys pass
ROTATIONS = amount(quick=2, full=25)


@pytest.fixture
def scale(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScaleServer]:
    with ScaleServer([OLD]) as server:
        monkeypatch.setenv("SCALE_SECRETS_TRUSTED", server.base_url)
        yield server


class Load:
    """Requests, one after another. ``statuses``: what each client was answered in the end."""

    def __init__(self, fresh: FreshSecrets, method: str, url: str) -> None:
        self.statuses: Counter[tuple[str, int]] = Counter()
        self._fresh = fresh
        self._method = method
        self._url = url
        self._ended = threading.Event()
        programs = [self._requests] * WORKERS + [lambda: asyncio.run(self._httpx())]
        self._threads = [threading.Thread(target=program) for program in programs]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(30)

    def _requests(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.auth = self._fresh.auth
            while not self._ended.wait(PAUSE):
                answer = session.request(self._method, self._url, timeout=10)
                self.statuses["requests", answer.status_code] += 1

    async def _httpx(self) -> None:
        async with httpx.AsyncClient(auth=self._fresh.auth, trust_env=False) as client:

            async def task() -> None:
                while not self._ended.is_set():
                    answer = await client.request(self._method, self._url, timeout=10)
                    self.statuses["httpx", answer.status_code] += 1
                    await asyncio.sleep(PAUSE)

            await asyncio.gather(*(task() for _ in range(WORKERS)))


@dataclass(frozen=True)
class Way:
    """How a rotation is noticed. ``overlap``: seconds in which both keys pass."""

    refresh_every: float
    overlap: float
    method: str
    path: str


# What is refused is asked again at once, which only an idempotent request may be.
BY_REFUSALS = Way(300.0, 0.4, "GET", "batches")
# Both keys pass for longer than a refresh takes to come, so that nothing is ever refused.
IN_THE_BACKGROUND = Way(0.2, 0.8, "POST", "task/annotation")


@pytest.mark.conformance
@pytest.mark.parametrize(
    "way", [BY_REFUSALS, IN_THE_BACKGROUND], ids=["by refusals", "in the background"]
)
def test_a_rotation_under_load_refuses_no_request(
    scene: Scene, scale: ScaleServer, way: Way
) -> None:
    keys = [OLD, *(key(number) for number in range(ROTATIONS))]
    with scene.fresh(refresh_every=way.refresh_every, scale={"base_url": scale.base_url}) as fresh:
        with Load(fresh, way.method, f"{scale.base_url}/{way.path}") as load:
            time.sleep(way.overlap)
            for old, new in pairwise(keys):
                scale.keys = {old, new}  # as when a person has made it in the dashboard
                scene.write("api_key", new)
                time.sleep(way.overlap)
                scale.keys = {new}
                time.sleep(way.overlap)
        assert fresh.api_key.value.reveal() == keys[-1]
    print(  # noqa: T201 - figures that are to be read
        f"{dict(load.statuses)} in {ROTATIONS} rotations; {scene.reads()} reads of the store"
    )
    assert set(load.statuses) == {("requests", 200), ("httpx", 200)}
    used = {basic_token(SecretValue(one)).reveal() for one in keys}
    assert set(scale.authorizations) == used
    if way is BY_REFUSALS:
        assert scene.reads() == 1 + ROTATIONS, "one for each rotation, however many were refused"


def test_a_wrong_key_hammers_neither_the_store_nor_scale(scene: Scene, scale: ScaleServer) -> None:
    scale.keys = set()
    with scene.fresh(scale={"base_url": scale.base_url}) as fresh:
        auth, before = fresh.auth, scene.reads()

        def ask() -> int:
            answer = requests.get(f"{scale.base_url}/batches", auth=auth, timeout=10)
            return answer.status_code

        for _ in range(5):
            assert in_threads(20, ask) == [401] * 20
        assert scene.reads() - before <= 3
    assert len(scale.requests) == 100, "no request was repeated with the same key"


def test_the_official_sdk_goes_on_after_a_rotation(scene: Scene, scale: ScaleServer) -> None:
    with scene.fresh(scale={"base_url": scale.base_url}) as fresh:
        client = fresh.scale_client(timeout=10)
        assert [project.name for project in client.projects()] == ["cat_labels"]
        scene.write("api_key", key(1))
        scale.keys = {key(1)}
        assert [project.name for project in client.projects()] == ["cat_labels"]
        assert fresh.api_key.value.reveal() == key(1)
