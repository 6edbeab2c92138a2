"""ACC202: ``NAME-*`` is meant for one secret's suffix and matches ``NAME-other-XXXXXX`` as well.

Where the account's secrets are known, this is said only of a pattern that has such a sibling;
otherwise by the shape alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.aws.model import AwsSecret, Estate
from scale_secrets.access.lints.aws.secret_arns import Named, known_secrets, named
from scale_secrets.model import Finding, Severity

_SHOWN = 3


def findings(estate: Estate) -> Iterator[Finding]:
    for one in named(estate):
        base = one.name.removesuffix("-*")
        if one.statement.allow and base != one.name and not set("*?") & set(base):
            message = _message(one, base, known_secrets(estate, one.account))
            if message:
                mend = f"write {one.arn[:-1]}??????"
                yield Finding("ACC202", one.place, message, mend, Severity.WARNING)


def _message(one: Named, base: str, secrets: tuple[AwsSecret, ...]) -> str:
    if not secrets:
        return f"{one.arn} matches every secret whose name begins with {base}-"
    matched = one.matched(secrets)
    siblings = sorted(secret.name for secret in matched if secret.name != base)
    if not siblings or len(siblings) == len(matched):
        return ""  # there is none, or a family of names is what it is for
    more = f" and {len(siblings) - _SHOWN} more" if len(siblings) > _SHOWN else ""
    return f"{one.arn} also matches {', '.join(siblings[:_SHOWN])}{more}"
