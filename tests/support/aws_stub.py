"""A stub of AWS over HTTP that answers what a test scripts, and keeps what it was asked.

For what moto cannot say: denials, throttling, expired tokens, broken answers, answers that never
come. The shapes are those of the AWS JSON 1.1 protocol: an error is
``{"__type": CODE, "message": TEXT}`` with a status.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.tls import Pair


@dataclass(frozen=True, slots=True)
class Call:
    """``action`` without its service: ``GetSecretValue``, ``AssumeRole``."""

    action: str
    parameters: Mapping[str, Any]
    headers: Mapping[str, str]  # lower-case names
    raw: bytes


class Manner(Enum):
    """How a reply travels."""

    WHOLE = auto()
    HANG = auto()  # not at all, and the connection stays open
    LOST = auto()  # not at all, and the connection is closed
    DRIP = auto()  # one byte in 50 ms
    CUT = auto()  # ten bytes short of the announced length


@dataclass(frozen=True, slots=True)
class Reply:
    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    manner: Manner = Manner.WHOLE


def ok(**members: Any) -> Reply:
    return Reply(json.dumps(members).encode())


def error(code: str, message: str = "", status: int = 400, **headers: str) -> Reply:
    body = json.dumps({"__type": code, "message": message}).encode()
    return Reply(body, status, {name.replace("_", "-"): text for name, text in headers.items()})


def secret(name: str, text: str, version: str = "v" * 32) -> dict[str, Any]:
    """What GetSecretValue answers, and BatchGetSecretValue in its list."""
    return {
        "ARN": f"arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-AbCdEf",
        "Name": name,
        "VersionId": version,
        "SecretString": text,
        "VersionStages": ["AWSCURRENT"],
        "CreatedDate": 1763971200.25,
    }


@dataclass(slots=True)
class AwsStub:
    url: str
    calls: list[Call] = field(default_factory=list)

    @property
    def actions(self) -> list[str]:
        return [call.action for call in self.calls]

    @property
    def environ(self) -> dict[str, str]:
        """Variables for a client that finds this stub."""
        return {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def forward(url: str, call: Call) -> Reply:
    """What the server at ``url`` (moto) answers to the same call."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    kept = ("x-amz-target", "content-type", "authorization", "x-amz-date")
    headers = {name: call.headers[name] for name in kept if name in call.headers}
    try:
        connection.request("POST", "/", call.raw, headers)
        answer = connection.getresponse()
        return Reply(answer.read(), answer.status)
    finally:
        connection.close()


@contextmanager
def aws_stub(answer: Callable[[Call], Reply], pair: Pair | None = None) -> Iterator[AwsStub]:
    """Serve ``answer`` on loopback, over TLS with ``pair``. It is called in several threads."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each kept connection's answers come 40 ms late

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            call = _call(raw, {name.lower(): text for name, text in self.headers.items()})
            stub.calls.append(call)
            reply = answer(call)
            if reply.manner is Manner.HANG:
                ended.wait(30)
            if reply.manner in (Manner.HANG, Manner.LOST):
                self.close_connection = True
                return
            self.send_response_only(reply.status)
            for name, text in {
                "Content-Type": "application/x-amz-json-1.1",
                "Content-Length": str(len(reply.body)),
                **reply.headers,
            }.items():
                self.send_header(name, text)
            self.end_headers()
            with suppress(OSError):  # a client that gave up
                self._send_body(reply)

        def _send_body(self, reply: Reply) -> None:
            if reply.manner is Manner.CUT:
                self.wfile.write(reply.body[:-10])
                self.close_connection = True
            elif reply.manner is Manner.DRIP:
                for byte in reply.body:
                    self.wfile.write(bytes([byte]))
                    if ended.wait(0.05):
                        return
            else:
                self.wfile.write(reply.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing: the requests hold secrets."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """Say nothing: clients that refuse our certificate or give up are the tests' aim."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if pair is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pair.certificate, pair.key)
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        scheme = "http" if pair is None else "https"
        stub = AwsStub(f"{scheme}://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield stub
        finally:
            ended.set()
            server.shutdown()
            thread.join(10)


def _call(raw: bytes, headers: Mapping[str, str]) -> Call:
    target = headers.get("x-amz-target", "")
    if target:
        return Call(target.partition(".")[2], json.loads(raw), headers, raw)
    form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
    return Call(form.pop("Action", ""), form, headers, raw)
