"""Callbacks under WSGI: ``app.wsgi_app = CallbackMiddleware(app.wsgi_app, secrets.callbacks)``.

The answer to a refused request leaves ``wsgi.input`` unread; what the server does with the rest
of the connection is its own affair, and WSGI allows no application to say (PEP 3333).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from scale_secrets.callback.guard import Guard
from scale_secrets.callback.verifier import CallbackVerifier

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication


class CallbackMiddleware:
    """Lets Scale's callbacks through to ``app`` and answers all others.

    401 for what is not Scale's, 503 when the accepted keys cannot be had. ``paths``: what is
    guarded, with all that lies below; by default everything. Raises ``UsageError`` for bad paths.
    """

    def __init__(
        self, app: WSGIApplication, verifier: CallbackVerifier, *, paths: Collection[str] = ()
    ) -> None:
        self._app = app
        self._guard = Guard(verifier, paths)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = _decoded(environ.get("PATH_INFO", ""))
        whole = _decoded(environ.get("SCRIPT_NAME", "")) + path
        refusal = self._guard.refusal(environ) if self._guard.watches(path, whole) else None
        if refusal is None:
            return self._app(environ, start_response)
        start_response(f"{refusal.status} {refusal.phrase}", list(refusal.headers.items()))
        # Not every server takes the body off an answer to HEAD.
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [refusal.body]


def _decoded(path: str) -> str:
    """A path's characters: WSGI hands over its bytes as so many of them (PEP 3333)."""
    return path.encode("latin-1").decode("utf-8", "replace")
