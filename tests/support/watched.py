"""``run --watch`` at work: what it and its command print, line by line as it comes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from scale_secrets.keys import detect
from tests.support.project import PROGRAM, Project

PATIENCE = 30.0  # seconds
QUICK = ("--every", "0.3", "--debounce", "0.1")

# Says what it has, then stays; ends at TERM like any program that handles it.
STAYING = """
echo "up $$ $SCALE_API_KEY"
trap 'echo term; exit 0' TERM
while :; do sleep 0.05; done
"""


class Watched:
    """A context manager. ``words`` stand after ``run``; in the end the process is killed."""

    def __init__(self, project: Project, *words: str, before: Sequence[str] = ()) -> None:
        self._project = project
        self._words = [*before, PROGRAM, "run", *words]
        self._out = project.root / "printed"
        self._err = project.root / "told"

    def __enter__(self) -> Watched:
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self._project.root,
                env=self._project.environ,
                start_new_session=True,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(ProcessLookupError):  # the command and its children are of one group
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        assert not any(any(detect(line)) for line in self.told), "stderr shows a key"

    @property
    def printed(self) -> list[str]:
        return self._out.read_text(errors="replace").splitlines()

    @property
    def told(self) -> list[str]:
        return self._err.read_text(errors="replace").splitlines()

    def command(self) -> int:
        """The process id that ``STAYING`` printed last."""
        return int(self.waits_for("up ")[-1].split()[1])

    def waits_for(self, start: str, *, times: int = 1) -> list[str]:
        """Wait until so many printed lines begin so, and return them."""
        return _await(
            lambda: [line for line in self.printed if line.startswith(start)], times, self
        )

    def is_told(self, part: str, *, times: int = 1) -> list[str]:
        """Likewise of what stderr tells, anywhere in a line."""
        return _await(lambda: [line for line in self.told if part in line], times, self)

    def ends(self) -> int:
        return self.process.wait(PATIENCE)

    def __repr__(self) -> str:
        return f"printed {self.printed}, told {self.told}"


def _await(lines: Callable[[], list[str]], times: int, watched: Watched) -> list[str]:
    until(lambda: len(lines()) >= times, watched)
    return lines()


def until(holds: Callable[[], bool], shown: object = "") -> None:
    """Wait; what is ``shown`` tells in the end why it was in vain."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(repr(shown))
        time.sleep(0.02)


def is_gone(process: int) -> bool:
    """Whether a process has ended, if perhaps nobody has waited for it yet."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] in "ZX"
