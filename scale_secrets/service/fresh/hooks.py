"""Telling a program that a value has changed, in a thread of its own.

Invariants: one hook runs at a time, in the order of the changes; what a hook raises or how long
it takes concerns neither readers nor the next refresh; the thread lives while there is something
to tell.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable

from scale_secrets.log import NAME
from scale_secrets.service.fresh.snapshot import Change

_log = logging.getLogger(NAME)

# name, old version, new version; None where the secret was not there
Hook = Callable[[str, str | None, str | None], object]


class Hooks:
    def __init__(self) -> None:
        self._hooks: list[Hook] = []
        self.start_over()

    def start_over(self) -> None:
        """In a forked child: whatever the parent still has to tell is told there."""
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Hook, Change]] = deque()
        self._running = False

    def add(self, hook: Hook) -> None:
        self._hooks.append(hook)

    def tell(self, changes: Iterable[Change]) -> None:
        """Returns at once."""
        with self._lock:
            self._waiting.extend((hook, change) for change in changes for hook in self._hooks)
            if self._running or not self._waiting:
                return
            self._running = True
        threading.Thread(target=self._run, name="scale-secrets-hooks", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running = False
                    return
                hook, change = self._waiting.popleft()
            try:
                hook(change.name, change.old_version, change.new_version)
            except Exception as error:  # noqa: BLE001 - the program's own; its text may hold a value
                _log.error(
                    "a hook failed on the change of %s: %s", change.name, type(error).__name__
                )
