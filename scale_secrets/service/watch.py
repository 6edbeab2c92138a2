"""The secrets of a command that runs, read again, and when a difference between readings counts.

A reading is made in a thread of its own, since it may take as long as its deadline allows, and
whoever waits for the command has its signals to answer meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from threading import Thread

from scale_secrets.errors import DeniedError
from scale_secrets.operation import Deadline, Operation
from scale_secrets.service.process import ChildEnvironment, Request, prepared
from scale_secrets.service.session import Session


class Source:
    """What the command would be given now. Not for two threads at once.

    The stores stay open from one reading to the next: a login for each would flood the server with
    tokens, and a wrapped secret-id works once. Nobody is asked anything any more: the terminal is
    the command's, and whoever confirmed its start confirmed what it is given later.
    """

    def __init__(self, session: Session, request: Request, operation: Operation) -> None:
        session.surroundings = replace(session.surroundings, ask=None)
        self._session = session
        self._request = replace(request, door=replace(request.door, assume_yes=True, confirm=None))
        self._operation = operation

    def read(self, *, strong: bool = False) -> ChildEnvironment:
        """Raises what ``load_bundle`` and ``child_environment`` raise.

        ``strong``: as the store's last write left it, where a replica could lag behind.
        """
        try:
            return self._read(strong)
        except DeniedError:  # a token may have expired: log in again, once
            self._session.close()
        return self._read(strong)

    def _read(self, strong: bool) -> ChildEnvironment:
        deadline = Deadline(self._operation.deadline.seconds)
        started = replace(self._operation, deadline=deadline, strong=strong)
        return prepared(self._session, self._request, started)[1]


class Reading:
    """One reading under way. ``ended`` is called in its thread, when ``outcome`` may be asked."""

    def __init__(self, read: Callable[[], ChildEnvironment], ended: Callable[[], None]) -> None:
        self._outcome: ChildEnvironment | Exception | None = None
        # A daemon, so that a store that does not answer keeps nobody from leaving.
        self._thread = Thread(target=self._run, args=(read, ended), daemon=True)
        self._thread.start()

    def outcome(self) -> ChildEnvironment | Exception | None:
        """What was read, or why it was not; None while it is under way.

        Once it is told, the thread has ended: a process that forks has one thread again.
        """
        if self._outcome is not None:
            self._thread.join()
        return self._outcome

    def _run(self, read: Callable[[], ChildEnvironment], ended: Callable[[], None]) -> None:
        try:
            self._outcome = read()
        except Exception as error:  # noqa: BLE001 - carried to the thread that waits
            self._outcome = error
        ended()


class Step(Enum):
    SAME = auto()  # what the command was given
    WAIT = auto()  # another: to be read once more, for whoever rotates may be in the middle of it
    CHANGED = auto()  # another, and the same twice


class Settling:
    """Tells a change from a moment in the middle of one."""

    def __init__(self, *, debounced: bool) -> None:
        self._debounced = debounced
        self._candidate: ChildEnvironment | None = None

    @property
    def waiting(self) -> bool:
        """Whether the next reading is to confirm a change."""
        return self._candidate is not None

    def see(self, read: ChildEnvironment, given: ChildEnvironment) -> Step:
        """Judge a reading beside what the command has.

        It takes two readings in a row that agree, unless changes are not debounced.
        """
        before, self._candidate = self._candidate, None
        if not read.changed(given):
            return Step.SAME
        if self._debounced and (before is None or read.changed(before)):
            self._candidate = read
            return Step.WAIT
        return Step.CHANGED
