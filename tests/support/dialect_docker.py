"""The docker CLI as a parser of env files: it posts what it read to a daemon, which is faked here.

The CLI asks for the daemon's API version, then creates the container: nothing else. Any version
in the path is accepted, so that each docker from 20.10 on can be asked.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_API_VERSION = "1.50"  # a CLI that is older speaks its own


class DockerError(Exception):
    """The CLI refused the file."""


class _Daemon(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.environments: list[list[str]] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Daemon

    def do_HEAD(self) -> None:
        self._answer(200, b"")

    def do_GET(self) -> None:
        self._answer(200 if self.path == "/_ping" else 404, b"OK")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if re.fullmatch(r"(/v[0-9.]+)?/containers/create(\?.*)?", self.path):
            self.server.environments.append(body["Env"] or [])
            self._answer(201, json.dumps({"Id": "0" * 64, "Warnings": []}).encode())
        else:
            self._answer(404, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Api-Version", _API_VERSION)
        self.send_header("Ostype", "linux")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the requests hold the values."""


def read_env_file(file: Path) -> list[str]:
    """The ``NAME=value`` strings that ``docker create`` reads. Raises ``DockerError``."""
    with _Daemon() as daemon:
        thread = threading.Thread(target=daemon.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            result = subprocess.run(
                ["docker", "create", "--env-file", file, "image"],
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(file.parent),
                    "DOCKER_HOST": f"tcp://127.0.0.1:{daemon.server_port}",
                },
                capture_output=True,
                timeout=60,
                check=False,
            )
        finally:
            daemon.shutdown()
            thread.join()
    if result.returncode:
        raise DockerError(result.stderr.decode(errors="replace"))
    (environment,) = daemon.environments
    return environment
