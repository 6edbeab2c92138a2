"""Sockets under one total deadline: it holds over every resolved address and every single byte.

A socket's own timeout starts anew with each call, so a peer that sends one byte every 50 ms is
never late. Here each call is given only what is left of the whole.
"""

from __future__ import annotations

import socket
import threading
from typing import Any

from scale_secrets.errors import UnreachableError
from scale_secrets.net.target import is_literal, is_loopback
from scale_secrets.operation import Deadline

Address = tuple[Any, ...]


class DeadlineSocket:
    """A connected socket whose every read and write ends by the current exchange's deadline.

    ``allow`` begins an exchange; ``received`` counts the bytes that came in this one.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.raw = sock
        self.received = 0
        self._deadline = Deadline(0)
        self._doing = ""

    def allow(self, deadline: Deadline, *, doing: str) -> None:
        """Begin an exchange that may last until ``deadline``."""
        self._deadline, self._doing = deadline, doing
        self.received = 0

    def send(self, data: bytes) -> None:
        """Send all of it. Raises ``DeadlineError`` and ``OSError``."""
        view = memoryview(data)
        while view:
            self.raw.settimeout(self._deadline.require(self._doing))
            try:
                view = view[self.raw.send(view) :]
            except TimeoutError:
                continue  # ``require`` raises as soon as the deadline really has passed

    def receive(self, most: int) -> bytes:
        """What has come, up to ``most`` bytes; none when the peer closed its side.

        Raises ``DeadlineError`` and ``OSError``.
        """
        while True:
            self.raw.settimeout(self._deadline.require(self._doing))
            try:
                data = self.raw.recv(most)
            except TimeoutError:
                continue
            self.received += len(data)
            return data

    def release(self) -> None:
        """Close, without telling the peer: after a fork it may be another's socket."""
        self.raw.close()


def connect(host: str, port: int, deadline: Deadline, *, doing: str) -> socket.socket:
    """A TCP connection to the first address that answers; each gets its share of the time.

    Raises ``UnreachableError`` with ``sent=False``, ``DeadlineError`` when time is up.
    """
    addresses = resolve(host, port, deadline, doing=doing)
    problem: OSError | None = None
    for index, (family, kind, protocol, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(deadline.require(doing) / (len(addresses) - index))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            problem = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    deadline.require(doing)
    reason = (problem.strerror or "timed out").lower() if problem else "it has no address"
    raise UnreachableError(
        f"{doing}: cannot connect to {host} port {port}: {reason}",
        hint="check the address, and that the server runs and can be reached from here",
        retryable=True,
    )


def resolve(
    host: str, port: int, deadline: Deadline, *, doing: str
) -> list[tuple[int, int, int, Address]]:
    """The host's addresses. A resolver knows no deadline, so it works in a thread of its own."""
    if is_literal(host) or is_loopback(host):
        return _look_up(host, port, doing)
    outcome: list[list[tuple[int, int, int, Address]] | UnreachableError] = []

    def work() -> None:
        try:
            outcome.append(_look_up(host, port, doing))
        except UnreachableError as error:
            outcome.append(error)

    # A daemon, because a resolver that hangs must not keep the process from ending.
    thread = threading.Thread(target=work, name="resolver", daemon=True)
    thread.start()
    while not outcome and thread.is_alive():
        thread.join(deadline.require(doing))
    if isinstance(outcome[0], UnreachableError):
        raise outcome[0]
    return outcome[0]


def _look_up(host: str, port: int, doing: str) -> list[tuple[int, int, int, Address]]:
    try:
        # Text would go through the codec of IDNA, whose tables are slow to import.
        name = host.encode("ascii") if host.isascii() else host
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:  # ValueError: a label that IDNA cannot encode, or a NUL
        temporary = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        raise UnreachableError(
            f"{doing}: the name {host} is not known to the resolver",
            hint="check the address for a typing error, and the network's name service",
            retryable=temporary,
        ) from None
    return [(family, kind, protocol, address) for family, kind, protocol, _, address in found]
