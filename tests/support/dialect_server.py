"""A loopback server that notes which Authorization headers each request brought.

It answers like Scale where the official SDK asks, ``/redirect`` sends the client to another host
name (the same server), and ``/challenge`` answers 401.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HeaderServer(ThreadingHTTPServer):
    """``seen``: path and Authorization headers of each request, in their order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, list[str]]] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait 40 ms for each other
    server: HeaderServer

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.headers.get_all("Authorization") or []))
        if self.path == "/redirect":
            elsewhere = f"http://localhost:{self.server.server_port}/elsewhere"
            self._answer(302, "Location", elsewhere)
        elif self.path == "/challenge":
            self._answer(401, "WWW-Authenticate", 'Basic realm="x"')
        else:
            self._answer(200, "Content-Type", "application/json")

    def _answer(self, status: int, name: str, value: str) -> None:
        body = b"[]"
        self.send_response(status)
        self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the requests hold the key."""


@contextmanager
def header_server() -> Iterator[HeaderServer]:
    with HeaderServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
