"""How the matrix of an AWS estate grows: ``python -m bench.access_aws [PRINCIPALS …]``.

For principals with shared policies and for such where no two policies are alike: the time of
reading the files, of the matrix (principals x 50 secrets x read) and per answer, and the peak of
memory that the matrix takes beside the estate, measured in a run of its own. The garbage of one
size is collected before the next.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass

from bench.access_estates import Size, files
from scale_secrets.access.aws.estate import parse_estate
from scale_secrets.access.aws.evaluator import Evaluator
from scale_secrets.access.aws.matrix import matrix
from scale_secrets.access.verdict import Action

SIZES = (200, 2_000, 20_000)


@dataclass(frozen=True)
class Run:
    seconds: float
    cells: int
    peak: int = 0  # bytes


def read_all(evaluator: Evaluator) -> Run:
    """Every answer on reading, from an evaluator that has not answered yet."""
    start = time.process_time()
    found = list(matrix(evaluator, evaluator.principals(), evaluator.secrets(), [Action.READ]))
    return Run(time.process_time() - start, len(found))


def traced(evaluator: Evaluator) -> Run:
    gc.collect()
    tracemalloc.start()
    try:
        run = read_all(evaluator)
        return Run(run.seconds, run.cells, tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def measure(size: Size) -> str:
    contents: Mapping[str, str] = files(size)
    start = time.process_time()
    evaluator = Evaluator(parse_estate(contents))
    reading = time.process_time() - start
    run = read_all(evaluator)
    del evaluator
    peak = traced(Evaluator(parse_estate(contents))).peak
    answers = size.principals * size.secrets
    return (
        f"{'shared' if size.shared else 'unshared':<9} {size.principals:>7,} x {size.secrets}"
        f" {reading:>8.2f} s {run.seconds:>9.3f} s {run.seconds / answers * 1e6:>8.2f} µs"
        f" {run.cells:>9,} {peak / 2**20:>9.1f} MiB"
    )


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or SIZES
    print(f"{'policies':<9} {'estate':>12} {'reading':>10} {'matrix':>11}", end="")
    print(f" {'an answer':>11} {'not denied':>10} {'peak':>12}")
    for shared in (True, False):
        for principals in sizes:
            print(measure(Size(principals, shared=shared)), flush=True)
            gc.collect()


if __name__ == "__main__":
    main()
