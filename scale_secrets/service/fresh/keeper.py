"""``Keeper``: holds what was read last, and has one thread read it again in good time.

Invariants:

- One thread of a process asks the store; however many wait, they wait for the same read.
- No lock is held while the store is asked, and none is taken to read what is young enough.
- A snapshot is replaced as a whole, and only by a read that succeeded.
- Nothing older than ``max_age`` is given out: then the store's last error is raised.
- The thread is started by the first reader, also in a forked child, and ends with ``close``.
"""

from __future__ import annotations

import logging
import math
import random
import threading
from collections.abc import Callable
from typing import Protocol

from scale_secrets.errors import DeadlineError, ScaleSecretsError, UnreachableError, UsageError
from scale_secrets.log import NAME
from scale_secrets.service.application import Secrets
from scale_secrets.service.fresh import forks
from scale_secrets.service.fresh.failure import Failure
from scale_secrets.service.fresh.hooks import Hooks
from scale_secrets.service.fresh.refusals import Refusals
from scale_secrets.service.fresh.schedule import Schedule
from scale_secrets.service.fresh.snapshot import Snapshot, changes

_log = logging.getLogger(NAME)

PATIENCE = 1.0  # seconds that a refused request waits until the store may be asked again
_LONGEST_WAIT = 60.0  # a machine may be suspended, and waiting does not count that
_ENDING = 1.0  # seconds that closing waits for the thread: a read may hang for its time-out


class Reading(Protocol):
    """Where the secrets are read; used by one thread at a time."""

    def read(self, timeout: float, *, strong: bool) -> Secrets: ...

    def close(self) -> None: ...


