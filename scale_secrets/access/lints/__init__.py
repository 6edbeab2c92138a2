"""What is suspicious in policies without being wrong. Pure; one list of lints.

Each lint has a stable id that others script against. A lint is one file plus one line here: a
module with ``findings(of)``, which yields a ``Finding`` for each statement that it is about.
``ACC1xx`` read a Vault or OpenBao installation, ``ACC2xx`` the estate of AWS accounts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scale_secrets.access.aws.model import Estate
    from scale_secrets.access.vault.installation import Installation
    from scale_secrets.model import Finding


@dataclass(frozen=True, slots=True)
class Lint:
    """``words`` finish the sentence "It warns when …"; ``module`` stands below this package."""

    words: str
    module: str


LINTS = {
    "ACC101": Lint("a Vault deny can never win", "vault.losing_deny"),
    "ACC102": Lint("a path below a KV v2 mount lacks data/ or metadata/", "vault.without_data"),
    "ACC103": Lint(
        "sudo or the writing of policies is granted beside the reading of secrets",
        "vault.policy_writer",
    ),
    "ACC104": Lint("a policy is named that does not exist", "vault.missing_policy"),
    "ACC105": Lint("a stanza is shadowed: it can never decide", "vault.shadowed_rule"),
    "ACC201": Lint("a secret's ARN lacks its six-character suffix", "aws.without_suffix"),
    "ACC202": Lint("a suffix wildcard matches sibling secrets", "aws.wide_suffix"),
    "ACC203": Lint(
        "the writing of policies is granted beside the reading of secrets", "aws.policy_writer"
    ),
    "ACC204": Lint(
        "a role trusts every repository of a GitHub organization", "aws.github_organization"
    ),
    "ACC205": Lint(
        "a policy that is attached was not collected or does not exist", "aws.missing_policy"
    ),
    "ACC206": Lint("a statement is shadowed: it changes nothing", "aws.shadowed_statement"),
}


def vault_findings(installation: Installation) -> Iterator[Finding]:
    """In the order of the lints, and within one in that of the files."""
    return _findings("vault", installation)


def aws_findings(estate: Estate) -> Iterator[Finding]:
    """Likewise."""
    return _findings("aws", estate)


def _findings(system: str, of: object) -> Iterator[Finding]:
    for lint in LINTS.values():
        if lint.module.startswith(f"{system}."):
            # What is attached in several places is told once.
            yield from dict.fromkeys(import_module(f"{__name__}.{lint.module}").findings(of))
