"""Options that several audit commands share."""

from __future__ import annotations

from pathlib import Path

import click

POLICIES = click.option(
    "--policies",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="The directory of policies; nothing else is read.",
)

DIALECT = click.option(
    "--dialect",
    type=click.Choice(["vault", "openbao"]),
    help="The server whose rules hold, instead of what DIR says.",
)
