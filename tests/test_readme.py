"""The sessions of the documents, run as they stand: what they show is what happens."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.sessions import Step, answers_of, renewed, steps_of

# Each with the programs that its sessions need besides this project's own.
DOCUMENTS = {"README.md": ("bash", "age"), "docs/who-can-read.md": ("bash",)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_shows_what_happens(name: str, checkout: Path, tmp_path: Path) -> None:
    for program in DOCUMENTS[name]:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    steps = steps_of((checkout / name).read_text(encoding="utf-8"))
    assert steps, f"{name} shows no session"
    answers = answers_of(steps, tmp_path)
    wrong = [
        f"{name}:{step.line}: $ {step.command}\n-- shown\n{step.output}-- printed\n{answer}"
        for step, answer in zip(steps, answers, strict=True)
        if not step.shows(answer)
    ]
    assert not wrong, "\n".join(wrong)


SESSION = "<!-- run -->\n```console\n$ echo one\none\n$ false\n$ echo $?\n0\n```\n"


def test_a_wrong_session_is_noticed(tmp_path: Path) -> None:
    steps = steps_of(SESSION)
    assert [step.command for step in steps] == ["echo one", "false", "echo $?"]
    answers = answers_of(steps, tmp_path)
    shown = [step.shows(answer) for step, answer in zip(steps, answers, strict=True)]
    assert shown == [True, True, False]


def test_a_renewed_document_shows_what_happens(tmp_path: Path) -> None:
    assert renewed(SESSION, tmp_path) == SESSION.replace("\n0\n", "\n1\n")


def test_what_a_document_abridges_is_not_renewed(tmp_path: Path) -> None:
    text = "<!-- run -->\n```console\n$ seq 3\n1\n...\n$ echo \\\n> a\nb\n```\nthe end\n"
    assert renewed(text, tmp_path) == text.replace("\nb\n", "\na\n")


def test_dots_stand_for_what_differs_from_run_to_run() -> None:
    step = Step(1, "", "first\n...\nlast … line\n")
    assert step.shows("first\nany\nthing\nlast odd line\n")
    assert step.shows("first\nlast odd line\n")
    assert not step.shows("first\nlast odd line\nmore\n")
