"""The one way out over HTTP: kept connections, one total deadline, a checked answer, no redirect.

Invariants: a connection is used by one thread at a time and never by a forked child of the
process that opened it; a redirect is returned to the caller, never followed; no variable but
those of ``environ`` counts (never netrc); http targets and loopback never go through a proxy.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from scale_secrets.errors import DeadlineError, UnreachableError
from scale_secrets.net.connection import Connection, StaleConnectionError
from scale_secrets.net.messages import Answer, Request, Tls
from scale_secrets.net.sockets import DeadlineSocket, connect
from scale_secrets.net.target import Proxy, Target, proxy_for, target_of
from scale_secrets.operation import Operation

if TYPE_CHECKING:
    import ssl

_IDEMPOTENT = frozenset({"GET", "HEAD", "LIST"})
_MAX_CONNECT_ANSWER = 64 * 1024

_Key = tuple[int, str, str, int]


class Transport:
    """Sends requests. Safe for threads: plain list operations, because a lock would stay locked
    for ever in a child that was forked while another thread held it.
    """

    def __init__(self, tls: Tls, environ: Mapping[str, str]) -> None:
        self._tls = tls
        self._environ = environ
        self._idle: dict[_Key, list[Connection]] = {}

    def send(self, request: Request, operation: Operation, *, doing: str) -> Answer:
        """The answer, whatever its status. ``doing`` begins every message: ``store "vault": …``.

        Raises ``UnreachableError`` (``DeadlineError``, ``BadAnswerError``), whose ``sent`` and
        ``retryable`` tell the caller what a repetition would mean, and ``UsageError`` for a
        request that HTTP cannot carry.
        """
        target = target_of(request.url, doing=doing)
        with _unsent():
            operation.deadline.require(doing)
        kept = self._take(target)
        connection = kept or self._open(target, operation, doing)
        try:
            return self._exchange(connection, target, request, operation, doing)
        except StaleConnectionError:
            if kept is None or request.method not in _IDEMPOTENT:
                raise
        fresh = self._open(target, operation, doing)
        return self._exchange(fresh, target, request, operation, doing)

    def close(self) -> None:
        """Close what is idle; never raises."""
        for connections in list(self._idle.values()):
            while connections:
                connections.pop().close()

    def _exchange(
        self,
        connection: Connection,
        target: Target,
        request: Request,
        operation: Operation,
        doing: str,
    ) -> Answer:
        try:
            return connection.exchange(request, target.resource, operation, doing=doing)
        finally:
            if connection.reusable:
                self._idle.setdefault(_key(target), []).append(connection)
            else:
                connection.close()

    def _take(self, target: Target) -> Connection | None:
        idle = self._idle.get(_key(target), [])
        while idle:
            try:
                connection = idle.pop()
            except IndexError:  # another thread was faster
                return None
            if connection.quiet:
                return connection
            connection.close()
        return None

    def _open(self, target: Target, operation: Operation, doing: str) -> Connection:
        deadline = operation.deadline
        with _unsent():
            context = self._context if target.scheme == "https" else None
            proxy = proxy_for(target, self._environ)
            if proxy is None:
                sock = connect(target.host, target.port, deadline, doing=doing)
            else:
                sock = connect(proxy.host, proxy.port, deadline, doing=f"{doing}: proxy")
                tunnel = DeadlineSocket(sock)
                tunnel.allow(deadline, doing=doing)
                _open_tunnel(tunnel, target, proxy, doing)
            if context is not None:
                from scale_secrets.net.tls import handshake

                name = self._tls.server_name or target.host
                sock = handshake(sock, context, name, deadline, doing=doing)
        return Connection(DeadlineSocket(sock), target)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        from scale_secrets.net.tls import context_of  # costs as much as the rest of the transport

        return context_of(self._tls)


@contextmanager
def _unsent() -> Iterator[None]:
    """Time that runs out in here ran out before anything was sent."""
    try:
        yield
    except DeadlineError as error:
        error.sent = False
        raise


def _key(target: Target) -> _Key:
    """The process is part of the key, so a forked child never finds its parent's connections."""
    return os.getpid(), target.scheme, target.host, target.port


def _open_tunnel(sock: DeadlineSocket, target: Target, proxy: Proxy, doing: str) -> None:
    """Ask an HTTP proxy for a tunnel; closes the socket and raises when it refuses."""
    from base64 import b64encode

    head = f"CONNECT {target.authority} HTTP/1.1\r\nHost: {target.authority}\r\n"
    if proxy.credentials is not None:
        head += f"Proxy-Authorization: Basic {b64encode(proxy.credentials.encode()).decode()}\r\n"
    try:
        sock.send(f"{head}\r\n".encode())
        status = _tunnel_status(sock)
    except OSError:
        status = 0
    except BaseException:
        sock.release()
        raise
    if not 200 <= status < 300:
        sock.release()
        raise UnreachableError(
            f"{doing}: the proxy {proxy.host} port {proxy.port} opens no tunnel"
            + (f" (status {status})" if status else ""),
            hint="check the credentials in HTTPS_PROXY"
            if status == 407
            else "check HTTPS_PROXY, or name the host in NO_PROXY",
            retryable=status == 0 or status >= 500,
        )


def _tunnel_status(sock: DeadlineSocket) -> int:
    """The status of a CONNECT; 0 when it is no HTTP. Reads not one byte beyond its head."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.receive(1)
        if not byte or len(head) > _MAX_CONNECT_ANSWER:
            return 0
        head += byte
    version, _, rest = bytes(head).partition(b" ")
    return int(rest[:3]) if version.startswith(b"HTTP/1.") and rest[:3].isdigit() else 0
