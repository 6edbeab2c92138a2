"""One request with an auth, by each of the clients that it signs for."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import requests

from scale_secrets.http.auth import ScaleAuth
from scale_secrets.http.hosts import Hosts
from scale_secrets.http.source import KeySource
from scale_secrets.values import SecretValue

_TLS = ssl.create_default_context()  # httpx reads the CA certificates anew for each client


@dataclass
class Got:
    """What a client got in the end, as both libraries tell it."""

    status: int
    history: list[int]


Body = bytes | Iterator[bytes] | None
Caller = Callable[[ScaleAuth, str, str, Body], Got]


def by_requests(auth: ScaleAuth, method: str, url: str, body: Body = None) -> Got:
    answer = requests.request(method, url, auth=auth, data=body, timeout=10)
    return Got(answer.status_code, [one.status_code for one in answer.history])


def by_a_session(auth: ScaleAuth, method: str, url: str, body: Body = None) -> Got:
    with requests.Session() as session:
        session.auth = auth
        answer = session.request(method, url, data=body, timeout=10)
        return Got(answer.status_code, [one.status_code for one in answer.history])


class _Clinging(requests.Session):
    """A session that was taught to keep the Authorization header wherever it is sent."""

    def should_strip_auth(self, old_url: str, new_url: str) -> bool:
        return False


def by_a_clinging_session(auth: ScaleAuth, method: str, url: str, body: Body = None) -> Got:
    with _Clinging() as session:
        session.auth = auth
        answer = session.request(method, url, data=body, timeout=10)
        return Got(answer.status_code, [one.status_code for one in answer.history])


def by_httpx(auth: ScaleAuth, method: str, url: str, body: Body = None) -> Got:
    with httpx.Client(auth=auth, follow_redirects=True, verify=_TLS) as client:
        answer = client.request(method, url, content=body)
    return Got(answer.status_code, [one.status_code for one in answer.history])


def by_httpx_async(auth: ScaleAuth, method: str, url: str, body: Body = None) -> Got:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(auth=auth, follow_redirects=True, verify=_TLS) as client:
            content = _later(body) if isinstance(body, Iterator) else body
            return await client.request(method, url, content=content)

    answer = asyncio.run(ask())
    return Got(answer.status_code, [one.status_code for one in answer.history])


async def _later(body: Iterator[bytes]):  # type: ignore[no-untyped-def]  # an async iterator
    for part in body:
        yield part


CALLERS: dict[str, Caller] = {
    "requests": by_requests,
    "session": by_a_session,
    "clinging-session": by_a_clinging_session,
    "httpx": by_httpx,
    "httpx-async": by_httpx_async,
}


class Rotating(KeySource):
    """A key that becomes another one when it is refused. ``refused``: what it was told."""

    def __init__(self, *keys: str) -> None:
        self._keys = [SecretValue(key) for key in keys]
        self.refused: list[str] = []

    def current(self) -> SecretValue:
        return self._keys[0]

    def renewed(self, refused: SecretValue) -> SecretValue | None:
        self.refused.append(refused.reveal())
        if len(self._keys) == 1:
            return None
        del self._keys[0]
        return self._keys[0]


def auth_for(base_url: str, source: KeySource) -> ScaleAuth:
    return ScaleAuth(source, Hosts.of(base_url))
