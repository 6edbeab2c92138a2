"""Whole-process times of two commands, taken in turns.

A figure in milliseconds tells as much of the machine as of the program, so what counts is the
ratio within one run: both commands are run alternately, and whatever else the machine does falls
on both. The spread says how far to believe it.
"""

from __future__ import annotations

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
class Times:
    """Seconds of each run."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        low, _, high = statistics.quantiles(self.seconds, n=4)
        return f"{self.median * 1000:6.0f} ms ({low * 1000:.0f}-{high * 1000:.0f})"


@dataclass(frozen=True)
class Comparison:
    title: str
    ours: Times
    theirs: Times

    @property
    def ratios(self) -> tuple[float, ...]:
        """Of each pair, so that a slow moment of the machine cancels out."""
        return tuple(a / b for a, b in zip(self.ours.seconds, self.theirs.seconds, strict=True))

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    def __str__(self) -> str:
        low, _, high = statistics.quantiles(self.ratios, n=4)
        return (
            f"{self.title:<34} {self.ratio:5.2f} ({low:.2f}-{high:.2f})"
            f"   {self.ours!s:<22} {self.theirs!s:<22} {self.theirs.name}"
        )


def compare(title: str, ours: Program, theirs: Program, *, rounds: int) -> Comparison:
    """Run both ``rounds`` times in turns, after one run of each that is not counted.

    That one is checked (``RuntimeError``): the time of a wrong answer is worth nothing.
    """
    for program in (ours, theirs):
        program.check()
    pairs = [(_timed(ours), _timed(theirs)) for _ in range(rounds)]
    first, second = zip(*pairs, strict=True)
    return Comparison(title, Times(ours.name, first), Times(theirs.name, second))


def _timed(program: Program) -> float:
    start = time.perf_counter()
    subprocess.run(
        program.argv,
        env=program.environ,
        cwd=program.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - start
