"""Findings about policies, as data on stdout."""

from __future__ import annotations

from collections.abc import Iterable

from scale_secrets.cli.audit.tree import printable
from scale_secrets.cli.output import echo, paint
from scale_secrets.model import Finding


def print_findings(findings: Iterable[Finding]) -> None:
    for one in findings:
        id_ = paint(one.id, "yellow", terminal_of="stdout")
        echo(f"{id_} {printable(one.place)}: {printable(one.message)}")
        echo(f"       mend: {printable(one.mend)}")
