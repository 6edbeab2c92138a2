"""One connection, and one exchange on it after another. An answer is complete, or an error.

No message holds a header, a body or a query: ``doing`` and the host are all that is named.
"""

from __future__ import annotations

import http.client
import re
import select
import ssl
from collections.abc import Mapping

from scale_secrets.errors import BadAnswerError, UnreachableError, UsageError
from scale_secrets.net.messages import Answer, Request
from scale_secrets.net.sockets import DeadlineSocket
from scale_secrets.net.target import Target
from scale_secrets.net.tls import explain
from scale_secrets.operation import Operation

MAX_BODY = 32 * 1024 * 1024  # bytes; far above what any store holds in one secret
_MAX_HEAD = 256 * 1024
_CHUNK = 64 * 1024


class StaleConnectionError(UnreachableError):
    """The peer hung up before any byte of an answer, as it may on an idle connection."""


class Connection:
    """A connected (and, for https, TLS-wrapped) socket. Not for two threads at once."""

    def __init__(self, sock: DeadlineSocket, target: Target) -> None:
        self._sock = sock
        self._host = target.host
        self._http = http.client.HTTPConnection(target.host, target.port)
        self._http.auto_open = 0  # only the transport opens, under the deadline
        self._http.sock = sock
        # http.client leaves out a scheme's usual port, but knows no scheme here.
        usual = {"http": 80, "https": 443}[target.scheme]
        self._host_header = target.authority.removesuffix(f":{usual}")
        self.reusable = True

    def close(self) -> None:
        self._sock.release()

    @property
    def quiet(self) -> bool:
        """Whether nothing has arrived unasked: neither stray bytes nor the peer's farewell."""
        poll = select.poll()
        try:
            poll.register(self._sock.raw, select.POLLIN)
        except ValueError:  # closed by another part of this process
            return False
        return not poll.poll(0)

    def exchange(
        self, request: Request, resource: str, operation: Operation, *, doing: str
    ) -> Answer:
        """Send, and read the whole answer. ``self.reusable`` tells whether another may follow."""
        self.reusable = False  # until this exchange has ended well
        self._sock.allow(operation.deadline, budget=MAX_BODY + _MAX_HEAD, doing=doing)
        headers = self._headers(request.headers, operation)
        try:
            self._http.request(request.method, resource, request.body, headers)
        except (ValueError, http.client.HTTPException):  # both would repeat what they refuse
            raise UsageError(
                f"{doing}: the request holds a character that HTTP cannot carry",
                hint="check path, token and options for line breaks and other control characters",
            ) from None
        except OSError as error:
            raise self._broken(self._last_words(error), doing) from None
        return self._receive(doing)

    def _headers(self, given: Mapping[str, str], operation: Operation) -> dict[str, str]:
        names = {name.lower() for name in given}
        headers = {} if "host" in names else {"Host": self._host_header}
        if "user-agent" not in names:
            headers["User-Agent"] = operation.user_agent
        return headers | dict(given)

    def _receive(self, doing: str) -> Answer:
        try:
            response = self._http.getresponse()
            try:
                framed = _is_framed(response, doing)
                body = _read(response, doing)
            finally:
                response.close()
        except ConnectionResetError as error:  # http.client.RemoteDisconnected is one
            raise self._broken(error, doing) from None
        except (http.client.HTTPException, ValueError):
            if self._sock.ended:
                raise _cut(doing) from None
            raise _bad(doing, "is not HTTP as its standard says") from None
        except OSError as error:
            raise self._broken(error, doing) from None
        if framed and self._sock.ended:  # within the head, or the trailer of the last chunk
            raise _cut(doing)
        self.reusable = not response.will_close
        headers: dict[str, str] = {}
        for field, value in response.getheaders():
            name = field.lower()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Answer(response.status, headers, body)

    def _last_words(self, error: OSError) -> OSError:
        """A TLS server says why it hangs up, but a failed write hides it: read it."""
        try:
            self._sock.recv_into(bytearray(1))
        except ssl.SSLError as said:
            return said
        except OSError:
            return error
        return error

    def _broken(self, error: OSError, doing: str) -> UnreachableError:
        if isinstance(error, ssl.SSLError):
            return explain(error, self._host, doing=doing, sent=True)
        if self._sock.received:
            return _cut(doing)
        return StaleConnectionError(
            f"{doing}: the server closed the connection without an answer",
            hint="try again; check the server's log",
            sent=True,
            retryable=True,
        )


def _is_framed(response: http.client.HTTPResponse, doing: str) -> bool:
    """An answer must say where it ends, otherwise a cut one looks complete; a refusal need not.

    Go's refusal of plain HTTP on a TLS port ends with the connection.
    """
    if response.length == 0 or response.chunked:
        return True
    if response.length is None and response.status >= 400:
        return False
    lengths = {length.strip() for length in response.headers.get_all("Content-Length", [])}
    honest = len(lengths) == 1 and all(re.fullmatch("[0-9]+", length) for length in lengths)
    if response.length is None or not honest or "Transfer-Encoding" in response.headers:
        raise _bad(doing, "does not say how long it is")
    if response.length > MAX_BODY:
        raise _bad(doing, f"is longer than {MAX_BODY} bytes")
    return True


def _read(response: http.client.HTTPResponse, doing: str) -> bytes:
    parts = []
    while part := response.read(_CHUNK):  # in parts: a false length must not reserve memory
        parts.append(part)
    if response.length:
        raise _cut(doing)
    return b"".join(parts)


def _cut(doing: str) -> BadAnswerError:
    return _bad(doing, "ends before it is complete", retryable=True)


def _bad(doing: str, what: str, *, retryable: bool = False) -> BadAnswerError:
    return BadAnswerError(
        f"{doing}: the answer {what}",
        hint="check that the address is the store's, and no proxy or load balancer answers for it",
        sent=True,
        retryable=retryable,
    )
