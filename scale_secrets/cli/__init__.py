"""The command line. Only here are Click, printing and exit codes; one file per command."""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """The console script."""
    from scale_secrets.cli.app import run

    run()
