"""``doctor``: what is wrong with the surroundings, and how to mend it."""

from __future__ import annotations

import click

from scale_secrets.cli import exits
from scale_secrets.cli.options import Invocation, common
from scale_secrets.cli.output import echo, paint, print_json
from scale_secrets.errors import ScaleSecretsError

_COLOURS = {"ok": "green", "warning": "yellow", "bad": "red"}


@click.command("doctor")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@common(environment=True)
def command(invocation: Invocation, *, form: str) -> int:
    """Say what is wrong with the surroundings, and the mend.

    Looks at manifest, trust, stores, clock, file modes and each coordinate.
    Without -e it looks at every environment of the manifest. No value is printed. Exit 3 when
    something is bad.
    """
    from scale_secrets.service.doctor import (
        Diagnosis,
        Verdict,
        diagnose_session,
        diagnose_surroundings,
    )

    found = list(diagnose_surroundings(invocation.surroundings()))
    try:
        with invocation.session() as session:
            environments = tuple(session.manifest.environments.values())
            if invocation.names():
                environments = invocation.chosen(session)
            found += diagnose_session(session, environments, invocation.operation())
    except ScaleSecretsError as error:
        found.append(Diagnosis("manifest", Verdict.BAD, error.message, error.hint))
    if form == "json":
        print_json(
            [
                {
                    "subject": one.subject,
                    "verdict": str(one.verdict),
                    "message": one.message,
                    "mend": one.mend,
                    "facts": dict(one.facts),
                }
                for one in found
            ]
        )
    else:
        for one in found:
            verdict = paint(f"{one.verdict:<8}", _COLOURS[one.verdict], terminal_of="stdout")
            echo(f"{verdict}{one.subject}: {one.message}")
            for name, fact in one.facts:
                echo(f"        {name}: {fact}")
            if one.mend:
                echo(f"        mend: {one.mend}")
    return exits.FINDINGS if any(one.verdict is Verdict.BAD for one in found) else exits.DONE
