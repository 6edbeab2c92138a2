"""One writer at a time: an advisory lock on a file beside the store, which is never removed.

The kernel gives the lock back when its holder ends, however it ends. It is bound to an open file,
so it also holds between threads of one process.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scale_secrets.errors import DeadlineError
from scale_secrets.files import PRIVATE, private_parent, wrapped
from scale_secrets.operation import Operation

_PAUSE = 0.02  # seconds between two tries: a write takes some milliseconds


@contextmanager
def exclusive(path: Path, operation: Operation) -> Iterator[None]:
    """Hold the lock file ``path``, waiting until the deadline.

    Raises ``DeadlineError`` when another process still holds it then, ``DeniedError`` when the
    directory cannot be written.
    """
    with private_parent(path) as directory:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            file = os.open(path.name, flags, PRIVATE, dir_fd=directory)
        except OSError as error:
            raise wrapped(error, f"opening the lock file {path}", unchanged=True) from None
    try:
        while not _locked(file, path):
            left = operation.deadline.remaining()
            if left <= 0:
                raise DeadlineError(
                    f"{path}: another process held the lock for all of "
                    f"{operation.deadline.seconds:g} s",
                    hint=f"see who: `fuser {path}`; nothing was changed",
                    retryable=True,
                )
            time.sleep(min(_PAUSE, left))
        yield
    finally:
        os.close(file)  # gives the lock back


def _locked(file: int, path: Path) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise wrapped(error, f"locking {path}", unchanged=True) from None
    return True
