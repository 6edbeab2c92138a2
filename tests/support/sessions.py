"""Shell sessions that documents show, run as they stand.

A ``console`` block below a line ``<!-- run -->`` is executed. All of a document's blocks are one
bash session in an empty directory with an empty home, so that a later one goes on from an earlier
one; ``$CHECKOUT`` is where the project's files are. ``$ `` begins a command, ``> `` continues it,
everything else is what it prints on stdout and stderr (a last line without its end counts as one
with it). A line ``...`` stands for any number of lines, ``…`` for any text within a line. A comment
``<!-- before the session`` holds commands that readers are spared; what they print is not compared.

``python -m tests.support.sessions DOCUMENT`` puts into a document what its commands print now, for
a person to read the difference. What a document abridges stays as it is.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]

_BLOCK = re.compile(
    r"^<!-- run -->\n```console\n(?P<text>.*?)^```$|^<!-- before the session\n(?P<hidden>.*?)^-->$",
    re.MULTILINE | re.DOTALL,
)


@dataclass
class Step:
    """``line`` is that of the command in the document, from 1."""

    line: int
    command: str
    output: str = ""

    def shows(self, answer: str) -> bool:
        return self._pattern().fullmatch(answer) is not None

    @property
    def abridged(self) -> bool:
        return "…" in self.output or "..." in self.output.splitlines()

    def _pattern(self) -> re.Pattern[str]:
        lines = [
            r"(?:.*\n)*?" if line == "..." else ".*?".join(map(re.escape, line.split("…"))) + "\n"
            for line in self.output.splitlines()
        ]
        return re.compile("".join(lines))


def steps_of(text: str) -> list[Step]:
    """The commands of a document, in their order."""
    steps: list[Step] = []
    for block in _BLOCK.finditer(text):
        group = "text" if block["hidden"] is None else "hidden"
        first = text.count("\n", 0, block.start(group)) + 1
        for number, line in enumerate(block[group].splitlines(), first):
            if line.startswith("$ "):
                steps.append(Step(number, line[2:], "..." if group == "hidden" else ""))
            elif line.startswith("> ") and not steps[-1].output:
                steps[-1].command += f"\n{line[2:]}"
            else:
                steps[-1].output += f"{line}\n"
    return steps


def answers_of(steps: list[Step], directory: Path) -> list[str]:
    """What each command prints, in one session below an empty ``directory``."""
    home, work = directory / "home", directory / "cat-labels"
    home.mkdir()
    work.mkdir()
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "80",  # how wide Click makes its help
        "CHECKOUT": str(CHECKOUT),
    }
    done = subprocess.run(
        ["bash", "--norc", "-c", _script(steps)],
        cwd=work,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return [
        answer + "\n" if answer and not answer.endswith("\n") else answer
        for answer in done.stdout.decode().split("\0")[:-1]
    ]


def _script(steps: list[Step]) -> str:
    """Each command sees its predecessor's exit code, and a NUL ends what it prints."""
    return "exec 2>&1\nrc=0\n" + "".join(
        f"(exit $rc)\n{step.command}\nrc=$?\nprintf '\\0'\n" for step in steps
    )


def renewed(text: str, directory: Path) -> str:
    """The document with what its commands print now, but for what is abridged there."""
    steps = steps_of(text)
    lines = text.splitlines(keepends=True)
    # From the end, so that the numbers of the lines before stay right.
    for step, answer in reversed(list(zip(steps, answers_of(steps, directory), strict=True))):
        if not step.abridged:
            start = step.line + step.command.count("\n")
            lines[start : start + step.output.count("\n")] = [answer]
    return "".join(lines)


def main() -> None:
    for name in sys.argv[1:]:
        document = Path(name)
        with tempfile.TemporaryDirectory() as directory:
            text = renewed(document.read_text(encoding="utf-8"), Path(directory))
        document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
