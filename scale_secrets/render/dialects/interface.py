"""What a dialect of environment files is to the rest of the code.

Invariant of every implementation: what ``entry`` writes is read back by the dialect's real parser
to exactly the same bytes, or ``entry`` gives a ``Refusal``. There is no third way, such as a
value that is read back slightly changed. A reason never repeats any of the value.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from scale_secrets.frozen import frozen

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@frozen
class Options:
    """What only some dialects ask for: k8s the name and namespace of its Secret."""

    secret_name: str = "scale-secrets"  # noqa: S105  a name in the cluster, not a secret
    namespace: str | None = None


@frozen
class Refusal:
    """Why a dialect cannot hold a variable, and what to do about it. Value-free."""

    reason: str
    hint: str = ""


BINARY = Refusal(
    "is binary, not UTF-8 text, which this dialect cannot hold",
    "store it in base64, or use the posix or k8s dialect",
)


class Dialect(ABC):
    """One environment-file format. Pure: it is given the values and returns bytes."""

    names: ClassVar[re.Pattern[str]] = NAME

    @abstractmethod
    def entry(self, name: str, value: bytes) -> bytes | Refusal:
        """One variable as it stands in the file; ``name`` fits ``names``, ``value`` has no NUL."""

    def document(self, entries: Sequence[bytes], options: Options) -> bytes:
        """The whole file."""
        return b"".join(entries)

    def warning(self, value: bytes, *, secret: bool) -> str:
        """What may surprise about a value that is held exactly; empty: nothing. Value-free."""
        return ""


class TextDialect(Dialect):
    """A dialect whose parser reads UTF-8 text."""

    def entry(self, name: str, value: bytes) -> bytes | Refusal:
        try:
            text = value.decode()
        except UnicodeDecodeError:
            return BINARY
        line = self.line(name, text)
        return line if isinstance(line, Refusal) else line.encode()

    @abstractmethod
    def line(self, name: str, value: str) -> str | Refusal:
        """``entry``, for text."""


class Masking(ABC):
    """An extra ability: commands for the reader's log, to be printed before the file is used."""

    @abstractmethod
    def masks(self, secrets: Sequence[bytes]) -> str:
        """What must be printed first, so that no log shows these secrets. Empty: nothing."""
