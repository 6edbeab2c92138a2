"""Before anything is fetched: no core file, no other process of this user looks into this one.

It ends at ``exec``, where the kernel makes a process dumpable again, so a child is not bound.
"""

from __future__ import annotations

import resource
import signal
import sys
import threading
from types import TracebackType
from typing import Any

_PR_SET_DUMPABLE = 4  # <sys/prctl.h>


class Hardened:
    """What ``harden`` changed and a child must get back."""

    core_limit: tuple[int, int] | None = None


def harden() -> None:
    """Forbid core files, same-user ptrace and ``/proc/PID/environ``; make tracebacks value-free.

    Best effort: where the system has no such call, the rest still holds.
    """
    if Hardened.core_limit is None:
        Hardened.core_limit = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, Hardened.core_limit[1]))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    sys.excepthook = _excepthook
    sys.unraisablehook = _unraisablehook
    threading.excepthook = _threadhook


def restore_for_child() -> None:
    """Give back what a child inherits through ``exec``: the soft limit on core files, and the two
    signals that Python ignores.
    """
    if Hardened.core_limit is not None:
        resource.setrlimit(resource.RLIMIT_CORE, Hardened.core_limit)
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)


def where(error: BaseException) -> str:
    """The type of an unexpected error and the place of its last frame; never its text."""
    trace: TracebackType | None = error.__traceback__
    place = "unknown"
    while trace:
        code = trace.tb_frame.f_code
        place = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"


def _excepthook(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    _tell(error)


def _unraisablehook(unraisable: Any) -> None:
    if unraisable.exc_value is not None:
        _tell(unraisable.exc_value)


def _threadhook(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None:
        _tell(arguments.exc_value)


def _tell(error: BaseException) -> None:
    sys.stderr.write(f"scale-secrets: internal error: {where(error)}\n")
