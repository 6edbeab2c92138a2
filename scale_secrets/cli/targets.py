"""What a person names on the command line: a secret of an environment, or a coordinate."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from scale_secrets.cli.options import Command, Invocation
from scale_secrets.errors import UsageError
from scale_secrets.model import EnvironmentSpec, Mode, SecretSpec
from scale_secrets.service.naming import bare_environment
from scale_secrets.validation.manifest import implied_variable

if TYPE_CHECKING:
    from scale_secrets.service.session import Session

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def mode_option(command: Command) -> Command:
    """``--mode``, for coordinates that no environment of a manifest names."""
    option: Callable[[Any], Any] = click.option(
        "--mode",
        type=click.Choice([str(mode) for mode in Mode]),
        help="With coordinates instead of an environment: the mode that the keys must have.",
    )
    return option(command)  # type: ignore[no-any-return]


def secret_option(command: Command) -> Command:
    """``--secret``, for delivering without a manifest."""
    option: Callable[[Any], Any] = click.option(
        "--secret",
        "secrets",
        multiple=True,
        metavar="VARIABLE=COORDINATE",
        help="Deliver this coordinate under this variable, without a manifest; needs --mode.",
    )
    return option(command)  # type: ignore[no-any-return]


def is_coordinate(word: str) -> bool:
    return ":" in word


def only_environment(invocation: Invocation, session: Session) -> EnvironmentSpec:
    """The one named environment. Raises ``UsageError`` for none or several."""
    chosen = invocation.chosen(session)
    if len(chosen) > 1:
        raise UsageError("this command takes one environment", hint="name it once with -e")
    return chosen[0]


def named_secret(environment: EnvironmentSpec, name: str) -> SecretSpec:
    if name not in environment.secrets:
        raise UsageError(
            f"no secret of that name in environment {environment.name}",
            hint=f"known: {', '.join(environment.secrets) or 'none'}; a coordinate has a colon",
        )
    return environment.secrets[name]


def environments_of(
    invocation: Invocation, session: Session, secrets: Sequence[str], mode: str | None
) -> tuple[EnvironmentSpec, ...]:
    """The named environments, or one made of ``--secret`` options."""
    if not secrets:
        if mode is not None:
            raise UsageError("--mode goes with --secret", hint="an environment has its own mode")
        return invocation.chosen(session)
    if invocation.environments:
        raise UsageError("-e and --secret do not go together", hint="use one of them")
    return (made_environment([_split(word) for word in secrets], mode),)


def made_environment(pairs: Sequence[tuple[str, str]], mode: str | None) -> EnvironmentSpec:
    """An environment of ``(variable, coordinate)`` pairs; its secrets' types follow the names."""
    if mode is None:
        raise UsageError(
            "coordinates do not tell whether live or test keys are meant",
            hint="say --mode live or --mode test",
        )
    known = {implied_variable(name): name for name in ("api_key", "callback_auth_key")}
    secrets: dict[str, tuple[str, str]] = {}
    for variable, text in pairs:
        name = known.get(variable, variable.lower())
        if name in secrets:
            raise UsageError(f"--secret names {variable} twice", hint="name each variable once")
        secrets[name] = (variable, text)
    return bare_environment(f"--mode {mode}", secrets, Mode(mode))


def _split(word: str) -> tuple[str, str]:
    variable, equals, coordinate = word.partition("=")
    if not equals or not _VARIABLE.match(variable):
        raise UsageError("--secret takes VARIABLE=COORDINATE", hint="SCALE_API_KEY=vault:PATH")
    return variable, coordinate
