"""``demo``: the whole story in a temporary directory, told by the real commands.

Each line that begins with ``$`` is run as a process of its own, exactly as a person would run it.
The keys are the documentation's example and made-up ones.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from scale_secrets.cli import exits
from scale_secrets.cli.output import echo, say

_LIVE_KEY = "live_ScaleRocks"  # the example of Scale's documentation
_TEST_KEY = "test_ScaleRocks"
_HEADER = "Authorization: Basic bGl2ZV9TY2FsZVJvY2tzOg=="


@dataclass(frozen=True, slots=True)
class Step:
    """One command. ``told``: text that its output must hold for the story to be true."""

    about: str
    words: Sequence[str]
    given: str = ""
    code: int = exits.DONE
    told: str = ""


_CHILD = 'echo "this process got SCALE_API_KEY=$SCALE_API_KEY"'
STORY = (
    Step("A manifest, an identity and an empty encrypted store.", ["init"], told="wrote"),
    Step("Store a test key. Values come by stdin or a prompt, never by argv.",
         ["put", "-e", "test", "api_key"], given=_TEST_KEY, told="wrote"),
    Step("Store the live key. The guard of the live environment wants a yes.",
         ["put", "-e", "live", "api_key", "--yes"], given=_LIVE_KEY, told="wrote"),
    Step("Check both environments: schema, shapes, containers, labels, and that no key is in both.",
         ["check", "-e", "test", "-e", "live"], told="ok"),
    Step("A live key is refused in the test environment: exit code 3, and nothing is written.",
         ["put", "-e", "test", "api_key"], given=_LIVE_KEY, code=exits.FINDINGS, told="SEP001"),
    Step("The Authorization header, as curl, requests and the official SDK send it.",
         ["header", "-e", "live", "--yes"], told=_HEADER),
    Step("An environment file for python-dotenv; other readers have dialects of their own.",
         ["env", "-e", "test", "--format", "dotenv", "--output", "app.env"]),
    Step("A process that gets the key. The live key that it would inherit is taken out.",
         ["run", "-e", "test", "--", "sh", "-c", _CHILD], told=f"SCALE_API_KEY={_TEST_KEY}"),
)  # fmt: skip


@click.command("demo")
def command() -> int:
    """Show the main job on the embedded store, then clean up.

    All of it happens in a temporary directory, with made-up keys.
    """
    with tempfile.TemporaryDirectory(prefix="scale-secrets-demo-") as directory:
        home = Path(directory)
        project = home / "cat-labels"
        project.mkdir(mode=0o700)
        for number, step in enumerate(STORY, 1):
            echo(f"{'' if number == 1 else chr(10)}{number}. {step.about}")
            if not _played(step, project, _environment(home)):
                say(f"the demo ended at step {number}: its output is not what it must be")
                return exits.BUG
        echo("\nWhat lies on the disk is encrypted, and private:")
        _show_files(project)
        _require_encrypted(project / ".scale-secrets" / "store.age")
    echo("\nDone. The directory and its made-up keys are gone; `scale-secrets init` begins yours.")
    return exits.DONE


def _environment(home: Path) -> dict[str, str]:
    """A home of its own, and a live key under an unrelated name for step 8 to take out."""
    return {
        "HOME": str(home),
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "INHERITED_BY_MISTAKE": _LIVE_KEY,
    }


def _played(step: Step, project: Path, environment: Mapping[str, str]) -> bool:
    shown = f"printf %s '{step.given}' | " if step.given else ""
    echo(f"$ {shown}scale-secrets {shlex.join(step.words)}")
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "scale_secrets", *step.words],
        cwd=project,
        env=dict(environment),
        input=step.given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    for line in done.stdout.splitlines():
        echo(f"  {line}")
    echo(f"  exit code {done.returncode}") if done.returncode else None
    sys.stdout.flush()
    return done.returncode == step.code and step.told in done.stdout


def _show_files(project: Path) -> None:
    for path in sorted(project.rglob("*")):
        if path.is_file():
            echo(f"  {path.stat().st_mode & 0o777:04o}  {path.relative_to(project)}")


def _require_encrypted(store: Path) -> None:
    data = store.read_bytes()
    if not data.startswith(b"age-encryption.org/v1") or _LIVE_KEY.encode() in data:
        raise AssertionError("the store is not encrypted")
