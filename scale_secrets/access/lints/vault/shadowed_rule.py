"""ACC105: a stanza that never decides, because others of its policy are preferred everywhere.

A deny that loses to something else than a deny is worse than that: it is ACC101.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.lints.vault.rules import (
    contest,
    denies,
    place,
    plain_rules,
    policies,
    shown,
)
from scale_secrets.access.vault.installation import Installation
from scale_secrets.access.vault.patterns import why_lower
from scale_secrets.model import Finding, Severity


def findings(installation: Installation) -> Iterator[Finding]:
    for policy in policies(installation):
        rules = plain_rules(policy)
        denied = {str(one.pattern) for one in rules if denies(one)}
        ring = contest(rules, installation.dialect)
        for one in rules:
            losses = ring.losses(one.pattern)
            harmless = str(one.pattern) not in denied or all(loss.denies for loss in losses)
            if losses and harmless:
                yield Finding(
                    "ACC105",
                    place(one),
                    f"{shown(one)} never decides: {why_lower(one.pattern, losses[0].winner)}",
                    "remove it, or write its path so that it comes first",
                    Severity.WARNING,
                )
