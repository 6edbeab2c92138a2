"""Which names Vault takes in ``allowed_parameters`` and ``denied_parameters``.

OpenBao takes any. Source: ``validateParameter`` of Vault's vault/policy.go; RFC 6901 for names
that begin with a slash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from scale_secrets.access.vault.model import Dialect
from scale_secrets.errors import PolicyError

_BAD_POINTER = re.compile(r"~(?![01])")


def check_parameters(
    allowed: Iterable[str] | None, denied: Iterable[str] | None, dialect: Dialect, line: int
) -> None:
    """PolicyError for a name that the server would refuse."""
    if dialect is not Dialect.VAULT:
        return
    for key in (*(allowed or ()), *(denied or ())):
        if key.startswith("/") and _BAD_POINTER.search(key):
            raise PolicyError(f"parameter {key!r} is no JSON pointer", line=line)
        if "*" in key and not _is_wildcard(key):
            raise PolicyError(
                f"parameter {key!r} has a star that does not end it",
                line=line,
                hint='a wildcard is "*" or "/some/path/*"',
            )


def _is_wildcard(key: str) -> bool:
    return key == "*" or (key.startswith("/") and key.endswith("/*") and key.count("*") == 1)
