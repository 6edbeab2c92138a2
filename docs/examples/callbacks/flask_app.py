"""Scale's callbacks with Flask: ``flask --app flask_app run``, or any WSGI server."""

from __future__ import annotations

from typing import Any

from flask import Flask, request

import scale_secrets
from scale_secrets.callback.wsgi import CallbackMiddleware

secrets = scale_secrets.load("live")
app = Flask(__name__)
app.wsgi_app = CallbackMiddleware(  # type: ignore[method-assign]  # what Flask's manual says
    app.wsgi_app, secrets.callbacks, paths=["/scale/callbacks"]
)


@app.post("/scale/callbacks")
def callback() -> dict[str, Any]:
    task = request.get_json()
    return {"received": task["task_id"]}


@app.get("/health")
def health() -> str:
    return "ok"
