"""A person at a real terminal: what appears on the screen, and what is typed at which prompt."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from tests.support.project import PROGRAM, Project

_PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class Seen:
    """``screen``: all that the terminal showed; ``out``: what went into a pipe, if there was."""

    code: int
    screen: str
    out: bytes = b""


def at_terminal(
    project: Project,
    *words: str,
    typed: Sequence[tuple[str, str]] = (),
    piped: bool = False,
    thinking: float = 0.0,
) -> Seen:
    """Type a command, and at each prompt (in this order) its answer and a line break.

    ``thinking``: seconds between a prompt and its answer.
    ``piped``: stdout is a pipe, as in ``$(scale-secrets …)``; stdin and stderr stay the terminal.
    """
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["setsid", "--ctty", "--wait", PROGRAM, *words],
        stdin=theirs,
        stdout=subprocess.PIPE if piped else theirs,
        stderr=theirs,
        cwd=project.root,
        env={**project.environ, "TERM": "dumb"},
    ) as process:
        os.close(theirs)
        screen, awaited, answers = "", 0, list(typed)
        end = time.monotonic() + _PATIENCE
        while part := _read(ours, end):
            screen += part.decode(errors="replace")
            if answers and answers[0][0] in screen[awaited:]:
                awaited = len(screen)
                time.sleep(thinking)
                os.write(ours, f"{answers.pop(0)[1]}\n".encode())
        os.close(ours)
        out = process.stdout.read() if process.stdout else b""
        code = process.wait(_PATIENCE)
    assert not answers, f"no prompt {answers[0][0]!r} in {screen!r}"
    return Seen(code, screen.replace("\r\n", "\n"), out)


def _read(terminal: int, end: float) -> bytes:
    """What appears next; empty once nobody holds the other side."""
    ready, _, _ = select.select([terminal], [], [], max(0.0, end - time.monotonic()))
    if not ready:
        raise TimeoutError("the command waits for something that was not typed")
    with suppress(OSError):  # Linux: EIO when the other side is closed
        return os.read(terminal, 65536)
    return b""
