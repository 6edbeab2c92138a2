"""Names of secrets: the plain name and the ARN, told apart and made canonical.

Rules of the Secrets Manager API reference: a name has 1 to 512 of ``A-Z a-z 0-9 / _ + = . @ -``;
an ARN ends in the name, a hyphen and six characters that AWS drew.
"""

from __future__ import annotations

import re

from scale_secrets.errors import UsageError
from scale_secrets.frozen import frozen

_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}\Z")
_ARN = re.compile(
    r"arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):([0-9]{12}):secret:([A-Za-z0-9/_+=.@-]+)\Z"
)
# AWS itself reads a partial ARN that happens to end like this as a complete one.
_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}\Z")


@frozen
class SecretName:
    """``region`` and ``account`` are empty when only a plain name was given."""

    name: str
    region: str = ""
    account: str = ""


def parse_name(path: str, *, place: str) -> SecretName:
    """Read a name or an ARN. Raises ``UsageError`` without repeating it: it may be a pasted key."""
    arn = _ARN.match(path)
    if arn:
        region, account, name = arn.groups()
        return SecretName(_SUFFIX.sub("", name), region, account)
    if not _NAME.match(path):
        raise UsageError(
            f"{place}: the path is neither a secret's name nor its ARN",
            hint="a name has at most 512 letters, digits and /_+=.@-; an ARN reads "
            "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-XXXXXX",
        )
    return SecretName(path)
