"""How often a refused key may have the store asked: at once, and then with growing pauses.

A rotation is noticed at once. A key that stays refused, because it is wrong or was revoked before
its successor was stored, would otherwise have every request ask the store.
"""

from __future__ import annotations

import math

FIRST_PAUSE = 1.0  # seconds after the first read that brought the same; each further one doubles it
LONGEST_PAUSE = 30.0


class Refusals:
    """``open_at``: from when on the store may be asked again. Not for two threads at once."""

    def __init__(self) -> None:
        self.open_at = -math.inf
        self._useless = 0

    def asked(self, now: float, *, useful: bool) -> None:
        """A read that a refusal asked for has ended. ``useful``: it brought something else."""
        forgotten = now - self.open_at > LONGEST_PAUSE
        self._useless = 0 if useful else 1 if forgotten else self._useless + 1
        if self._useless:
            now += min(FIRST_PAUSE * 2.0 ** min(self._useless - 1, 16), LONGEST_PAUSE)
        self.open_at = now
