"""What has to begin anew in a forked child: threads do not survive, and a lock may stay held."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forkable(Protocol):
    def after_fork(self) -> None:
        """In the child, while it has one thread."""
        ...


_living: weakref.WeakSet[Forkable] = weakref.WeakSet()


def watch(one: Forkable) -> None:
    """Have it told in each child. One handler for all: Python cannot take one back."""
    _living.add(one)


def _in_child() -> None:
    for one in list(_living):
        one.after_fork()


os.register_at_fork(after_in_child=_in_child)
