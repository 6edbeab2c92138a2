"""``put``: write one secret, from a prompt, stdin or a file; never from argv."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from scale_secrets.cli.input import read_input
from scale_secrets.cli.options import Invocation, common
from scale_secrets.cli.output import say
from scale_secrets.cli.targets import is_coordinate, named_secret, only_environment
from scale_secrets.coordinates import format_coordinate, parse_coordinate
from scale_secrets.errors import UsageError
from scale_secrets.values import SecretValue


@click.command("put")
@click.argument("secret")
@click.option(
    "--from-file",
    type=click.Path(path_type=Path),
    help="Read the value from this file instead of stdin or a prompt.",
)
@click.option(
    "--exact", is_flag=True, help="Keep a final line break, which is otherwise taken off."
)
@click.option(
    "--expect", metavar="VERSION", help="Write only if this version is current; 0: none exists."
)
@common(environment=True, guarded=True)
def command(
    invocation: Invocation,
    *,
    secret: str,
    from_file: Path | None,
    exact: bool,
    expect: str | None,
) -> None:
    """Write one secret, from a prompt, stdin or a file.

    SECRET is a NAME of the environment, or a COORDINATE.
    The value comes from a prompt, from stdin or from a file. The write is compare-and-swap: it
    fails when somebody else writes in between, and keeps the other fields that stand there.
    """
    from scale_secrets.service.doors import Slot, pass_door, slots_at
    from scale_secrets.service.put import put_secret

    with invocation.session() as session:
        if is_coordinate(secret):
            coordinate = parse_coordinate(secret)
            slots = slots_at(coordinate, session)
        else:
            environment = only_environment(invocation, session)
            spec = named_secret(environment, secret)
            coordinate, slots = spec.coordinate, (Slot(environment, spec),)
        pass_door(invocation.door(), [slot.environment for slot in slots], session)
        value = _read(from_file, exact=exact)
        version = put_secret(
            coordinate, value, slots, session, invocation.operation(), expected=expect
        )
    say(f"wrote {format_coordinate(coordinate)} (version {version.version})")


def _read(path: Path | None, *, exact: bool) -> SecretValue:
    if path is None and sys.stdin.isatty():
        prompted = click.prompt(
            "Value", hide_input=True, confirmation_prompt=True, err=True, type=str
        )
        return SecretValue(prompted)
    data = read_input(path, what="value")
    if not exact:
        data = data.removesuffix(b"\n").removesuffix(b"\r")
    if not data:
        raise UsageError("the value is empty", hint="pipe it in: printf %s … | scale-secrets put")
    return SecretValue(data)
