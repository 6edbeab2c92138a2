"""``get``: one secret, exactly as it is stored."""

from __future__ import annotations

from pathlib import Path

import click

from scale_secrets.cli.options import Invocation, common, reveal_options
from scale_secrets.cli.output import print_secret, require_revealable
from scale_secrets.cli.targets import is_coordinate, named_secret, only_environment
from scale_secrets.coordinates import parse_coordinate


@click.command("get")
@click.argument("secret")
@reveal_options
@common(environment=True, guarded=True)
def command(invocation: Invocation, *, secret: str, output: Path | None, reveal: bool) -> None:
    """Print one secret, exactly as it is stored.

    SECRET is a NAME of the environment, or a COORDINATE such as vault:PATH#FIELD@3.
    A pipe gets the exact bytes, with no line break added.
    """
    from scale_secrets.service.doors import keepers, pass_door
    from scale_secrets.service.fetch import fetch_one
    from scale_secrets.service.load import load_bundle

    if output is None:
        require_revealable(reveal=reveal)
    with invocation.session() as session:
        operation = invocation.operation()
        if is_coordinate(secret):
            coordinate = parse_coordinate(secret)
            pass_door(invocation.door(), keepers([coordinate], session), session)
            value = fetch_one(coordinate, session, operation).value
        else:
            environment = only_environment(invocation, session)
            name = named_secret(environment, secret).name
            bundle = load_bundle(session, [environment], operation, invocation.door(), only=[name])
            value = bundle.require(name).value
    print_secret(value, reveal=reveal, output=output, newline=True)
