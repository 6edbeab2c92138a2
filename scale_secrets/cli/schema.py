"""``schema``: the JSON Schemas of the project."""

from __future__ import annotations

import click

from scale_secrets.cli.output import echo
from scale_secrets.errors import UsageError

_SUFFIX = ".schema.json"


@click.command("schema")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print a JSON Schema; without NAME, list them."""
    from scale_secrets.resources import resource_names, resource_text

    names = [one.removesuffix(_SUFFIX) for one in resource_names("schemas")]
    if name is None:
        for one in names:
            echo(one)
        return
    if name not in names:
        raise UsageError("there is no schema of that name", hint=f"known: {', '.join(names)}")
    echo(resource_text("schemas", name + _SUFFIX).rstrip("\n"))
