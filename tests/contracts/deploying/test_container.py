"""The Dockerfile: no key in the image, and its entry point is a good first process."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.moto_server import MotoServer
from tests.support.namespaces import contained
from tests.support.project import LIVE_KEY, Project
from tests.support.watched import PATIENCE, until

KNOWN = {"FROM", "COPY", "RUN", "WORKDIR", "USER", "ENV", "ENTRYPOINT", "CMD"}


@pytest.fixture
def instructions(examples: Path) -> list[tuple[str, str]]:
    text = (examples / "container" / "Dockerfile").read_text()
    lines = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.M)).splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in lines if line]


def one(instructions: list[tuple[str, str]], name: str) -> str:
    (found,) = (rest for instruction, rest in instructions if instruction == name)
    return found


def test_every_instruction_is_known_and_its_sources_stand_in_the_checkout(
    instructions: list[tuple[str, str]], checkout: Path
) -> None:
    assert {name for name, _ in instructions} == KNOWN
    for name, rest in instructions:
        if name == "COPY":
            for source in rest.split()[:-1]:
                made = source.startswith("dist/")  # by make package
                assert made or (checkout / source).exists(), source


def test_the_image_runs_as_no_root_and_holds_no_key(
    instructions: list[tuple[str, str]],
) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", one(instructions, "USER"))
    assert one(instructions, "ENV") == "SCALE_SECRETS_ENVIRONMENT=live"


@pytest.fixture
def command(instructions: list[tuple[str, str]]) -> list[str]:
    """What the container's first process is; JSON, so that no shell stands before it."""
    entry: list[str] = json.loads(one(instructions, "ENTRYPOINT"))
    return entry + json.loads(one(instructions, "CMD"))


def started(host: Project, examples: Path, command: list[str]) -> subprocess.Popen[str]:
    for name in ("app.py", "scale-secrets.toml"):
        shutil.copy(examples / "container" / name, host.root)
    return subprocess.Popen(
        contained(command, directory=str(host.root)),
        env={**host.environ, "SCALE_SECRETS_ENVIRONMENT": "live"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_first_process_starts_the_application_and_hands_on_its_end(
    host: Project, examples: Path, command: list[str], aws: MotoServer
) -> None:
    host.environ |= aws.environ
    with started(host, examples, command) as process:
        assert process.stdout and process.stderr
        try:
            assert process.stdout.readline() == "started\n"
            parent = _only_child(process.pid)
            cmdline = Path(f"/proc/{parent}/cmdline").read_bytes()
            assert b"--watch" in cmdline
            assert LIVE_KEY.encode() not in cmdline
            parent_status = Path(f"/proc/{parent}/status").read_text()
            assert re.search(r"^NSpid:\t\d+\t1$", parent_status, re.M), "the first of its kind"
            # What `docker stop` sends.
            subprocess.run(["kill", "-TERM", str(parent)], check=True)
            assert process.wait(PATIENCE) == 1
            assert process.stderr.read() == "ending\n"
        finally:
            process.kill()


def test_a_command_that_a_signal_ends_is_128_and_more_for_the_container(
    host: Project, examples: Path, command: list[str], aws: MotoServer
) -> None:
    host.environ |= aws.environ
    entry = command[: command.index("--") + 1]
    with started(host, examples, [*entry, "sh", "-c", "kill -9 $$"]) as process:
        assert process.wait(PATIENCE) == 128 + signal.SIGKILL


def _only_child(process: int) -> int:
    children = Path(f"/proc/{process}/task/{process}/children")
    until(lambda: len(children.read_text().split()) == 1)
    return int(children.read_text())
