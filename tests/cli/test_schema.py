"""``schema`` and ``completion``: texts for other programs."""

from __future__ import annotations

import json
import subprocess

import pytest
from jsonschema import Draft202012Validator

from tests.support.project import Project


def test_every_listed_schema_is_printed_and_is_one(empty: Project) -> None:
    names = empty.good("schema").text.split()
    assert {"manifest", "bundle-live", "bundle-test", "check-report"} <= set(names)
    for name in names:
        Draft202012Validator.check_schema(json.loads(empty.good("schema", name).text))


def test_an_unknown_one_names_the_known_ones(empty: Project) -> None:
    done = empty.run("schema", "nothing")
    assert done.code == 2
    assert "manifest" in done.err


def test_a_reader_that_leaves_early_is_no_failure(empty: Project) -> None:
    done = subprocess.run(
        ["bash", "-c", "scale-secrets schema manifest | head -n 1; echo ${PIPESTATUS[0]}"],
        env=empty.environ | {"PATH": f"{_bin()}:{empty.environ['PATH']}"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == "{\n0\n"
    assert done.stderr == b""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed(empty: Project, shell: str) -> None:
    assert "_SCALE_SECRETS_COMPLETE" in empty.good("completion", shell).text


def test_bash_completes_a_command(empty: Project) -> None:
    script = (
        'eval "$(scale-secrets completion bash)"\n'
        "COMP_WORDS=(scale-secrets hea) COMP_CWORD=1\n"
        '_scale_secrets_completion scale-secrets\necho "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env=empty.environ | {"PATH": f"{_bin()}:{empty.environ['PATH']}"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().split() == ["header"]


def _bin() -> str:
    from pathlib import Path

    from tests.support.project import PROGRAM

    return str(Path(PROGRAM).parent)


def test_a_missing_word_is_named_on_one_line_with_its_choices(empty: Project) -> None:
    for words, says in (
        (("completion",), "is missing: one of bash, zsh, fish"),
        (("env", "-e", "test"), "--format is missing: one of posix, dotenv, "),
        (("env", "--format", "ini"), "the value of --format is not valid: one of posix, "),
        (("get", "x", "--timeout", "soon"), "the value of --timeout is not valid: it is a number"),
        (("get",), "SECRET is missing"),
        (("run", "-e", "test"), "COMMAND... is missing"),
    ):
        told, hint = empty.run(*words).err.splitlines()
        assert says in told
        assert hint == f"scale-secrets: hint: scale-secrets {words[0]} --help"
