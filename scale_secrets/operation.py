"""One operation: who asks for what, and the one total deadline that all of its I/O shares."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scale_secrets import __version__
from scale_secrets.errors import DeadlineError
from scale_secrets.frozen import frozen
from scale_secrets.keys import without_keys

_NAME = re.compile(r"[A-Za-z0-9_.+-]+\Z")
DEFAULT_TIMEOUT = 30.0  # seconds: rides out a default-timed fail-over of a Vault raft cluster


class Deadline:
    """A point in time by which everything must have ended. ``clock`` counts seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        """Seconds left; zero or less when it has passed."""
        return self._end - self._clock()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While a person is asked something, no time is counted."""
        began = self._clock()
        try:
            yield
        finally:
            self._end += self._clock() - began

    def require(self, doing: str) -> float:
        """Seconds left. Raises ``DeadlineError`` that names ``doing`` when there are none."""
        left = self.remaining()
        if left <= 0:
            raise DeadlineError(
                f"{doing}: not done within {self.seconds:g} s",
                hint="check the network and the store's health, or allow more with --timeout",
                sent=True,
            )
        return left


@frozen
class Operation:
    """What the stores' own audit logs are told, and how long it may take.

    ``strong``: a read must see every write that came before it, so a replica does not do.
    """

    deadline: Deadline
    command: str = "library"
    environment: str | None = None
    strong: bool = False

    @property
    def user_agent(self) -> str:
        """For example ``scale-secrets/0.1.0 (env=live; cmd=header)``."""
        # Beside a coordinate a name is not looked up: what was typed may be a pasted key.
        name = self.environment or ""
        plain = _NAME.match(name) and without_keys(name) == name
        environment = f"env={name}; " if plain else ""
        return f"scale-secrets/{__version__} ({environment}cmd={self.command})"


def operation(
    timeout: float = DEFAULT_TIMEOUT, *, command: str = "library", environment: str | None = None
) -> Operation:
    """Start an operation now, with ``timeout`` seconds for all of it."""
    return Operation(Deadline(timeout), command, environment)
