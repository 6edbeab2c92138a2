"""How much a test compares: a sample in ``make test``, everything in ``make conformance``."""

from __future__ import annotations

import os

# Read when tests/conftest.py imports this, since it then clears the environment of such names.
_FULL = bool(os.environ.get("SCALE_SECRETS_CONFORMANCE"))


def amount(*, quick: int, full: int) -> int:
    return full if _FULL else quick
