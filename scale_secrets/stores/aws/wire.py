"""botocore's requests by way of the project's one transport.

botocore emits the public event ``before-send`` for each request of each client, also of those
that it makes itself to assume a profile's role; a handler that returns a response replaces its
own HTTP. So the one total deadline, the checked length, and the rules on proxies and redirects
hold here as for every store.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from scale_secrets.errors import BadAnswerError
from scale_secrets.net.messages import Answer, Request
from scale_secrets.net.transport import Transport
from scale_secrets.operation import Operation

_UNTOUCHED = frozenset({"user-agent", "content-length", "connection", "host"})


# The operation that this thread is asking for, and how its errors' messages begin.
_asking: ContextVar[tuple[Operation, str]] = ContextVar("scale-secrets-aws-operation")


class Wire:
    """The handler. ``transport`` is made when the first request is sent."""

    def __init__(self, transport: Callable[[], Transport]) -> None:
        self._transport = transport

    def send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Handle ``before-send``."""
        operation, doing = _asking.get()
        headers = {name: _text(value) for name, value in request.headers.items()}
        botocore_agent = headers.get("User-Agent", "")
        kept = {name: text for name, text in headers.items() if name.lower() not in _UNTOUCHED}
        kept["User-Agent"] = f"{operation.user_agent} {botocore_agent}".strip()
        answer = self._transport().send(
            Request(request.method, request.url, kept, _bytes(request.body)), operation, doing=doing
        )
        _require_aws(answer, json_expected="X-Amz-Target" in headers, doing=doing)
        # The stubs want urllib3's own types here; botocore asks for a mapping and a stream().
        headers_and_body: Any = (dict(answer.headers), _Body(answer.body))
        return AWSResponse(request.url, answer.status, *headers_and_body)


@contextmanager
def asking(operation: Operation, doing: str) -> Iterator[None]:
    """Requests sent inside belong to ``operation``; ``doing`` begins their errors' messages."""
    token = _asking.set((operation, doing))
    try:
        yield
    finally:
        _asking.reset(token)


class _Body:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body


def _require_aws(answer: Answer, *, json_expected: bool, doing: str) -> None:
    """AWS redirects no call of ours, and answers a JSON call with an object, or with nothing."""
    wrong = ""
    if 300 <= answer.status < 400:
        wrong = f"redirects (status {answer.status})"
    elif answer.status < 300 and json_expected and answer.body and not _is_object(answer.body):
        wrong = "is no JSON object"
    if wrong:
        raise BadAnswerError(
            f"{doing}: the answer {wrong}, as Secrets Manager's never does",
            hint="check the endpoint, and that no proxy or captive portal answers for it",
            sent=True,
        )


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _bytes(body: Any) -> bytes | None:
    """AWS's JSON and query calls, which are all that pass here, stream nothing."""
    data: bytes | None = body.encode() if isinstance(body, str) else body
    return data
