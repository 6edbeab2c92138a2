"""ACC105: a stanza that never decides, because others of its policy are preferred everywhere.

A deny that loses to something else than a deny is worse than that: it is ACC101.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.lints.vault.contest import losses
from scale_secrets.access.lints.vault.rules import lasting, plain_rules, policies
from scale_secrets.access.vault.installation import Installation
from scale_secrets.access.vault.model import Capability
from scale_secrets.access.vault.patterns import why_lower
from scale_secrets.model import Finding, Severity


def findings(installation: Installation) -> Iterator[Finding]:
    for policy in policies(installation):
        rules = plain_rules([policy])
        denied = {str(one.pattern) for one in rules if Capability.DENY in one.rule.capabilities}
        patterns = lasting(rules)
        for one in rules:
            found = losses(one.pattern, patterns)
            harmless = str(one.pattern) not in denied or all(
                str(loss.winner) in denied for loss in found
            )
            if found and harmless:
                yield Finding(
                    "ACC105",
                    one.place,
                    f"{one.shown} never decides: {why_lower(one.pattern, found[0].winner)}",
                    "remove it, or write its path so that it comes first",
                    Severity.WARNING,
                )
