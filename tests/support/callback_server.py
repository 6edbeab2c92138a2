"""The shipped examples of callback receivers, each in a server of its own, and requests to them.

    with Receiver.start(RECEIVERS["flask"], project) as receiver:
        receiver.post([("scale-callback-auth", KEY)]).status == 200

Requests are written to a socket as they are: no client tidies up what a test wants to send wrong.
"""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.openbao import free_ports
from tests.support.project import Project

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples" / "callbacks"
HEADER = "scale-callback-auth"
PATH = "/scale/callbacks"
TASK = b'{"task_id": "5774cc78b01249ab09f089dd", "response": {}, "task": {}}'
RECEIVED = {"received": "5774cc78b01249ab09f089dd"}
PATIENCE = 30.0  # seconds for what must come

_WSGIREF = """
import sys
from importlib import import_module
from wsgiref.simple_server import make_server
module, name, port = sys.argv[1:]
make_server("127.0.0.1", int(port), getattr(import_module(module), name)).serve_forever()
"""


def _uvicorn(app: str) -> Sequence[str]:
    return ("-m", "uvicorn", app, "--log-level", "info", "--port")


def _wsgiref(module: str, name: str) -> Sequence[str]:
    return ("-c", _WSGIREF, module, name)


# Arguments of Python; the port comes last. Each example under a server that its framework names.
RECEIVERS: dict[str, Sequence[str]] = {
    "fastapi": _uvicorn("fastapi_app:app"),
    "starlette": _uvicorn("starlette_app:app"),
    "django asgi": _uvicorn("django_app:asgi"),
    "django wsgi": _wsgiref("django_app", "wsgi"),
    "flask": ("-m", "flask", "--app", "flask_app", "run", "--port"),
    "flask wsgiref": _wsgiref("flask_app", "app"),
    "aiohttp": ("-m", "aiohttp.web", "-H", "127.0.0.1", "aiohttp_app:make_app", "-P"),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """``headers``: names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def received(self) -> object:
        """What an example answers to a callback."""
        return json.loads(self.body)


class Receiver:
    """A context manager. ``log``: all that the server and the application printed."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self._process = process
        self._log = log
        self.port = port

    @classmethod
    def start(cls, words: Sequence[str], project: Project) -> Receiver:
        (port,) = free_ports(1)
        log = project.root / f"log-{port}"
        environ = {**project.environ, "PYTHONPATH": f"{EXAMPLES}:{EXAMPLES.parents[2]}"}
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, *words, str(port)],
                cwd=project.root,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        receiver = cls(process, port, log)
        try:
            receiver._wait()
        except BaseException:
            receiver.close()
            raise
        return receiver

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def log(self) -> bytes:
        return self._log.read_bytes()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def post(
        self,
        headers: Iterable[tuple[str, str | bytes]],
        *,
        path: str = PATH,
        method: str = "POST",
        body: bytes = TASK,
    ) -> Reply:
        """Send it all, and read to the end of the answer."""
        with self.connect() as connection:
            connection.sendall(head(headers, path=path, method=method, length=len(body)) + body)
            return read_reply(connection, method)

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            if self._process.poll() is not None:
                raise RuntimeError(self.log.decode(errors="replace"))
            try:
                self.connect().close()
                return
            except ConnectionRefusedError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)


def head(
    headers: Iterable[tuple[str, str | bytes]],
    *,
    length: int,
    path: str = PATH,
    method: str = "POST",
) -> bytes:
    """A request up to its body."""
    lines: list[tuple[str, str | bytes]] = [
        ("Host", "127.0.0.1"),
        ("Connection", "close"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(length)),
        *headers,
    ]
    text = b"".join(
        name.encode() + b": " + (value.encode() if isinstance(value, str) else value) + b"\r\n"
        for name, value in lines
    )
    return f"{method} {path} HTTP/1.1\r\n".encode() + text + b"\r\n"


def read_reply(connection: socket.socket, method: str = "POST") -> Reply:
    """The next final answer. Raises ``http.client.HTTPException`` for less than one."""
    answer = http.client.HTTPResponse(connection, method=method)
    answer.begin()
    headers = {name.lower(): text for name, text in answer.getheaders()}
    return Reply(answer.status, headers, answer.read())
