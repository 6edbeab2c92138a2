"""``run``: a process with the secrets. It becomes that process; nothing of ours stays.

With ``--watch`` a parent stays, for which see ``run_watch``.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from scale_secrets.cli import exits
from scale_secrets.cli.hardening import restore_for_child
from scale_secrets.cli.options import Command, Invocation, common
from scale_secrets.cli.output import say
from scale_secrets.cli.targets import environments_of, mode_option, secret_option
from scale_secrets.errors import UsageError

if TYPE_CHECKING:
    from scale_secrets.bundle import Bundle
    from scale_secrets.cli.run_watch import Watching
    from scale_secrets.service.process import ChildEnvironment

EVERY, DEBOUNCE, GRACE = 60.0, 2.0, 10.0  # seconds
_SIGNALS = [one.name.removeprefix("SIG") for one in signal.Signals]


def _watch_options(command: Command) -> Command:
    seconds = click.FloatRange(min=0, min_open=True)
    for option in (
        click.option(
            "--grace",
            type=seconds,
            metavar="SECONDS",
            help=f"From TERM to KILL, before it is started again.  [default: {GRACE:g}]",
        ),
        click.option(
            "--debounce",
            type=click.FloatRange(min=0),
            metavar="SECONDS",
            help=f"A change counts when it still stands after these.  [default: {DEBOUNCE:g}]",
        ),
        click.option(
            "--every",
            type=seconds,
            metavar="SECONDS",
            help=f"Between two readings, give or take a tenth.  [default: {EVERY:g}]",
        ),
        click.option(
            "--signal",
            "signal_name",
            type=click.Choice(_SIGNALS, case_sensitive=False),
            metavar="NAME",
            help="Rewrite --files and send this signal (HUP, …), instead of starting again.",
        ),
        click.option(
            "--watch",
            is_flag=True,
            help="Stay as its parent, and start it again when a secret has changed.",
        ),
    ):
        command = option(command)
    return command


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
@_watch_options
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
    **watch: Any,
) -> int:
    """Become COMMAND, with the secrets in its environment.

    Variables that hold a key of the other mode are not passed on. Exit codes and signals are the
    command's own; 125 is every failure before it starts, 126 and 127 a command that cannot be.
    """
    from scale_secrets.service.process import Request, prepared, write_files

    watching = _watching(files, **watch)
    with invocation.session() as session:
        operation = invocation.operation()
        environments = environments_of(invocation, session, secrets, mode)
        request = Request(environments, invocation.door(), only, pristine, strict, files)
        bundle, child = prepared(session, request, operation)
        write_files(child)
        _tell(bundle, child)
        if watching:
            from scale_secrets.cli.run_child import die_like
            from scale_secrets.cli.run_watch import Watch
            from scale_secrets.service.watch import Source

            source = Source(session, request, operation)
            ended = _started(words, child, Watch(words, child, source, watching).run)
            session.close()  # here, since a process that dies of a signal closes nothing
            return die_like(ended)
    return _started(words, child, partial(_exec, words, child))


def _watching(
    files: Path | None,
    *,
    watch: bool,
    signal_name: str | None,
    every: float | None,
    debounce: float | None,
    grace: float | None,
) -> Watching | None:
    """Raises ``UsageError`` for options that do not go together."""
    if not watch:
        if (signal_name, every, debounce, grace) != (None,) * 4:
            raise UsageError(
                "--signal, --every, --debounce and --grace go with --watch", hint="add --watch"
            )
        return None
    if signal_name and not files:
        raise UsageError(
            "--signal goes with --files: the variables of a running process cannot be changed",
            hint="add --files DIR, or leave --signal out to start the command again",
        )
    if not hasattr(signal, "sigtimedwait"):
        raise UsageError("this system cannot wait for signals, as --watch must", hint="use Linux")
    from scale_secrets.cli.run_watch import Watching

    return Watching(
        every=EVERY if every is None else every,
        debounce=DEBOUNCE if debounce is None else debounce,
        grace=GRACE if grace is None else grace,
        signal=signal.Signals[f"SIG{signal_name}"] if signal_name else None,
    )


def _tell(bundle: Bundle, child: ChildEnvironment) -> None:
    for warning in bundle.warnings:
        say(warning)
    for name in child.stripped:
        say(f"SEP005 {name}: not passed on: it holds a {bundle.mode.other} key")


def _started(words: Sequence[str], child: ChildEnvironment, start: Callable[[str], int]) -> int:
    """Find the command and ``start`` it. Returns what that returns, or 126 or 127 when it fails."""
    program = words[0]
    path = shutil.which(
        program, path=os.fsdecode(child.variables.get(b"PATH", os.defpath.encode()))
    )
    if path is None:
        exists = "/" in program and Path(program).exists()
        say("the command cannot be executed" if exists else "the command was not found")
        return exits.RUN_NOT_EXECUTABLE if exists else exits.RUN_NOT_FOUND
    try:
        return start(path)
    except OSError as error:
        say(f"the command cannot be executed: {(error.strerror or 'unknown reason').lower()}")
        return exits.RUN_NOT_EXECUTABLE


def _exec(words: Sequence[str], child: ChildEnvironment, path: str) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    restore_for_child()
    os.execve(path, list(words), dict(child.variables))  # noqa: S606 - no shell is the point
