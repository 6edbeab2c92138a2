"""``audit lint``: what is suspicious in a directory of policies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scale_secrets.access.lints import aws_findings, vault_findings
from scale_secrets.model import Finding
from scale_secrets.service.findings import finding_document
from scale_secrets.service.policy_directory import read_policy_directory

FORMAT = "scale-secrets/lint-report/1"


@dataclass(frozen=True, slots=True)
class LintReport:
    findings: tuple[Finding, ...]

    def document(self) -> dict[str, Any]:
        """The report by ``schemas/lint-report.schema.json``."""
        return {
            "format": FORMAT,
            "findings": [finding_document(one) for one in self.findings],
        }


def lint(directory: Path, *, dialect: str | None = None) -> LintReport:
    """Raises ``PolicyError`` for a policy that its server would not accept.

    ``dialect`` (vault or openbao) overrides what the directory says.
    """
    found = read_policy_directory(directory)
    findings: list[Finding] = []
    if found.vault:
        findings += vault_findings(found.installation(dialect))
    if found.aws:
        findings += aws_findings(found.estate())
    return LintReport(tuple(findings))
