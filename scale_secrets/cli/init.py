"""``init``: a manifest that passes, and for the embedded store all that it needs."""

from __future__ import annotations

from pathlib import Path

import click

from scale_secrets.cli.options import Invocation, common
from scale_secrets.cli.output import say
from scale_secrets.errors import ConflictError


@click.command("init")
@click.option(
    "--kind",
    type=click.Choice(["local", "vault", "aws", "environ"]),
    default="local",
    show_default=True,
    help="The store that the manifest names.",
)
@click.option("--name", default="", help="The project's name (default: the directory's).")
@common()
def command(invocation: Invocation, *, kind: str, name: str) -> None:
    """Write a manifest with a test and a live environment.

    It never replaces an existing one.
    With the embedded store it also makes an identity, unless you have one, and an empty store.
    """
    from scale_secrets.files import write_private
    from scale_secrets.service.scaffold import make_local_store, manifest_text
    from scale_secrets.validation.manifest import MANIFEST_NAME

    surroundings = invocation.surroundings()
    path = surroundings.cwd / (invocation.manifest or Path(MANIFEST_NAME))
    if path.exists():
        raise ConflictError(f"{path}: exists already", hint="scale-secrets check --all checks it")
    text = manifest_text(kind, name or surroundings.cwd.name)
    if kind == "local":
        for line in make_local_store(path.parent, surroundings):
            say(line)
    write_private(path, text.encode(), mode=0o644, replace=False)
    say(f"wrote {path}")
    if kind != "environ":
        say("next: scale-secrets put -e test api_key")
