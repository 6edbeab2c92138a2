"""ACC201: an ARN without the six random characters matches no secret.

Secrets Manager appends a hyphen and six characters to a secret's name; a ``Resource`` must match
them as well (Secrets Manager user guide, "Permissions policy examples": wildcards).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scale_secrets.access.aws.model import AwsSecret, Estate
from scale_secrets.access.lints.aws.secret_arns import Named, known_secrets, named
from scale_secrets.model import Finding, Severity

# A star that is followed by nothing in particular, or what stands exactly for the suffix.
_SUFFIX = re.compile(r".*(?:\*\?*|[-?][A-Za-z0-9?]{6})", re.DOTALL)
# Of 300 random suffixes one has small letters only: such an end is a word.
_WORD = re.compile(r".*-[a-z]{6}", re.DOTALL)


def findings(estate: Estate) -> Iterator[Finding]:
    for one in named(estate):
        if _lacks_suffix(one, known_secrets(estate, one.account)):
            yield Finding(
                "ACC201",
                one.place,
                f"{one.arn} lacks the six-character suffix, so it matches no secret",
                f"write {one.arn}-??????",
                Severity.WARNING,
            )


def _lacks_suffix(one: Named, secrets: tuple[AwsSecret, ...]) -> bool:
    if one.matched(secrets):
        return False
    if not _SUFFIX.fullmatch(one.name):
        return True
    meant = any(secret.name == one.name for secret in secrets)
    return meant or (not secrets and _WORD.fullmatch(one.name) is not None)
