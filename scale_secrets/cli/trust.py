"""``trust``: name an address that may be sent credentials."""

from __future__ import annotations

import click

from scale_secrets.cli.output import echo, say


@click.command("trust")
@click.argument("address", required=False)
def command(address: str | None) -> None:
    """Let manifests name ADDRESS, or list what is trusted.

    A credential of the surroundings goes only to the address that VAULT_ADDR, BAO_ADDR or
    SCALE_SECRETS_TRUSTED names, or to one that is trusted here.
    """
    from scale_secrets.service.configuration import read_user_config, trust
    from scale_secrets.surroundings import real_surroundings, trusted_addresses

    surroundings = real_surroundings()
    config = read_user_config(surroundings)
    if address is None:
        for one in sorted(config.trusted | trusted_addresses(surroundings)):
            echo(one)
        return
    say(f"trusted {trust(address, config)}")
