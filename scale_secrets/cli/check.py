"""``check``: are these environments sound, without delivering anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from scale_secrets.cli import exits
from scale_secrets.cli.options import Invocation, common
from scale_secrets.cli.output import print_json, print_table, say, tell_error, tell_finding
from scale_secrets.errors import UsageError

if TYPE_CHECKING:
    from scale_secrets.model import EnvironmentSpec
    from scale_secrets.service.session import Session


@click.command("check")
@click.option("--all", "every", is_flag=True, help="Every environment of the manifest.")
@click.option("--strict", is_flag=True, help="Warnings make it exit 3, too.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@common(environment=True)
def command(invocation: Invocation, every: bool, strict: bool, form: str) -> int:
    """Check environments without delivering anything.

    Manifest, schemas, separation and ages; environments of both modes at once, too.
    Reads the secrets and prints none. Exit 3 when a rule is broken, else the code of the first
    secret that could not be had.
    """
    from scale_secrets.service.check import check
    from scale_secrets.service.load import utc_now

    with invocation.session() as session:
        if every:
            environments = _all_of(session)
        else:
            environments = invocation.chosen(session)
        report = check(session, environments, invocation.operation(), utc_now())
    if form == "json":
        print_json(report.document())
    else:
        _print(report.document())
        for finding in report.findings:
            tell_finding(finding)
        for line in report.not_checked:
            say(f"not checked: {line}")
        for secret in report.secrets:
            if secret.error is not None:
                tell_error(secret.error, place=secret.place)
    if report.failure(strict=strict):
        return exits.FINDINGS
    error = report.first_error()
    return exits.exit_code(error) if error else exits.DONE


def _all_of(session: Session) -> tuple[EnvironmentSpec, ...]:
    """A pipeline that checks nothing must not pass."""
    environments = tuple(session.manifest.environments.values())
    if not environments:
        raise UsageError(
            "there is no manifest, so there is nothing to check",
            hint="scale-secrets init writes one; --manifest names another",
        )
    return environments


def _print(document: dict[str, list[dict[str, str]]]) -> None:
    print_table(
        ("environment", "secret", "status", "version", "age", "coordinate"),
        [
            (
                one["environment"],
                one["name"],
                one["status"],
                one.get("version", "-"),
                f"{float(one['age_days']):.0f} d" if "age_days" in one else "-",
                one["coordinate"],
            )
            for one in document["secrets"]
        ],
    )
