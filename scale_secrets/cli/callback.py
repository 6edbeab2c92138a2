"""``callback verify``: a header that was received, against the keys that are accepted."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scale_secrets.cli.input import read_input
from scale_secrets.cli.options import Invocation, common
from scale_secrets.cli.output import echo, say
from scale_secrets.cli.targets import only_environment
from scale_secrets.errors import CallbackRefused, UsageError
from scale_secrets.model import EnvironmentSpec, Refusal, SecretType

if TYPE_CHECKING:
    from scale_secrets.service.accepted import Accepted, AcceptedKey


@click.group("callback", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Check a received callback header against the accepted keys."""
    if context.invoked_subcommand is None:
        echo(context.get_help())


@command.command("verify")
@click.option(
    "--header-file",
    type=click.Path(path_type=Path),
    help="Read the header from this file instead of stdin or a prompt.",
)
@common(environment=True, guarded=True)
def verify(invocation: Invocation, *, header_file: Path | None) -> None:
    """Check a received callback header against the accepted keys.

    The header comes from a prompt, from stdin or from a file: its value alone, or the lines of a
    request. Prints the secret and the stage that accept it, or ends with exit code 3.
    """
    from scale_secrets.service.accepted import accepted_keys
    from scale_secrets.service.load import load_bundle

    invocation = replace(invocation, command="callback")  # what the guard and the store are told
    with invocation.session() as session:
        environment = only_environment(invocation, session)
        names = _callback_keys(environment)
        headers = _headers(_read(header_file))
        operation = invocation.operation()
        bundle = load_bundle(session, [environment], operation, invocation.door(), only=names)
        if not bundle:
            bundle.require(names[0])
        accepted = accepted_keys(session, environment, bundle, operation)
    for warning in (*bundle.warnings, *accepted.warnings):
        say(warning)
    echo(f"accepted by {_told(_accepting(headers, accepted))}")


def _callback_keys(environment: EnvironmentSpec) -> list[str]:
    names = [
        spec.name for spec in environment.secrets.values() if spec.type is SecretType.CALLBACK_KEY
    ]
    if not names:
        raise UsageError(
            f"environment {environment.name} has no callback key",
            hint="declare callback_auth_key, or a secret of type scale-callback-key",
        )
    return names


def _accepting(headers: list[tuple[bytes, bytes]], accepted: Accepted) -> AcceptedKey:
    """The key that accepts these headers. Raises ``CallbackRefused``."""
    from scale_secrets.callback.headers import received
    from scale_secrets.callback.verifier import CallbackVerifier

    try:
        CallbackVerifier(accepted.values).verify(headers)
    except CallbackRefused as refused:
        if refused.reason is Refusal.WRONG:
            refused.hint = f"compared with {', '.join(map(_told, accepted.keys))}"
        raise
    (value,) = received(headers).values
    return next(key for key in accepted.keys if CallbackVerifier([key.value]).accepts(value))


def _told(key: AcceptedKey) -> str:
    return f"{key.name} ({key.stage or 'the version that it names'})"


def _headers(data: bytes) -> list[tuple[bytes, bytes]]:
    """The lines of a request up to its body, or one line without a colon as the value alone."""
    from scale_secrets.callback.headers import HEADER

    head = data.replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")[0]
    lines = head.splitlines()
    if len(lines) <= 1 and b":" not in head:
        return [(HEADER.encode(), b"".join(lines))]
    pairs = (line.partition(b":") for line in lines)
    return [(name, value) for name, colon, value in pairs if colon]


def _read(path: Path | None) -> bytes:
    if path is None and sys.stdin.isatty():
        text: str = click.prompt("scale-callback-auth", hide_input=True, err=True, type=str)
        return text.encode("utf-8", "surrogateescape")
    return read_input(path, what="header")
