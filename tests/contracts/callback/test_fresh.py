"""A receiver whose keys are kept fresh: through a rotation, and through an outage of the store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import scale_secrets
from scale_secrets import FreshSecrets
from scale_secrets.callback.asgi import CallbackMiddleware, Message, Receive, Scope, Send
from scale_secrets.model import Refusal
from tests.support.project import LOCAL, Project

FIRST, SECOND, THIRD = (f"live_auth_{digit * 32}" for digit in "abc")
MANIFEST = f"""\
[stores.main]
{LOCAL}
[environments.live]
mode = "live"
store = "main"
[environments.live.secrets.callback_auth_key]
path = "callback"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project.make(tmp_path)
    made.init()
    made.write(MANIFEST)
    store(made, FIRST)
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("HOME", str(made.home))
    return made


@pytest.fixture
def fresh(project: Project) -> Iterator[FreshSecrets]:
    with scale_secrets.fresh("live", refresh_every=0.2, max_age=1.0) as made:
        yield made


def store(project: Project, key: str) -> None:
    project.fill("live", {"callback_auth_key": key})


async def _application(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def status(fresh: FreshSecrets, key: str) -> int:
    """What a callback with this key is answered."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("the body was read")

    headers = [(b"scale-callback-auth", key.encode())]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    middleware = CallbackMiddleware(_application, fresh.callbacks)
    asyncio.run(middleware(scope, receive, send))
    answered: int = sent[0]["status"]
    return answered


def test_a_rotation_reaches_the_receiver(project: Project, fresh: FreshSecrets) -> None:
    assert [status(fresh, key) for key in (FIRST, SECOND, THIRD)] == [200, 401, 401]
    store(project, SECOND)
    fresh.refresh()
    assert [status(fresh, key) for key in (FIRST, SECOND, THIRD)] == [200, 200, 401]
    store(project, THIRD)
    fresh.refresh()
    assert [status(fresh, key) for key in (FIRST, SECOND, THIRD)] == [401, 200, 200]


def test_an_outage_is_survived_up_to_the_maximum_age(project: Project, fresh: FreshSecrets) -> None:
    file = project.root / ".scale-secrets" / "store.age"
    away = file.with_name("away")
    file.rename(away)
    assert status(fresh, FIRST) == 200
    until = time.monotonic() + 60
    while status(fresh, FIRST) != 503:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert fresh.callbacks.refused[Refusal.UNAVAILABLE] == 1
    away.rename(file)
    fresh.refresh()
    assert status(fresh, FIRST) == 200
    assert status(fresh, SECOND) == 401
