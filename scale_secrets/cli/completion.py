"""``completion``: the script that makes a shell complete this command line."""

from __future__ import annotations

import click

from scale_secrets.cli.output import echo

_VARIABLE = "_SCALE_SECRETS_COMPLETE"  # the name that Click derives from the program's


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print a completion script for a shell.

    Add `eval "$(scale-secrets completion bash)"` to ~/.bashrc.
    """
    from click.shell_completion import get_completion_class

    from scale_secrets.cli.app import app

    found = get_completion_class(shell)
    if found is not None:
        echo(found(app, {}, "scale-secrets", _VARIABLE).source())