class Keeper:
    """Safe for threads, and across ``fork``.

    ``first``: what was loaded. ``now``: a clock in seconds that never goes back.
    """

    def __init__(
        self,
        upstream: Reading,
        first: Snapshot,
        schedule: Schedule,
        *,
        now: Callable[[], float],
        dice: Callable[[], float] = random.random,
    ) -> None:
        self.schedule = schedule
        self.now = now
        self.hooks = Hooks()
        self._upstream = upstream
        self._dice = dice
        self._snapshot = first
        self._failure: Failure | None = None  # why the last read failed; None after a good one
        self._failures = 0  # in a row
        self._refusals = Refusals()
        self._due = schedule.after_success(first.began, dice())
        self._strong = False  # a rotation happened: a replica could still have what was before
        self._closed = False
        self._start_over()
        forks.watch(self)

    def held(self) -> Snapshot:
        """What was read last; waits for the store only when that is too old.

        Raises the store's last error when nothing young enough can be had, and ``UsageError``
        after ``close``.
        """
        if self.now() < self._unattended_until:
            return self._snapshot
        with self._changed:
            self._attend()
            if self._too_old() and (self._failure is None or self.now() >= self._due):
                self._await_attempt()
            if self._too_old():
                raise self._lasting_error()
            return self._snapshot

    def renew(self) -> Snapshot:
        """What a read brings that began after this call. Raises its error."""
        with self._changed:
            return self._renewed(lambda _: False, refused=False)

    def renew_unless(self, enough: Callable[[Secrets], bool]) -> Secrets | None:
        """Secrets that are ``enough``: the held ones, or those of a new read; None without any.

        For a key that was refused. The first read is at once; while such reads bring the same,
        they pause, and whoever would wait longer than ``PATIENCE`` for one does not. Raises what
        ``renew`` raises.
        """
        with self._changed:
            held = self._snapshot.secrets
            if not enough(held) and self._refusals.open_at - self.now() <= PATIENCE:
                held = self._renewed(enough, refused=True).secrets
            return held if enough(held) else None

    def close(self) -> None:
        """End the thread and give back what the stores hold. Safe to call twice, from anywhere.

        A read under way is not waited for longer than a second; it ends by its time-out.
        """
        with self._changed:
            self._closed = True
            self._unattended_until = -math.inf
            self._changed.notify_all()
            worker = self._worker
        if worker is None:
            self._upstream.close()
        elif worker is not threading.current_thread():
            worker.join(_ENDING)

    def after_fork(self) -> None:
        """In a child the thread is gone, and whoever held the lock with it."""
        self._start_over()
        self.hooks.start_over()

    def _start_over(self) -> None:
        # Reentrant, because garbage that is collected while it is held may call ``close``.
        self._changed = threading.Condition(threading.RLock())
        self._worker: threading.Thread | None = None
        self._begun = 0  # attempts to read
        self._ended = 0
        self._wanted = math.inf  # from when on somebody wants a read before it is due
        self._refused = False  # a refusal asked for the read that is wanted or under way
        self._unattended_until = -math.inf  # until then a reader need not look after the thread

    # What follows is called with the lock held, unless it says otherwise.

    def _attend(self) -> None:
        """See to it that the thread runs. Raises ``UsageError`` when this was closed."""
        if self._closed:
            raise UsageError(
                "these secrets were closed, so they are not kept fresh any more",
                hint="call scale_secrets.fresh again",
            )
        if self._worker is None:
            worker = threading.Thread(target=self._work, name="scale-secrets-fresh", daemon=True)
            try:
                worker.start()
            except RuntimeError:  # no more threads: the interpreter is ending, or a limit is met
                return
            self._worker = worker
            self._unattended_until = self.schedule.expiry(self._snapshot.began)
        self._changed.notify_all()  # after a suspension it is due and does not know it

    def _renewed(self, enough: Callable[[Secrets], bool], *, refused: bool) -> Snapshot:
        self._attend()
        target = self._begun + 1
        while self._ended < target and not enough(self._snapshot.secrets):
            if self._begun == self._ended:  # else the read under way may bring it
                begin = self._refusals.open_at if refused else self.now()
                self._wanted = min(self._wanted, begin)
                self._refused = self._refused or refused
                self._changed.notify_all()
            self._await_attempt()
        if self._failure is not None and not enough(self._snapshot.secrets):
            raise self._lasting_error()
        return self._snapshot

    def _await_attempt(self) -> None:
        """Wait until the read that is under way, or the next, has ended."""
        if self._worker is None:
            raise UnreachableError(
                "no thread can be started that would ask the store",
                hint="raise the limit of processes; an interpreter that is ending starts none",
            )
        ended = self._ended
        limit = self.schedule.timeout + PATIENCE
        if not self._changed.wait_for(lambda: self._closed or self._ended != ended, limit):
            raise DeadlineError(
                f"a refresh has not ended within {limit:g} s",
                hint="check the network and the store's health, or allow more with timeout",
                sent=True,
            )
        self._attend()

    def _too_old(self) -> bool:
        return self.now() >= self.schedule.expiry(self._snapshot.began)

    def _lasting_error(self) -> ScaleSecretsError:
        slow = DeadlineError("a read took longer than max_age", hint="allow a higher max_age")
        failure = self._failure or Failure(slow)
        return failure.error(self.now() - self._snapshot.began, self.schedule.max_age)

    # The thread. It holds the lock between two reads only.

    def _work(self) -> None:
        while self._begin():
            began = self.now()
            try:
                secrets = self._upstream.read(self.schedule.timeout, strong=self._strong)
            except Exception as error:  # noqa: BLE001 - whatever it is: the thread must live on
                self._failed(Failure.of(error))
            else:
                self._succeeded(Snapshot(secrets, began))
        self._upstream.close()

    def _begin(self) -> bool:
        """Wait until a read is due or wanted; False when it is time to end."""
        with self._changed:
            while not self._closed:
                left = min(self._due, self._wanted) - self.now()
                if left <= 0:
                    break
                self._changed.wait(min(left, _LONGEST_WAIT))
            else:
                return False
            self._strong = self._strong or self._wanted < math.inf
            self._begun += 1
            return True

    def _succeeded(self, snapshot: Snapshot) -> None:
        changed = tuple(changes(self._snapshot.secrets, snapshot.secrets))
        with self._changed:
            self._snapshot = snapshot
            self._failure, self._failures = None, 0
            self._due = self.schedule.after_success(snapshot.began, self._dice())
            self._strong = self._strong or bool(changed)
            if not self._closed:
                self._unattended_until = self.schedule.expiry(snapshot.began)
            self._end(useful=bool(changed))
        for change in changed:
            _log.info("%s has changed to version %s", change.name, change.new_version)
        self.hooks.tell(changed)

    def _failed(self, failure: Failure) -> None:
        _log.warning("a refresh failed: %s", failure.like)
        with self._changed:
            self._failure = failure
            self._failures += 1
            self._due = self.schedule.after_failure(self.now(), self._failures, self._dice())
            self._end(useful=False)

    def _end(self, *, useful: bool) -> None:
        if self._refused:
            self._refusals.asked(self.now(), useful=useful)
        self._refused = False
        self._wanted = math.inf
        self._ended += 1
        self._changed.notify_all()
