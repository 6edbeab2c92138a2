"""One connection, and one exchange on it after another. An answer is complete, or an error.

No message holds a header, a body or a query: ``doing`` and the host are all that is named.
"""

from __future__ import annotations

import select
from collections.abc import Iterator

from scale_secrets.errors import BadAnswerError, UnreachableError, UsageError
from scale_secrets.net.http1 import CutError, MalformedError, head, read_answer
from scale_secrets.net.messages import Answer, Request
from scale_secrets.net.sockets import DeadlineSocket
from scale_secrets.net.target import Target
from scale_secrets.operation import Operation

_WITH_BODY = ("POST", "PUT", "PATCH")
_USUAL_PORTS = {"http": 80, "https": 443}


class StaleConnectionError(UnreachableError):
    """The peer hung up before any byte of an answer, as it may on an idle connection."""


class Connection:
    """A connected (and, for https, TLS-wrapped) socket. Not for two threads at once."""

    def __init__(self, sock: DeadlineSocket, target: Target) -> None:
        self._sock = sock
        self._target = target
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
        self._sock.allow(operation.deadline, doing=doing)
        try:
            sent = head(request.method, resource, self._fields(request, operation))
        except ValueError:  # it would repeat what it refuses
            raise UsageError(
                f"{doing}: the request holds a character that HTTP cannot carry",
                hint="check path, token and options for line breaks and other control characters",
            ) from None
        try:
            self._sock.send(sent + (request.body or b""))
        except OSError as error:
            raise self._broken(self._last_words(error), doing) from None
        return self._receive(request.method, doing)

    def _fields(self, request: Request, operation: Operation) -> Iterator[tuple[str, str]]:
        """The request's own, after those that it leaves to us."""
        usual = _USUAL_PORTS[self._target.scheme]
        ours = {
            "Host": self._target.authority.removesuffix(f":{usual}"),
            "User-Agent": operation.user_agent,
            "Accept-Encoding": "identity",
        }
        if request.body is not None or request.method in _WITH_BODY:
            ours["Content-Length"] = str(len(request.body or b""))
        given = {name.lower() for name in request.headers}
        yield from ((name, text) for name, text in ours.items() if name.lower() not in given)
        yield from request.headers.items()

    def _receive(self, method: str, doing: str) -> Answer:
        try:
            answer, self.reusable = read_answer(self._sock.receive, method)
        except CutError:
            raise self._ended(doing) from None
        except MalformedError as error:
            raise _bad(doing, str(error)) from None
        except OSError as error:
            raise self._broken(error, doing) from None
        return answer

    def _last_words(self, error: OSError) -> OSError:
        """A TLS server says why it hangs up, but a failed write hides it: read it."""
        try:
            self._sock.receive(1)
        except OSError as said:
            return said if self._target.scheme == "https" else error
        return error

    def _broken(self, error: OSError, doing: str) -> UnreachableError:
        if self._target.scheme == "https":
            from scale_secrets.net.tls import explain, is_of_tls

            if is_of_tls(error):
                return explain(error, self._target.host, doing=doing, sent=True)
        return self._ended(doing)

    def _ended(self, doing: str) -> UnreachableError:
        if self._sock.received:
            return _bad(doing, "ends before it is complete", retryable=True)
        return StaleConnectionError(
            f"{doing}: the server closed the connection without an answer",
            hint="try again; check the server's log",
            sent=True,
            retryable=True,
        )


def _bad(doing: str, what: str, *, retryable: bool = False) -> BadAnswerError:
    return BadAnswerError(
        f"{doing}: the answer {what}",
        hint="check that the address is the store's, and no proxy or load balancer answers for it",
        sent=True,
        retryable=retryable,
    )
