"""``audit lint``: what is suspicious in policies without being wrong."""

from __future__ import annotations

from pathlib import Path

import click

from scale_secrets.cli import exits
from scale_secrets.cli.audit.findings import print_findings
from scale_secrets.cli.audit.options import DIALECT, POLICIES
from scale_secrets.cli.output import print_json, say


@click.command("lint")
@POLICIES
@DIALECT
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def command(*, policies: Path, dialect: str | None, form: str) -> int:
    """List what is suspicious in policies, and the mend.

    Works offline, on policy files alone. Exit 3 when something is found.
    """
    from scale_secrets.service.lint import lint

    report = lint(policies, dialect=dialect)
    if form == "json":
        print_json(report.document())
    else:
        print_findings(report.findings)
        if not report.findings:
            say("nothing suspicious was found")
    return exits.FINDINGS if report.findings else exits.DONE
