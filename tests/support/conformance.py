"""How much a test compares: a sample in ``make test``, everything in ``make conformance``."""

from __future__ import annotations

import os


def amount(*, quick: int, full: int) -> int:
    return full if os.environ.get("SCALE_SECRETS_CONFORMANCE") else quick
