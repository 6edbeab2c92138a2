"""Options that several commands share, and what a command makes of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from scale_secrets.cli.output import say
from scale_secrets.errors import UsageError
from scale_secrets.frozen import frozen
from scale_secrets.operation import DEFAULT_TIMEOUT, Operation, operation
from scale_secrets.surroundings import Surroundings, real_surroundings
from scale_secrets.values import SecretValue

if TYPE_CHECKING:
    from scale_secrets.model import EnvironmentSpec
    from scale_secrets.service.doors import Door
    from scale_secrets.service.session import Session

ENVIRONMENT_VARIABLE = "SCALE_SECRETS_ENVIRONMENT"
Command = TypeVar("Command", bound=Callable[..., Any])


@frozen
class Invocation:
    """The common options of one call."""

    command: str
    manifest: Path | None
    timeout: float
    auth: str
    environments: tuple[str, ...] = ()
    yes: bool = False
    running: list[Operation] = field(default_factory=list)  # what waits while a person is asked

    def surroundings(self) -> Surroundings:
        return real_surroundings(ask=self._ask if sys.stdin.isatty() else None)

    def session(self) -> Session:
        from scale_secrets.service.session import open_session

        return open_session(self.surroundings(), self.manifest, auth=self.auth)

    def operation(self) -> Operation:
        """Starts the clock: one deadline for all that follows."""
        environment = "+".join(self.names()) or None
        started = operation(self.timeout, command=self.command, environment=environment)
        self.running.append(started)
        return started

    def names(self) -> tuple[str, ...]:
        """The environments that were named, by option or by variable."""
        named = self.environments or tuple(os.environ.get(ENVIRONMENT_VARIABLE, "").split())
        return tuple(dict.fromkeys(named))

    def chosen(self, session: Session) -> tuple[EnvironmentSpec, ...]:
        """The named environments. Raises ``UsageError`` when there are none, or unknown ones."""
        if not self.names():
            known = ", ".join(session.manifest.environments)
            raise UsageError(
                "no environment is named",
                hint=f"-e ENVIRONMENT, or {ENVIRONMENT_VARIABLE}"
                + (f"; known: {known}" * bool(known)),
            )
        return tuple(session.environment(name) for name in self.names())

    def door(self) -> Door:
        from scale_secrets.service.doors import Door

        return Door(self.command, self.yes, self._confirm if sys.stdin.isatty() else None)

    def _ask(self, question: str) -> SecretValue:
        with self._waiting():
            return SecretValue(click.prompt(question, hide_input=True, err=True, type=str))

    def _confirm(self, question: str) -> bool:
        with self._waiting():
            return click.confirm(f"scale-secrets: {question}", err=True)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """A person's thinking is not the store's slowness: no deadline counts it."""
        with ExitStack() as paused:
            for one in self.running:
                paused.enter_context(one.deadline.paused())
            yield


def common(*, environment: bool = False, guarded: bool = False) -> Callable[[Command], Command]:
    """Add the common options; the command's first parameter becomes an ``Invocation``.

    ``environment``: with ``-e``. ``guarded``: with ``--yes``, for doors that a guard may close.
    """

    def decorate(command: Command) -> Command:
        from functools import wraps

        @wraps(command)
        def call(
            *,
            manifest: Path | None,
            timeout: float,
            auth: str,
            verbose: bool,
            **rest: Any,
        ) -> Any:
            if verbose:
                _talk()
            invocation = Invocation(
                command=click.get_current_context().info_name or "",
                manifest=manifest,
                timeout=timeout,
                auth=auth,
                environments=rest.pop("environments", ()),
                yes=rest.pop("yes", False),
            )
            return command(invocation, **rest)

        for option in reversed(_options(environment, guarded)):
            call = option(call)
        return call  # type: ignore[return-value]

    return decorate


def _options(environment: bool, guarded: bool) -> Sequence[Callable[[Any], Any]]:
    options = []
    if environment:
        options.append(
            click.option(
                "-e",
                "--environment",
                "environments",
                multiple=True,
                metavar="NAME",
                help=f"Environment of the manifest (or {ENVIRONMENT_VARIABLE}).",
            )
        )
    if guarded:
        options.append(
            click.option("--yes", is_flag=True, help="Confirm what the guard asks a person.")
        )
    return [
        *options,
        click.option(
            "--manifest",
            type=click.Path(path_type=Path),
            help="The manifest, instead of the nearest scale-secrets.toml.",
        ),
        click.option(
            "--auth", default="", metavar="METHOD", help="Vault: use this login method alone."
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            default=DEFAULT_TIMEOUT,
            show_default=True,
            metavar="SECONDS",
            help="One deadline for the whole operation.",
        ),
        click.option("-v", "--verbose", is_flag=True, help="Say what is done, without values."),
    ]


def reveal_options(command: Command) -> Command:
    """``--output`` and ``--reveal``, for commands whose data is a secret."""
    for option in (
        click.option("--reveal", is_flag=True, help="Print it even on a terminal."),
        click.option(
            "-o",
            "--output",
            type=click.Path(path_type=Path),
            help="Write to this file instead, with mode 0600.",
        ),
    ):
        command = option(command)
    return command


def _talk() -> None:
    """Let the project's own log speak. Those of boto and urllib3 print values: never below INFO."""
    import logging

    class Talk(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            say(record.getMessage())

    log = logging.getLogger("scale_secrets")
    log.addHandler(Talk())
    log.setLevel(logging.INFO)
