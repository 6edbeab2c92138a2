"""Callbacks under aiohttp: ``web.Application(middlewares=[callback_middleware(…)])``.

A refused body is not read by the application. aiohttp itself answers ``Expect: 100-continue``
before any middleware is asked, and takes in what is sent for a moment after the answer
(``lingering_time``), so that a client gets to read it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from scale_secrets.callback.guard import Guard
from scale_secrets.callback.verifier import CallbackVerifier
from scale_secrets.errors import UsageError

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware
    from aiohttp.web import Request, StreamResponse


def callback_middleware(verifier: CallbackVerifier, *, paths: Collection[str] = ()) -> Middleware:
    """A middleware that lets Scale's callbacks through and answers all others.

    401 for what is not Scale's, 503 when the accepted keys cannot be had. ``paths``: what is
    guarded, with all that lies below; by default everything. Raises ``UsageError`` for bad paths,
    and when aiohttp is not installed.
    """
    try:
        from aiohttp.web import Response, middleware
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{error.name} is not installed, and its middleware needs it",
            hint="pip install aiohttp",
        ) from None
    guard = Guard(verifier, paths)

    @middleware
    async def guarded(request: Request, handler: Handler) -> StreamResponse:
        if not guard.watches(request.path):
            return await handler(request)
        refusal = await guard.refusal_async(request.raw_headers)
        if refusal is None:
            return await handler(request)
        response = Response(status=refusal.status, headers=refusal.headers, body=refusal.body)
        response.force_close()
        return response

    return guarded
