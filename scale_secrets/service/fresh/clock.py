"""Seconds that only go forward, sleep included.

Python's monotonic clock stands still on Linux while the machine is suspended, and a value would
wake up younger than it is. The wall clock plays no part: it jumps.
"""

from __future__ import annotations

import time

_BOOT = getattr(time, "CLOCK_BOOTTIME", None)  # Linux only


def seconds() -> float:
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)
