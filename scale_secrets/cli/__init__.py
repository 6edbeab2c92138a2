"""The command line. Only here are Click, printing and exit codes; one file per command."""

from __future__ import annotations

import gc
from typing import NoReturn


def main() -> NoReturn:
    """The console script."""
    # Most of a command's time is imports, and what they make lives until the end. Looking for
    # garbage among it, while it grows and once more at exit, would take a seventh of that time.
    gc.disable()
    from scale_secrets.cli.app import run

    gc.freeze()
    gc.enable()
    try:
        run()
    finally:
        gc.freeze()
