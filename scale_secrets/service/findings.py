"""Findings as every report has them."""

from __future__ import annotations

from scale_secrets.model import Finding


def finding_document(finding: Finding) -> dict[str, str]:
    return {
        "id": finding.id,
        "severity": str(finding.severity),
        "place": finding.place,
        "message": finding.message,
        "mend": finding.mend,
    }
