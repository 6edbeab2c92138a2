"""``run --watch``: a parent that reads the secrets again, and restarts or signals its command.

It does nothing else: a command that ends by itself is not started again. Signals are waited for
in one place, so that no handler interrupts anything; a reading that has ended announces itself by
SIGCHLD as well.

Invariants: whatever goes wrong with a reading, the command keeps what it has; files are written
before a command is stopped for them; the names of variables are told, and never a value.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from scale_secrets.cli import exits
from scale_secrets.cli.hardening import where
from scale_secrets.cli.output import say, tell_error
from scale_secrets.cli.run_child import SignalsHeld, start
from scale_secrets.errors import FindingsError, ScaleSecretsError
from scale_secrets.frozen import frozen
from scale_secrets.service.process import ChildEnvironment, write_files
from scale_secrets.service.watch import Reading, Settling, Source, Step

# What a process does not answer for another: the end of children, its own faults, and the two
# that nobody can hold.
_OWN = {signal.SIGCHLD, signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE} | {
    getattr(signal, f"SIG{name}") for name in ("ABRT", "BUS", "FPE", "ILL", "SEGV", "SYS", "TRAP")
}
_FORWARDED = signal.valid_signals() - _OWN
_HELD = _FORWARDED | {signal.SIGCHLD}
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
# By which a terminal stops its foreground; what it sends, the command in our group gets itself.
_STOPPING = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_FROM_TERMINAL = (signal.SIGINT, signal.SIGQUIT, signal.SIGWINCH, *_STOPPING)
_SI_KERNEL = 0x80  # <asm-generic/siginfo.h>: not sent by a process
_IDLE = 3600.0  # seconds: as good as for ever


@frozen
class Watching:
    """Seconds between readings, between two that must agree, and from TERM to KILL.

    ``signal``: tell the command by it, instead of starting it again.
    """

    every: float
    debounce: float
    grace: float
    signal: signal.Signals | None


class Watch:
    """A command and what it was ``given``; ``run`` stays until it has ended."""

    def __init__(
        self,
        words: Sequence[str],
        given: ChildEnvironment,
        source: Source,
        watching: Watching,
    ) -> None:
        self._words = words
        self._given = given
        self._source = source
        self._watching = watching
        self._settling = Settling(debounced=watching.debounce > 0)
        self._reading: Reading | None = None
        self._read_at = _in(watching.every)
        self._restarting = False  # ended by us, to be started again
        self._kill_at: float | None = None
        self._trouble = ""  # what was told last, and need not be told again

    def run(self, path: str) -> int:
        """Returns the command's exit code, or less than 0: by minus which signal it ended.

        Raises ``OSError`` when it cannot be executed.
        """
        held = SignalsHeld(_HELD)
        try:
            while True:
                self._restarting, self._kill_at = False, None
                self._child = start(path, self._words, self._given.variables, held)
                ended = self._attend()
                if not self._restarting:
                    return ended
        finally:
            held.release()

    def _attend(self) -> int:
        """Do what is due, until the command has ended: by which code or signal."""
        while True:
            received = signal.sigtimedwait(_HELD, self._patience())
            if received is None:
                self._on_time()
            elif received.si_signo != signal.SIGCHLD:
                self._forward(received.si_signo, from_kernel=received.si_code == _SI_KERNEL)
            else:
                read = self._finished_reading()
                status = self._reap()
                if status is not None:
                    return os.waitstatus_to_exitcode(status)
                if read is not None:
                    self._judge(read)

    def _patience(self) -> float:
        """Seconds until something is to be done without a signal."""
        if self._kill_at is not None:
            return max(0.0, self._kill_at - time.monotonic())
        if self._restarting or self._reading:
            return _IDLE
        return max(0.0, self._read_at - time.monotonic())

    def _on_time(self) -> None:
        if self._kill_at is not None:
            self._kill_at = None
            _tell(f"the command did not end within {self._watching.grace:g} s, and is killed")
            self._send(signal.SIGKILL)
        elif not self._restarting and not self._reading:
            # A replica that lags behind must not take back what another one told.
            read = partial(self._source.read, strong=self._settling.waiting)
            self._reading = Reading(read, partial(os.kill, os.getpid(), signal.SIGCHLD))

    def _forward(self, number: int, *, from_kernel: bool) -> None:
        if is_ending(number, from_kernel=from_kernel):
            self._restarting = False
        if is_passed_on(number, from_kernel=from_kernel):
            self._send(number)

    def _send(self, number: int) -> None:
        with suppress(PermissionError):  # the command took on another user
            os.kill(self._child, number)

    def _reap(self) -> int | None:
        """Wait for whoever has ended. Returns the status of the command, if it is among them.

        Not only for the command, since orphans are given to the first process of a container; but
        during a reading, which may have started a program itself, for the command alone.
        """
        whose = self._child if self._reading else -1
        ended = None
        with suppress(ChildProcessError):
            while True:
                child, status = os.waitpid(whose, os.WNOHANG | os.WUNTRACED)
                if child == 0:
                    break
                if child == self._child and os.WIFSTOPPED(status):
                    self._stop_as_well(os.WSTOPSIG(status))
                elif child == self._child:
                    ended = status
        return ended

    def _stop_as_well(self, number: int) -> None:
        """Whoever waits for us, such as a shell, sees a stopped job, and continues us both."""
        if number in _STOPPING and os.getpid() != 1:
            os.kill(os.getpid(), signal.SIGSTOP)
            self._send(signal.SIGCONT)

    def _finished_reading(self) -> ChildEnvironment | Exception | None:
        outcome = self._reading.outcome() if self._reading else None
        if outcome is not None:
            self._reading = None
        return outcome

    def _judge(self, read: ChildEnvironment | Exception) -> None:
        self._read_at = _in(self._watching.every)
        if isinstance(read, Exception):
            self._tell_trouble(read)
            return
        if self._trouble:
            self._trouble = ""
            _tell("the secrets can be read again")
        step = self._settling.see(read, self._given)
        if step is Step.WAIT:
            self._read_at = _in(self._watching.debounce)
        elif step is Step.CHANGED:
            self._hand_over(read)

    def _hand_over(self, read: ChildEnvironment) -> None:
        try:
            write_files(read, instead_of=self._given)
        except ScaleSecretsError as error:
            self._tell_trouble(error)
            return
        names = ", ".join(read.changed(self._given))
        self._given = read
        if self._watching.signal is None:
            _tell(f"{names} changed: the command is started again")
            self._restarting = True
            self._kill_at = time.monotonic() + self._watching.grace
        else:
            _tell(f"{names} changed: the command is told by {self._watching.signal.name}")
        self._send(self._watching.signal or signal.SIGTERM)

    def _tell_trouble(self, error: Exception) -> None:
        """Once for each kind of trouble, until a reading succeeds."""
        if isinstance(error, FindingsError):
            kind = error.message
        elif isinstance(error, ScaleSecretsError):
            kind = str(exits.exit_code(error))
        else:
            kind = where(error)
        if kind == self._trouble:
            return
        self._trouble = kind
        with _talking():
            if isinstance(error, ScaleSecretsError):
                tell_error(error)
            else:
                say(f"internal error: {kind}")
        _tell("the command keeps what it was given")


def is_passed_on(number: int, *, from_kernel: bool) -> bool:
    """Whether the command has not got it already, as it gets its terminal's keys."""
    return not (from_kernel and number in _FROM_TERMINAL)


def is_ending(number: int, *, from_kernel: bool) -> bool:
    """Whether it says that all is to end. HUP does when a terminal has gone, not as a request."""
    return number in _ENDING or (from_kernel and number == signal.SIGHUP)


def _in(seconds: float) -> float:
    """When that time has passed, give or take a tenth, so that not all ask at once."""
    from random import uniform

    return time.monotonic() + seconds * uniform(0.9, 1.1)  # noqa: S311 - no secret


def _tell(message: str) -> None:
    with _talking():
        say(message)


@contextmanager
def _talking() -> Iterator[None]:
    """Whoever read our stderr may be gone, and the command is not: then nothing is said any more.

    The command's own stderr stays what it is; Python would end with 120 for what it could not say.
    """
    try:
        yield
    except OSError:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for good
