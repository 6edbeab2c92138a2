"""The project's own log: what is being done, for whoever has set up ``logging``. Never a value."""

from __future__ import annotations

import sys

NAME = "scale_secrets"


def info(message: str, *arguments: object) -> None:
    """As ``Logger.info``. Where nobody has imported ``logging`` (4 ms) nobody listens either."""
    logging = sys.modules.get("logging")
    if logging is not None:
        logging.getLogger(NAME).info(message, *arguments, stacklevel=2)
