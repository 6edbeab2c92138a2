"""``env``: an environment file in the dialect of whoever reads it, exact or refused."""

from __future__ import annotations

import os
from pathlib import Path

import click

from scale_secrets.cli.options import Invocation, common, reveal_options
from scale_secrets.cli.output import print_secret, require_revealable, say, write_all
from scale_secrets.cli.targets import environments_of, mode_option, secret_option
from scale_secrets.errors import UsageError
from scale_secrets.render.environment import DIALECTS
from scale_secrets.values import SecretValue

_GITHUB_FILE = "GITHUB_ENV"


@click.command("env")
@click.option(
    "--format", "dialect", type=click.Choice(DIALECTS), required=True, help="Who will read it."
)
@click.option("--only", multiple=True, metavar="NAME", help="Only this secret; may be repeated.")
@click.option("--secret-name", default="scale-secrets", help="k8s: the name of the Secret.")
@click.option("--namespace", help="k8s: its namespace.")
@reveal_options
@secret_option
@mode_option
@common(environment=True, guarded=True)
def command(
    invocation: Invocation,
    *,
    dialect: str,
    only: tuple[str, ...],
    secret_name: str,
    namespace: str | None,
    output: Path | None,
    reveal: bool,
    secrets: tuple[str, ...],
    mode: str | None,
) -> None:
    """Write an environment file, exact or refused.

    Its reader reads it back to the same bytes, whatever the values hold.
    With --format github the masks go to stdout first, and the variables are added to the file
    that GITHUB_ENV names.
    """
    from scale_secrets.render.dialects.interface import Options
    from scale_secrets.render.environment import render_environment
    from scale_secrets.service.load import load_bundle

    added_to = _github_file(dialect, output)
    if output is None and added_to is None:
        require_revealable(reveal=reveal)
    with invocation.session() as session:
        operation = invocation.operation()
        environments = environments_of(invocation, session, secrets, mode)
        bundle = load_bundle(session, environments, operation, invocation.door(), only=only)
    rendered = render_environment(
        dialect, bundle.variables(), Options(secret_name=secret_name, namespace=namespace)
    )
    for warning in (*bundle.warnings, *rendered.warnings):
        say(warning)
    write_all(rendered.masks.reveal_bytes())
    if added_to is not None:
        _add(added_to, rendered.content)
    else:
        print_secret(rendered.content, reveal=reveal, output=output, newline=False)


def _github_file(dialect: str, output: Path | None) -> Path | None:
    """Where a runner reads variables from. Every step adds to this file, so it is not replaced."""
    if dialect != "github" or output is not None:
        return None
    named = os.environ.get(_GITHUB_FILE)
    if not named:
        raise UsageError(
            f"{_GITHUB_FILE} is not set, so this is no step of a workflow",
            hint="name the file with --output",
        )
    return Path(named)


def _add(path: Path, content: SecretValue) -> None:
    from scale_secrets.files import append_private

    append_private(path, content.reveal_bytes())
