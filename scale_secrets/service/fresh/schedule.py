"""When to ask the store again: arithmetic on seconds. The clock's and the dice's answers come in.

A refresh comes early by up to a quarter, never late: of a thousand processes that were started
together, not all ask at once, and what was promised as the longest pause stays the longest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scale_secrets.errors import UsageError

JITTER = 0.25  # of ``refresh_every``
FIRST_RETRY = 1.0  # seconds after the first failure at most; each further one doubles it
LONGEST_RETRY = 60.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """Seconds. ``timeout`` is for one refresh, with all of its requests.

    Raises ``UsageError`` for times that contradict each other.
    """

    refresh_every: float = 300.0
    max_age: float = 3600.0
    timeout: float = 10.0

    def __post_init__(self) -> None:
        for name in ("refresh_every", "max_age", "timeout"):
            seconds = getattr(self, name)
            if not 0 < seconds < math.inf:
                raise UsageError(f"{name} is {seconds:g}", hint="a number of seconds above 0")
        if self.max_age <= self.refresh_every:
            raise UsageError(
                f"max_age ({self.max_age:g} s) is not above refresh_every "
                f"({self.refresh_every:g} s)",
                hint="a value would be too old before it is read again: allow it several refreshes",
            )

    def after_success(self, began: float, dice: float) -> float:
        """When to read again. ``began``: when the good read did; ``dice``: from 0 to 1."""
        return began + self.refresh_every * (1 - JITTER * dice)

    def after_failure(self, ended: float, failures: int, dice: float) -> float:
        """``failures``: how many there were in a row, at least one."""
        longest = min(FIRST_RETRY * 2.0 ** min(failures - 1, 16), LONGEST_RETRY)
        return ended + min(longest, self.refresh_every) * (1 + dice) / 2

    def expiry(self, began: float) -> float:
        """From when on what was read is not given out any more."""
        return began + self.max_age
