"""A stub of AWS over HTTP that answers what a test scripts, and keeps what it was asked.

For what moto cannot say: denials, throttling, expired tokens, broken answers. The shapes are those
of the AWS JSON 1.1 protocol: an error is ``{"__type": CODE, "message": TEXT}`` with a status.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True, slots=True)
class Call:
    """``action`` without its service: ``GetSecretValue``, ``AssumeRole``."""

    action: str
    parameters: Mapping[str, Any]
    headers: Mapping[str, str]  # lower-case names


@dataclass(frozen=True, slots=True)
class Reply:
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


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


@contextmanager
def aws_stub(answer: Callable[[Call], Reply]) -> Iterator[AwsStub]:
    """Serve ``answer`` on loopback. It is called in several threads at once."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            call = _call(raw, {name.lower(): text for name, text in self.headers.items()})
            stub.calls.append(call)
            reply = answer(call)
            self.send_response(reply.status)
            for name, text in {
                "Content-Type": "application/x-amz-json-1.1",
                "Content-Length": str(len(reply.body)),
                **reply.headers,
            }.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing: the requests hold secrets."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        stub = AwsStub(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join(10)


def _call(raw: bytes, headers: Mapping[str, str]) -> Call:
    target = headers.get("x-amz-target", "")
    if target:
        return Call(target.partition(".")[2], json.loads(raw), headers)
    form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
    return Call(form.pop("Action", ""), form, headers)
