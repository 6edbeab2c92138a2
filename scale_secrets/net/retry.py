"""Asking again: exponential back-off with full jitter, never beyond the operation's deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from scale_secrets.errors import UnreachableError
from scale_secrets.operation import Operation

T = TypeVar("T")

BASE = 0.25  # seconds; the first pause is at most this long, each further one twice the last
CAP = 8.0
LONGEST_RETRY_AFTER = 15.0  # a server's wish beyond this is no reason to wait


class ThrottledError(UnreachableError):
    """The server asks for patience. ``retry_after``: for how many seconds, when it says so."""

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint, sent=False, retryable=True)
        self.retry_after = retry_after


def _jitter() -> float:
    from random import random  # a first attempt needs none

    return random()  # noqa: S311 - it spreads clients, and keeps no secret


def retrying(
    attempt: Callable[[], T],
    operation: Operation,
    *,
    attempts: int = 4,
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = _jitter,
) -> T:
    """``attempt()``, repeated while it raises a retryable ``UnreachableError``; the last is raised.

    For what may safely be done twice. A write belongs here only when its ``attempt`` makes an
    error that leaves it in doubt (``sent``) a final one.
    """
    for number in range(attempts):
        try:
            return attempt()
        except UnreachableError as error:
            pause = min(CAP, BASE * 2**number) * jitter()
            if isinstance(error, ThrottledError) and error.retry_after is not None:
                pause = max(pause, min(error.retry_after, LONGEST_RETRY_AFTER))
            last = number + 1 >= attempts
            if last or not error.retryable or pause >= operation.deadline.remaining():
                raise
        sleep(pause)
    raise ValueError("attempts must be at least 1")


def parse_retry_after(text: str | None) -> float | None:
    """The seconds of a Retry-After header. An HTTP date counts as absent: clocks may differ."""
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
