"""Scale's callbacks with aiohttp: ``python -m aiohttp.web aiohttp_app:make_app``."""

from __future__ import annotations

from aiohttp import web

import scale_secrets
from scale_secrets.callback.aiohttp import callback_middleware


async def callback(request: web.Request) -> web.Response:
    task = await request.json()
    return web.json_response({"received": task["task_id"]})


async def health(request: web.Request) -> web.Response:
    return web.Response(text="ok")


def make_app(argv: list[str]) -> web.Application:
    secrets = scale_secrets.load("live")
    guard = callback_middleware(secrets.callbacks, paths=["/scale/callbacks"])
    app = web.Application(middlewares=[guard])
    app.router.add_post("/scale/callbacks", callback)
    app.router.add_get("/health", health)
    return app
