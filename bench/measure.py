"""Whole-process times of two commands, taken in turns.

A figure in milliseconds tells as much of the machine as of the program, so what counts is the
ratio within one run: both commands are run alternately, and whatever else the machine does falls
on both. The spread says how far to believe it. Beside what a clock on the wall shows stands the
least time of the processors, which a busy machine changes less; a program that works on several
processors at once spends more of it than its wall time.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """A command with all that it needs. ``prints``: what its output must contain to be right."""

    name: str
    argv: Sequence[str | Path]
    environ: Mapping[str, str]
    cwd: Path
    prints: str = ""

    def check(self) -> None:
        """Run it once. Raises ``RuntimeError`` when it fails or does not print what it should."""
        done = subprocess.run(
            self.argv,
            env=self.environ,
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0 or self.prints not in done.stdout:
            raise RuntimeError(f"{self.name} ended with {done.returncode}: {done.stderr.strip()}")


@dataclass(frozen=True)
class Run:
    """One run of a program, in seconds: by the wall's clock, and of the processors."""

    wall: float
    processors: float


@dataclass(frozen=True)
class Comparison:
    title: str
    ours: Sequence[Run]
    theirs: Sequence[Run]
    beside: str

    @property
    def ratios(self) -> Sequence[float]:
        """Of each pair, so that a slow moment of the machine cancels out."""
        return [a.wall / b.wall for a, b in zip(self.ours, self.theirs, strict=True)]

    @property
    def processor_ratio(self) -> float:
        """Of the least that each took: what a busy machine adds comes on top of it."""
        return min(run.processors for run in self.ours) / min(run.processors for run in self.theirs)

    def __str__(self) -> str:
        low, middle, high = statistics.quantiles(self.ratios, n=4)
        return (
            f"{self.title:<34} {middle:5.2f} {f'({low:.2f}-{high:.2f})':<13}"
            f" {self.processor_ratio:5.2f}"
            f"   {_walls(self.ours):<22} {_walls(self.theirs):<22} {self.beside}"
        )


def compare(title: str, ours: Program, theirs: Program, *, rounds: int) -> Comparison:
    """Run both ``rounds`` times in turns, after one run of each that is not counted.

    That one is checked (``RuntimeError``): the time of a wrong answer is worth nothing.
    """
    for program in (ours, theirs):
        program.check()
    pairs = [(_timed(ours), _timed(theirs)) for _ in range(rounds)]
    first, second = zip(*pairs, strict=True)
    return Comparison(title, first, second, theirs.name)


def _timed(program: Program) -> Run:
    start = time.perf_counter()
    process = subprocess.Popen(
        program.argv,
        env=program.environ,
        cwd=program.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{program.name} ended with {process.returncode}")
    return Run(wall, used.ru_utime + used.ru_stime)


def _walls(runs: Sequence[Run]) -> str:
    low, middle, high = statistics.quantiles((run.wall for run in runs), n=4)
    return f"{middle * 1000:6.0f} ms ({low * 1000:.0f}-{high * 1000:.0f})"
