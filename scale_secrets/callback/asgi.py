"""Callbacks under ASGI: ``app.add_middleware(CallbackMiddleware, verifier=secrets.callbacks)``.

The answer to a refused request is sent before ``receive`` is called, so its body is not read, and
a client that waits for "100 Continue" is not told to send one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from scale_secrets.callback.guard import Answer, Guard
from scale_secrets.callback.verifier import CallbackVerifier

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class CallbackMiddleware:
    """Lets Scale's callbacks through to ``app`` and answers all others.

    401 for what is not Scale's, 503 when the accepted keys cannot be had; a web socket, which no
    callback is, needs the header as well. ``paths``: what is guarded, with all that lies below; by
    default everything. Raises ``UsageError`` for bad paths.
    """

    def __init__(
        self, app: Application, verifier: CallbackVerifier, *, paths: Collection[str] = ()
    ) -> None:
        self._app = app
        self._guard = Guard(verifier, paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = await self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: 403
        else:
            await _send(refusal, scope, send)

    async def _refusal(self, scope: Scope) -> Answer | None:
        if scope["type"] not in ("http", "websocket"):
            return None
        path: str = scope["path"]
        route = path.removeprefix(scope.get("root_path") or "")
        if not self._guard.watches(path, route):
            return None
        return await self._guard.refusal_async(scope["headers"])


async def _send(answer: Answer, scope: Scope, send: Send) -> None:
    headers = [
        (name.lower().encode("ascii"), value.encode("ascii"))
        for name, value in answer.headers.items()
    ]
    if scope.get("http_version", "1.1").startswith("1"):  # HTTP/2 ends one stream of many
        headers.append((b"connection", b"close"))  # so that nobody waits for the unread body
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
