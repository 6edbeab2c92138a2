"""A directory of policies, sorted by the system whose they are, and parsed when asked for.

``vault/`` and ``aws/`` hold one system's each. A directory may also be one of the two itself: AWS's
is known by its accounts' numbers, anything else is Vault's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from scale_secrets.service.policy_files import read_policy_files

if TYPE_CHECKING:
    from scale_secrets.access.aws.model import Estate
    from scale_secrets.access.vault.installation import Installation

_AWS = "aws/"
_AWS_ITSELF = re.compile(r"organization\.json|\d{12}/.*", re.DOTALL)


class System(StrEnum):
    """Whose policies decide."""

    VAULT = "vault"  # and OpenBao
    AWS = "aws"


@dataclass(frozen=True, slots=True)
class PolicyDirectory:
    """Texts by path: those of Vault below the directory, those of AWS below ``aws_below`` in it."""

    vault: Mapping[str, str]
    aws: Mapping[str, str]
    aws_below: str = ""

    def of(self, system: System) -> Mapping[str, str]:
        return self.aws if system is System.AWS else self.vault

    def installation(self, dialect: str | None = None) -> Installation:
        """``dialect`` overrides what the files say. Raises ``PolicyError``."""
        from scale_secrets.access.vault.installation import parse_installation
        from scale_secrets.access.vault.model import Dialect

        return parse_installation(self.vault, Dialect(dialect) if dialect else None)

    def estate(self) -> Estate:
        """Raises ``PolicyError``."""
        from scale_secrets.access.aws.estate import parse_estate

        return parse_estate(self.aws, below=self.aws_below)


def read_policy_directory(directory: Path) -> PolicyDirectory:
    """Raises what ``read_policy_files`` does."""
    files = read_policy_files(directory)
    below = _AWS if any(path.startswith(_AWS) for path in files) else ""
    vault, aws = {}, {}
    for path, text in files.items():
        if path.startswith(_AWS) if below else _AWS_ITSELF.fullmatch(path):
            aws[path.removeprefix(below)] = text
        else:
            vault[path] = text
    return PolicyDirectory(vault, aws, below)
