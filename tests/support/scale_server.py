"""A stand-in for Scale's API on loopback, which the official SDK takes for the real one.

    with ScaleServer(keys=[LIVE_KEY]) as scale:
        ScaleClient(LIVE_KEY, api_instance_url=scale.base_url).projects()
    assert scale.authorizations == [LIVE_BASIC]

It answers projects, teams, batches and the creation of a task; without an accepted key, 401. A
``script`` decides otherwise: a redirect, throttling, a 401 for a key that was just rotated. What
it was sent is kept whole, so that a test can show what was not.
"""

from __future__ import annotations

import json
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from tests.support.tls import Pair

PROJECTS = [{"type": "annotation", "name": "cat_labels", "param_history": [{"version": 0}]}]
TEAMMATES = [{"email": "ada@example.com", "role": "admin"}]
BATCHES = {"docs": [], "totalDocs": 0, "limit": 1, "offset": 0, "has_more": False}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it arrived; ``headers`` in their order, with their repetitions."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> list[str]:
        return [text for key, text in self.headers if key.lower() == name.lower()]

    @property
    def authorization(self) -> str | None:
        """None without the header; every one of them, when a client sent several."""
        return ", ".join(self.header("Authorization")) or None

    @property
    def raw(self) -> bytes:
        """All of it, to look for what must not be in it."""
        lines = [f"{self.method} {self.target}", *(f"{key}: {text}" for key, text in self.headers)]
        return "\n".join(lines).encode() + b"\n\n" + self.body


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


# Answers a request in the API's place; None leaves it to the API.
Script = Callable[[Asked], Answer | None]


def refusal(status: int, reason: str, **headers: str) -> Answer:
    """An error in Scale's shape. Underscores of header names stand for hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, {"status_code": status, "error": reason}, named)


def redirect(location: str, status: int = 307) -> Script:
    """Sends every request elsewhere."""
    return lambda asked: Answer(status, {}, {"Location": location})


def at_first(*answers: Answer | None) -> Script:
    """One answer for each of the first requests; then the API's own."""
    waiting = iter(answers)
    lock = threading.Lock()

    def script(asked: Asked) -> Answer | None:
        with lock:
            return next(waiting, None)

    return script


class ScaleServer:
    """A context manager. ``keys``: those that authenticate; may be replaced while it runs.

    ``host``: a loopback address, so that two of them are two hosts. ``pair``: speak TLS.
    """

    keys: set[str]
    script: Script
    requests: list[Asked]

    def __init__(
        self,
        keys: Iterable[str] = (),
        *,
        host: str = "127.0.0.1",
        pair: Pair | None = None,
    ) -> None:
        self.reset()
        self.keys = set(keys)
        self._server = _Server((host, 0), _handler_of(self))
        self.port: int = self._server.server_port
        if pair is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pair.certificate, pair.key)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.origin = f"http{'s' if pair else ''}://{host}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    def __enter__(self) -> ScaleServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    def reset(self) -> None:
        """As new: no keys, no script, nothing received."""
        self.keys = set()
        self.script = lambda asked: None
        self.requests = []

    @property
    def base_url(self) -> str:
        """What a manifest names as ``scale.base_url``, and the SDK as ``api_instance_url``."""
        return f"{self.origin}/v1"

    @property
    def authorizations(self) -> list[str | None]:
        """Of each request so far."""
        return [asked.authorization for asked in self.requests]

    def received(self) -> bytes:
        """Everything that any client sent."""
        return b"\n".join(asked.raw for asked in self.requests)

    def answer(self, asked: Asked) -> Answer:
        self.requests.append(asked)
        scripted = self.script(asked)
        if scripted is not None:
            return scripted
        basic = {f"Basic {b64encode(f'{key}:'.encode()).decode()}" for key in self.keys}
        if asked.authorization not in basic:
            return refusal(401, "Please provide a valid API key.")
        return _api(asked)


def _api(asked: Asked) -> Answer:
    path = urlsplit(asked.target).path.removeprefix("/v1/")
    if asked.method == "POST" and path.startswith("task/"):
        task = {"task_id": "t1", "type": path.removeprefix("task/"), "status": "pending"}
        return Answer(200, task)
    known = {"projects": PROJECTS, "teams": TEAMMATES, "batches": BATCHES}
    if asked.method in ("GET", "HEAD") and path in known:
        return Answer(200, known[path])
    return refusal(404, "not found")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: Any) -> None:
        """Say nothing: clients that refuse our certificate or give up are the tests' aim."""


def _handler_of(scale: ScaleServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 30

        def _serve(self) -> None:
            headers = tuple(self.headers.items())
            answer = scale.answer(Asked(self.command, self.path, headers, self._body()))
            data = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, text in {
                "Content-Type": "application/json",
                "Content-Length": str(len(data)),
                **answer.headers,
            }.items():
                self.send_header(name, text)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b""
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def log_message(self, *_: Any) -> None:
            """Say nothing: the requests hold keys."""

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._serve)
    return Handler
