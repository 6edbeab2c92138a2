"""Scale's callbacks with FastAPI: ``uvicorn fastapi_app:app``.

The middleware, not a dependency: FastAPI reads and parses the body before it asks those.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

import scale_secrets
from scale_secrets.callback.asgi import CallbackMiddleware

secrets = scale_secrets.load("live")
app = FastAPI()
app.add_middleware(CallbackMiddleware, verifier=secrets.callbacks, paths=["/scale/callbacks"])


@app.post("/scale/callbacks")
async def callback(task: dict[str, Any]) -> dict[str, Any]:
    return {"received": task["task_id"]}


@app.get("/health")
async def health() -> str:
    return "ok"
