"""What comes in by stdin or a file, because it may be secret and argv is readable by everyone."""

from __future__ import annotations

import sys
from pathlib import Path

from scale_secrets.errors import DeniedError, UsageError

_MAX_BYTES = 1 << 20  # far above what any store or server takes; a wrong pipe fills no memory


def read_input(path: Path | None, *, what: str) -> bytes:
    """All of a file, or of stdin without one. ``what`` it is, for the messages.

    Raises ``DeniedError`` for what cannot be read, ``UsageError`` for more than 1 MiB.
    """
    try:
        if path is None:
            data = sys.stdin.buffer.read(_MAX_BYTES + 1)
        else:
            with path.open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise DeniedError(
            f"{path or 'stdin'}: {(error.strerror or 'cannot be read').lower()}",
            hint=f"name a file that you may read, or pipe the {what} in",
        ) from None
    if len(data) > _MAX_BYTES:
        raise UsageError(f"the {what} is larger than 1 MiB", hint="is this the right file?")
    return data
