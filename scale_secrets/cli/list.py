"""``list``: what there is, by name only."""

from __future__ import annotations

import click

from scale_secrets.cli.options import Invocation, common
from scale_secrets.cli.output import echo, print_json, print_table
from scale_secrets.cli.targets import is_coordinate
from scale_secrets.coordinates import format_coordinate, parse_coordinate
from scale_secrets.errors import UsageError
from scale_secrets.model import Coordinate


@click.command("list")
@click.argument("prefix", required=False)
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@common(environment=True)
def command(invocation: Invocation, prefix: str | None, form: str) -> None:
    """List secrets or containers by name, never by value.

    An environment's secrets with -e NAME, a store's containers below STORE:PREFIX.
    STORE: alone lists all that the credential may list. No value is read.
    """
    with invocation.session() as session:
        if prefix is not None:
            store, path = _store_and_path(prefix)
            found = session.store(store).list(path, invocation.operation())
            listed = [format_coordinate(Coordinate(store, one)) for one in found]
            if form == "json":
                print_json(listed)
            for line in listed if form == "table" else ():
                echo(line)
            return
        rows = [
            (
                environment.name,
                str(environment.mode),
                spec.name,
                spec.variable,
                str(spec.type),
                format_coordinate(spec.coordinate),
            )
            for environment in invocation.chosen(session)
            for spec in environment.secrets.values()
        ]
    header = ("environment", "mode", "name", "variable", "type", "coordinate")
    if form == "json":
        print_json([dict(zip(header, row, strict=True)) for row in rows])
    else:
        print_table(header, rows)


def _store_and_path(prefix: str) -> tuple[str, str]:
    if not is_coordinate(prefix):
        raise UsageError("a prefix reads STORE:PREFIX", hint="for a secret's names use -e NAME")
    store, _, path = prefix.partition(":")
    if not path:
        return store, ""
    coordinate = parse_coordinate(prefix)
    if coordinate.field is not None or coordinate.version is not None:
        raise UsageError("a prefix has neither field nor version", hint="STORE:PREFIX")
    return coordinate.store, coordinate.path
