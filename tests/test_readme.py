"""The README's sessions, run as they stand: what it shows is what happens.

A ``console`` block below a line ``<!-- run -->`` is executed. All of a document's blocks are one
bash session in an empty directory with an empty home, so that a later one goes on from an earlier
one. ``$ `` begins a command, ``> `` continues it, everything else is what it prints on stdout and
stderr (a last line without its end counts as one with it). A line ``...`` stands for any number of
lines, ``…`` for any text within a line. A comment ``<!-- before the session`` holds commands that
readers are spared; what they print is not compared.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

DOCUMENTS = ("README.md",)

_BLOCK = re.compile(
    r"^<!-- run -->\n```console\n(?P<text>.*?)^```$|^<!-- before the session\n(?P<hidden>.*?)^-->$",
    re.MULTILINE | re.DOTALL,
)


@dataclass
class Step:
    line: int
    command: str
    output: str = ""


def _steps(text: str) -> list[Step]:
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


def _pattern(output: str) -> re.Pattern[str]:
    lines = [
        r"(?:.*\n)*?" if line == "..." else ".*?".join(map(re.escape, line.split("…"))) + "\n"
        for line in output.splitlines()
    ]
    return re.compile("".join(lines))


def _script(steps: list[Step]) -> str:
    """Each command sees its predecessor's exit code, and a NUL ends what it prints."""
    return "exec 2>&1\nrc=0\n" + "".join(
        f"(exit $rc)\n{step.command}\nrc=$?\nprintf '\\0'\n" for step in steps
    )


def _answers(steps: list[Step], directory: Path) -> list[str]:
    home, work = directory / "home", directory / "cat-labels"
    home.mkdir()
    work.mkdir()
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "80",  # how wide Click makes its help
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


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_shows_what_happens(name: str, checkout: Path, tmp_path: Path) -> None:
    for program in ("bash", "age"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    steps = _steps((checkout / name).read_text(encoding="utf-8"))
    assert steps, f"{name} shows no session"
    answers = _answers(steps, tmp_path)
    wrong = [
        f"{name}:{step.line}: $ {step.command}\n-- shown\n{step.output}-- printed\n{answer}"
        for step, answer in zip(steps, answers, strict=True)
        if not _pattern(step.output).fullmatch(answer)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_wrong_session_is_noticed(tmp_path: Path) -> None:
    text = "<!-- run -->\n```console\n$ echo one\none\n$ false\n$ echo $?\n0\n```\n"
    steps = _steps(text)
    assert [step.command for step in steps] == ["echo one", "false", "echo $?"]
    matches = [
        _pattern(step.output).fullmatch(answer) is not None
        for step, answer in zip(steps, _answers(steps, tmp_path), strict=True)
    ]
    assert matches == [True, True, False]


def test_dots_stand_for_what_differs_from_run_to_run() -> None:
    pattern = _pattern("first\n...\nlast … line\n")
    assert pattern.fullmatch("first\nany\nthing\nlast odd line\n")
    assert pattern.fullmatch("first\nlast odd line\n")
    assert not pattern.fullmatch("first\nlast odd line\nmore\n")
