"""The command as a child: started with the signals and limits that we found, gone when we are.

It stays in our process group, so that the terminal and its keys are the command's as well. The
kernel kills it when this process dies in whatever way, unless it took on another user meanwhile
(the kernel then forgets the wish) or is not on Linux.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import NoReturn

from scale_secrets.cli.hardening import restore_for_child

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_LIBRARY = ctypes.CDLL(None)  # loaded before a fork, after which little is safe to do


class SignalsHeld:
    """Blocks signals, so that they are waited for; a child gets what was there before."""

    def __init__(self, signals: Collection[int]) -> None:
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
        # Whoever ignores its children's end is never told of it.
        self._child_handler = signal.signal(signal.SIGCHLD, signal.SIG_DFL) or signal.SIG_DFL

    def release(self) -> None:
        signal.signal(signal.SIGCHLD, self._child_handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)


def start(
    path: str, words: Sequence[str], variables: Mapping[bytes, bytes], held: SignalsHeld
) -> int:
    """Start the command and return its process id.

    Raises ``OSError`` when it cannot be executed. The calling thread must be the only one, and
    the command lives no longer than it.
    """
    parent = os.getpid()
    reading, writing = os.pipe()  # closed by a successful exec
    child = os.fork()
    if child == 0:
        execute = partial(os.execve, path, list(words), dict(variables))
        _become(execute, parent, held, writing)
    os.close(writing)
    number = os.read(reading, 16)  # nothing, once exec has closed it
    os.close(reading)
    if number:
        os.waitpid(child, 0)
        raise OSError(int(number), os.strerror(int(number)))
    return child


def _become(
    execute: Callable[[], NoReturn], parent: int, held: SignalsHeld, failure: int
) -> NoReturn:
    """In the child: everything up to ``exec``, and its failure told to the parent."""
    try:
        if sys.platform == "linux":
            _LIBRARY.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before it could take us along
            os._exit(128 + signal.SIGKILL)
        restore_for_child()
        if callable(signal.getsignal(signal.SIGINT)):  # Python's own would swallow one before exec
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        held.release()
        execute()
    except BaseException as error:  # noqa: BLE001 - no frame of the parent's may go on in a child
        number = getattr(error, "errno", None) or errno.EIO
        with suppress(OSError):
            os.write(failure, str(number).encode())
    finally:
        os._exit(127)


def die_like(ended: int) -> int:
    """End as the command ended: with its code (0 or more), or by the signal (less than 0).

    Returns the exit code. The first process of a container cannot be killed by a signal of its
    own and returns 128 and the signal's number, as a shell would.
    """
    if ended >= 0:
        return ended
    with suppress(OSError):  # SIGKILL has no handler
        signal.signal(-ended, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [-ended])
    os.kill(os.getpid(), -ended)
    return 128 - ended
