"""Signing a request of ``httpx``: the two flows of an auth, and headers that no redirect inherits.

``httpx`` keeps the Authorization header on a redirect within one origin, and from http to https.
Redirects are followed out of an auth's sight, so the header itself must not be inherited.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import TYPE_CHECKING, TypeVar

import anyio.to_thread
import httpx

from scale_secrets.http.auth import REPEATABLE, authorization
from scale_secrets.values import SecretValue

if TYPE_CHECKING:
    from scale_secrets.http.auth import ScaleAuth

T = TypeVar("T")
K = TypeVar("K")

_HEADER = "Authorization"


class SignedHeaders(httpx.Headers):
    """Headers of one request, with the Authorization header beside them.

    It is sent and can be looked up, but neither listed nor copied: a redirected request's
    headers are a copy.
    """

    def __init__(self, headers: httpx.Headers, key: SecretValue) -> None:
        unsigned = httpx.Headers(headers)
        unsigned.pop(_HEADER, None)
        super().__init__(unsigned)
        self._authorization = authorization(key)

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        """What a transport sends."""
        return [*super().raw, (_HEADER.encode(), self._authorization.encode())]

    def __getitem__(self, name: str) -> str:
        if name.lower() == _HEADER.lower():
            return self._authorization
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        return str(name).lower() == _HEADER.lower() or super().__contains__(name)


def sync_flow(
    request: httpx.Request, auth: ScaleAuth
) -> Generator[httpx.Request, httpx.Response, None]:
    key = auth.key_for(str(request.url))
    request.headers = SignedHeaders(request.headers, key)
    response = yield request
    if _is_refused(request, response):
        other = auth.key_after(key)
        if other is not None and _is_repeatable(request):
            request.headers = SignedHeaders(request.headers, other)
            yield request


async def async_flow(
    request: httpx.Request, auth: ScaleAuth
) -> AsyncGenerator[httpx.Request, httpx.Response]:
    """The same, and the event loop goes on while the source waits for a store."""
    key = await _asked(auth, auth.key_for, str(request.url))
    request.headers = SignedHeaders(request.headers, key)
    response = yield request
    if _is_refused(request, response):
        other = await _asked(auth, auth.key_after, key)
        if other is not None and _is_repeatable(request):
            request.headers = SignedHeaders(request.headers, other)
            yield request


async def _asked(auth: ScaleAuth, ask: Callable[[T], K], about: T) -> K:
    if not auth.may_wait:
        return ask(about)
    # httpx runs under asyncio and trio; a cancelled request leaves the source to its deadline.
    return await anyio.to_thread.run_sync(ask, about, abandon_on_cancel=True)


def _is_refused(request: httpx.Request, response: httpx.Response) -> bool:
    """Whether it is our key that was refused: a redirected request carried none."""
    return response.status_code == 401 and response.request is request


def _is_repeatable(request: httpx.Request) -> bool:
    return request.method in REPEATABLE and isinstance(request.stream, httpx.ByteStream)
