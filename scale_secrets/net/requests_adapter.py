"""``requests`` by way of the transport, so that hvac has the very same deadline and checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import BaseAdapter

from scale_secrets.net.messages import Answer, Request
from scale_secrets.net.transport import Transport
from scale_secrets.operation import Operation


class TransportAdapter(BaseAdapter):
    """Sends each request of one operation; ``check`` sees every answer first and may raise."""

    def __init__(
        self,
        transport: Transport,
        operation: Operation,
        *,
        doing: str,
        check: Callable[[Answer], None] | None = None,
    ) -> None:
        super().__init__()
        self._transport = transport
        self._operation = operation
        self._doing = doing
        self._check = check

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """What ``requests`` would add (timeouts, proxies, verification) is the transport's."""
        body = request.body.encode() if isinstance(request.body, str) else request.body
        if not isinstance(body, bytes | None):
            raise TypeError("a request's body is text or bytes here")
        headers = {
            name: value if isinstance(value, str) else value.decode("latin-1")
            for name, value in request.headers.items()
            # requests' own name would hide ours; the others are the transport's to settle.
            if name.lower() not in ("user-agent", "accept-encoding", "connection", "content-length")
        }
        answer = self._transport.send(
            Request(
                request.method or "GET",
                request.url or "",
                headers,
                body,
            ),
            self._operation,
            doing=self._doing,
        )
        if self._check is not None:
            self._check(answer)
        return _response(request, answer)

    def close(self) -> None:
        """Nothing: the transport belongs to whoever made it."""


def session(adapter: TransportAdapter) -> requests.Session:
    """A session that has no other way out, and reads neither netrc nor proxy variables."""
    made = requests.Session()
    made.trust_env = False
    made.adapters.clear()
    made.mount("http://", adapter)
    made.mount("https://", adapter)
    return made


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers.update(answer.headers)
    response.url = request.url or ""
    response.request = request
    response.encoding = "utf-8"
    response._content = answer.body  # what requests' own adapters do once the body is read
    return response
