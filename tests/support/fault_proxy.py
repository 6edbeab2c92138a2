"""A small HTTP server of faults: each request it gets meets the next fault of a script.

A fault answers wrongly, late or not at all, or hands the request on to a real server and spoils
what comes back (``Forward``). It keeps what it was sent, so that a test can show what was not.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType

_PATIENCE = 30.0  # seconds after which a thread of the server gives up by itself


class Fault:
    """What happens to one request. The connection stays open when ``act`` returns True."""

    def act(self, conn: socket.socket, request: bytes) -> bool:
        raise NotImplementedError


@dataclass(frozen=True)
class Reply(Fault):
    """An answer; ``cut`` bytes of its end are missing, ``length`` is what it claims to be."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int = 0
    length: int | None = None

    @property
    def raw(self) -> bytes:
        length = len(self.body) if self.length is None else self.length
        head = {"Content-Type": "application/json", "Content-Length": str(length), **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value)
        return f"HTTP/1.1 {self.status} Status\r\n{lines}\r\n".encode() + self.body

    def act(self, conn: socket.socket, request: bytes) -> bool:
        raw = self.raw
        conn.sendall(raw[: len(raw) - self.cut])
        return not self.cut


@dataclass(frozen=True)
class Raw(Fault):
    """Any bytes, then the connection is closed."""

    data: bytes

    def act(self, conn: socket.socket, request: bytes) -> bool:
        conn.sendall(self.data)
        return False


@dataclass(frozen=True)
class Hang(Fault):
    """No answer for as long as the client stays."""

    def act(self, conn: socket.socket, request: bytes) -> bool:
        conn.settimeout(_PATIENCE)
        conn.recv(1)
        return False


@dataclass(frozen=True)
class Drip(Fault):
    """A right answer, one byte at a time."""

    reply: Reply
    interval: float = 0.05

    def act(self, conn: socket.socket, request: bytes) -> bool:
        for byte in self.reply.raw:
            conn.sendall(bytes([byte]))
            time.sleep(self.interval)
        return False


@dataclass(frozen=True)
class Reset(Fault):
    """A TCP reset after so many bytes of the answer."""

    reply: Reply = field(default_factory=Reply)
    after: int = 0

    def act(self, conn: socket.socket, request: bytes) -> bool:
        if self.after:
            conn.sendall(self.reply.raw[: self.after])
            time.sleep(0.05)  # let it arrive: a reset discards what is still on its way
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False


@dataclass(frozen=True)
class Forward(Fault):
    """The real server's answer, as ``spoil`` leaves it; None: the answer is lost."""

    port: int
    spoil: Callable[[bytes], bytes | None] = lambda raw: raw
    before: Callable[[], object] = lambda: None
    after: Callable[[], object] = lambda: None

    def act(self, conn: socket.socket, request: bytes) -> bool:
        self.before()
        with socket.create_connection(("127.0.0.1", self.port), _PATIENCE) as upstream:
            upstream.sendall(request)
            raw = read_message(upstream)
        self.after()
        spoiled = self.spoil(raw)
        if spoiled is None:
            return False
        conn.sendall(spoiled)
        return spoiled == raw


@dataclass
class Switch(Fault):
    """Whatever fault it is set to at the moment."""

    now: Fault

    def act(self, conn: socket.socket, request: bytes) -> bool:
        return self.now.act(conn, request)


class FaultServer:
    """Listens on loopback; request number n meets ``script[n]``, and the last one stays.

    ``context`` makes it speak TLS. ``requests`` holds each request as received, ``connections``
    counts the connections.
    """

    def __init__(self, *script: Fault, context: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._context = context
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.port}"
        self.requests: list[bytes] = []
        self.connections = 0

    def __enter__(self) -> FaultServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Refuse connections from now on. Safe to call twice."""
        _shut(self._listener)
        self.sever()

    def sever(self) -> None:
        """End every connection: the next request needs a new one."""
        for sock in list(self._open):
            _shut(sock)

    def _accept(self) -> None:
        while True:
            try:
                conn, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn: socket.socket) -> None:
        self._open.add(conn)
        try:
            conn.settimeout(_PATIENCE)
            if self._context is not None:
                plain, conn = conn, self._context.wrap_socket(conn, server_side=True)
                self._open.discard(plain)
                self._open.add(conn)
            while request := read_message(conn):
                with self._lock:
                    fault = self._script[min(len(self.requests), len(self._script) - 1)]
                    self.requests.append(request)
                if not fault.act(conn, request):
                    return
        except (OSError, ValueError):
            return  # the client went away, which is what many a fault is for
        finally:
            self._open.discard(conn)
            conn.close()


def _shut(sock: socket.socket) -> None:
    # shutdown() wakes the threads that wait in accept() and recv(); close() alone would not.
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def read_message(sock: socket.socket) -> bytes:
    """One HTTP message with a Content-Length or without a body; empty at the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = sock.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
    length = next((int(value) for name, _, value in lines if name == b"content-length"), 0)
    while len(body) < length:
        part = sock.recv(65536)
        if not part:
            break
        body += part
    return head + b"\r\n\r\n" + body


@contextmanager
def full_listener() -> Iterator[int]:
    """The port of a listener whose queue is full, so that a further connect hangs."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    pending = [socket.socket() for _ in range(3)]
    try:
        for sock in pending:
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield listener.getsockname()[1]
    finally:
        for sock in (*pending, listener):
            sock.close()


def closed_port() -> int:
    """A port of loopback that refuses connections."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
