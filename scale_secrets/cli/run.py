"""``run``: a process with the secrets. It becomes that process; nothing of ours stays."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from scale_secrets.cli import exits
from scale_secrets.cli.hardening import restore_for_child
from scale_secrets.cli.options import Invocation, common
from scale_secrets.cli.output import say
from scale_secrets.cli.targets import environments_of, mode_option, secret_option
from scale_secrets.service.process import ChildEnvironment


@click.command("run", context_settings={"ignore_unknown_options": False})
@click.option("--only", multiple=True, metavar="NAME", help="Only this secret; may be repeated.")
@click.option("--pristine", is_flag=True, help="Inherit only PATH, HOME, LANG and their like.")
@click.option(
    "--files",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write each secret to a file there; VARIABLE_FILE names it, VARIABLE is not set.",
)
@click.option(
    "--strict", is_flag=True, help="Refuse to start when a key of the other mode is inherited."
)
@secret_option
@mode_option
@click.argument("words", nargs=-1, required=True, metavar="-- COMMAND...")
@common(environment=True, guarded=True)
def command(
    invocation: Invocation,
    *,
    words: tuple[str, ...],
    only: tuple[str, ...],
    pristine: bool,
    files: Path | None,
    strict: bool,
    secrets: tuple[str, ...],
    mode: str | None,
) -> int:
    """Become COMMAND, with the secrets in its environment.

    Variables that hold a key of the other mode are not passed on. Exit codes and signals are the
    command's own; 125 is every failure before it starts, 126 and 127 a command that cannot be.
    """
    from scale_secrets.service.load import load_bundle
    from scale_secrets.service.process import child_environment

    with invocation.session() as session:
        operation = invocation.operation()
        environments = environments_of(invocation, session, secrets, mode)
        bundle = load_bundle(session, environments, operation, invocation.door(), only=only)
        child = child_environment(session, bundle, pristine=pristine, strict=strict, files=files)
    for warning in bundle.warnings:
        say(warning)
    for name in child.stripped:
        say(f"SEP005 {name}: not passed on: it holds a {bundle.mode.other} key")
    return _become(words, child)


def _become(words: Sequence[str], child: ChildEnvironment) -> int:
    """Replace this process. Returns the exit code when that is not possible."""
    program = words[0]
    path = shutil.which(
        program, path=os.fsdecode(child.variables.get(b"PATH", os.defpath.encode()))
    )
    if path is None:
        exists = "/" in program and Path(program).exists()
        say("the command cannot be executed" if exists else "the command was not found")
        return exits.RUN_NOT_EXECUTABLE if exists else exits.RUN_NOT_FOUND
    try:
        _exec(path, words, child)
    except OSError as error:
        say(f"the command cannot be executed: {(error.strerror or 'unknown reason').lower()}")
        return exits.RUN_NOT_EXECUTABLE


def _exec(path: str, words: Sequence[str], child: ChildEnvironment) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    # Python ignores these two, and exec passes "ignored" on.
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)
    restore_for_child()
    os.execve(path, list(words), dict(child.variables))  # noqa: S606 - no shell is the point
