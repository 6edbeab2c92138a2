"""``header``: the Authorization header of an API key, in the form that a client takes."""

from __future__ import annotations

from pathlib import Path

import click

from scale_secrets.cli.options import Invocation, common, reveal_options
from scale_secrets.cli.output import print_secret, require_revealable, say
from scale_secrets.cli.targets import (
    is_coordinate,
    made_environment,
    mode_option,
    named_secret,
    only_environment,
)
from scale_secrets.errors import UsageError
from scale_secrets.model import SecretType
from scale_secrets.render.header import HEADER_FORMATS


@click.command("header")
@click.argument("secret", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(HEADER_FORMATS),
    default="header",
    show_default=True,
    help="What reads it: curl is for `curl -K -`, wget is a WGETRC.",
)
@reveal_options
@mode_option
@common(environment=True, guarded=True)
def command(
    invocation: Invocation,
    *,
    secret: str | None,
    form: str,
    output: Path | None,
    reveal: bool,
    mode: str | None,
) -> None:
    """Print the Authorization header of an API key.

    SECRET is a NAME of the environment (default api_key), or a COORDINATE.
    """
    from scale_secrets.render.header import render_header
    from scale_secrets.render.headers.interface import Target
    from scale_secrets.service.load import load_bundle
    from scale_secrets.service.naming import only_api_key

    if output is None:
        require_revealable(reveal=reveal)
    with invocation.session() as session:
        operation = invocation.operation()
        if secret is not None and is_coordinate(secret):
            environment = made_environment([("SCALE_API_KEY", secret)], mode)
            name = "api_key"
        else:
            environment = only_environment(invocation, session)
            name = secret or only_api_key(environment.secrets, environment.name)
            if named_secret(environment, name).type is not SecretType.API_KEY:
                raise UsageError(
                    f"{name} is no API key, so it has no Authorization header",
                    hint=f'{name} would have type = "scale-api-key"',
                )
        bundle = load_bundle(session, [environment], operation, invocation.door(), only=[name])
        for warning in bundle.warnings:
            say(warning)
        target = Target(
            base_url=session.base_url(),
            name=environment.name,
            variable=environment.secrets[name].variable,
        )
    text = render_header(form, bundle.require(name).value, target)
    print_secret(text, reveal=reveal, output=output, newline=False)
