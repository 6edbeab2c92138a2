"""ACC104: a name of a policy that does not exist. The servers pass over it until one is written."""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.lints.vault.rules import policies
from scale_secrets.access.vault.installation import Installation
from scale_secrets.model import Finding, Severity


def findings(installation: Installation) -> Iterator[Finding]:
    collected = {policy.namespace for policy in policies(installation)}
    for one in installation.missing:
        if one.namespace in collected:  # else none of them is there, and not only this one
            yield Finding(
                "ACC104",
                one.principal,
                f"{one.source} names the policy {one.namespace}{one.name}, which does not exist",
                "correct the name, or write the policy: whoever may write it decides what it gives",
                Severity.WARNING,
            )
