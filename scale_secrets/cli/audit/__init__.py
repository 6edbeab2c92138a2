"""``audit``: who may read a key, and why."""

from __future__ import annotations

import click

from scale_secrets.cli.lazy import LazyGroup
from scale_secrets.cli.output import echo

# A sub-command is one file and one line here, in the order of --help.
COMMANDS = {
    "explain": "scale_secrets.cli.audit.explain",
    "lint": "scale_secrets.cli.audit.lint",
}


@click.group("audit", cls=LazyGroup, modules=COMMANDS, invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Compute who may read a key, and say why."""
    if context.invoked_subcommand is None:
        echo(context.get_help())
