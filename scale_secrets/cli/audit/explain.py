"""``audit explain``: one principal, one secret, one action, and why."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scale_secrets.access.verdict import Action, Verdict
from scale_secrets.cli import exits
from scale_secrets.cli.audit.findings import print_findings
from scale_secrets.cli.audit.options import DIALECT, POLICIES
from scale_secrets.cli.output import echo, paint, print_json, say
from scale_secrets.errors import UsageError

if TYPE_CHECKING:
    from scale_secrets.service.explain import Explained

_COLOURS = {Verdict.ALLOWED: "green", Verdict.CONDITIONAL: "yellow", Verdict.DENIED: "red"}
_VERDICTS = click.Choice([str(one) for one in Verdict])


@click.command("explain")
@click.argument("principal")
@click.argument("secret")
@POLICIES
@click.option(
    "--action",
    type=click.Choice([str(one) for one in Action]),
    default=str(Action.READ),
    show_default=True,
)
@DIALECT
@click.option("--at", metavar="TIME", help="When it is asked (ISO 8601), instead of now.")
@click.option("--full", is_flag=True, help="Also show the parts that did not matter.")
@click.option("--expect", type=_VERDICTS, help="Exit 3 when the verdict is another one.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
def command(
    principal: str,
    secret: str,
    *,
    policies: Path,
    action: str,
    dialect: str | None,
    at: str | None,
    full: bool,
    expect: str | None,
    form: str,
) -> int:
    """Say whether PRINCIPAL may read SECRET, and why.

    Works offline, on policy files alone. PRINCIPAL: an ARN, or where Vault keeps it
    (auth/approle/role/ci, identity/entity/name/alice, policies/a,b for a token with these).
    SECRET: an ARN or name, or a Vault path with its mount.
    """
    from scale_secrets.service.explain import Question, explain

    question = Question(principal, secret, Action(action))
    found = explain(policies, question, now=_time(at), dialect=dialect)
    if form == "json":
        print_json(found.document())
    else:
        _print(found, full=full)
    verdict = found.explanation.answer.verdict
    if expect is not None and verdict is not Verdict(expect):
        say(f"expected {expect}, and it is {verdict}")
        return exits.FINDINGS
    return exits.DONE


def _time(text: str | None) -> datetime:
    """A time without a zone is UTC's, so that a pipeline's answer hangs on no machine's zone."""
    if text is None:
        return datetime.now(UTC)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            "the value of --at is no ISO 8601 time", hint="such as 2026-01-31T12:00:00Z"
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _print(found: Explained, *, full: bool) -> None:
    from scale_secrets.cli.audit.tree import ASCII, UNICODE, headline, printable, tree_lines

    asked, answer, root = found.question, found.explanation.answer, found.explanation.root
    for line in headline(answer, asked.principal, asked.secret, asked.action, _paint):
        echo(line)
    for note in found.notes:
        echo(f"note: {printable(note)}")
    echo("")
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    width = shutil.get_terminal_size((100, 0)).columns
    drawing = UNICODE if utf8 else ASCII
    for line in tree_lines(root, width=width, drawing=drawing, paint=_paint, full=full):
        echo(line)
    if found.findings:
        echo("")
    print_findings(found.findings)


def _paint(text: str, verdict: Verdict) -> str:
    return paint(text, _COLOURS[verdict], terminal_of="stdout")
