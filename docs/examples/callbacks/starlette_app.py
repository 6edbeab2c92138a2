"""Scale's callbacks with Starlette: ``uvicorn starlette_app:app``."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

import scale_secrets
from scale_secrets.callback.asgi import CallbackMiddleware

secrets = scale_secrets.load("live")


async def callback(request: Request) -> Response:
    task = await request.json()
    return JSONResponse({"received": task["task_id"]})


async def health(request: Request) -> Response:
    return PlainTextResponse("ok")


app = Starlette(
    routes=[
        Route("/scale/callbacks", callback, methods=["POST"]),
        Route("/health", health),
    ],
    middleware=[
        Middleware(CallbackMiddleware, verifier=secrets.callbacks, paths=["/scale/callbacks"])
    ],
)
