"""Waiting in asyncio for something that blocks, in a thread that nobody else waits for.

Not the event loop's own pool: it may be full, and ``asyncio.run`` waits for its threads at the
end, so that a cancelled call would still hold the program.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def in_a_thread(call: Callable[[], T]) -> T:
    """What ``call`` returns or raises. Cancelled, it returns at once and drops the result."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(by: Callable[[Any], None], what: object) -> None:
        if not outcome.done():  # it may have been cancelled in the meantime
            by(what)

    def work() -> None:
        by: Callable[[Any], None] = outcome.set_result
        what: object
        try:
            what = call()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to the caller
            by, what = outcome.set_exception, error
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(settle, by, what)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), name="scale-secrets", daemon=True).start()
    return await outcome
