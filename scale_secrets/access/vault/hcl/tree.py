"""The syntax tree: what stands in the text, with lines, not yet decoded.

A literal keeps its raw text. Its value is worked out when somebody asks, as the server does: a
string with an impossible escape inside an ignored ``comment`` harms nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple, TypeAlias

from scale_secrets.access.vault.hcl.strings import unindent, unquote, unquote_json
from scale_secrets.errors import PolicyError

# Both bounds are ours; no policy that means something comes near. They keep every later pass
# simple (recursion) and linear (JSON's nested objects become labels).
MAX_DEPTH = 100
MAX_LABELS = 16


class Kind(Enum):
    IDENT = auto()
    STRING = auto()
    JSON_STRING = auto()
    HEREDOC = auto()
    NUMBER = auto()
    FLOAT = auto()
    BOOL = auto()
    NULL = auto()  # JSON's; the server reads it as an empty string
    PUNCTUATION = auto()
    END = auto()


class Token(NamedTuple):
    kind: Kind
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Literal:
    """A scalar or a key: ``text`` as written, quotes and all."""

    kind: Kind
    text: str
    line: int

    @property
    def string(self) -> str:
        """The text that a key, string, heredoc or null stands for.

        Raises PolicyError for an escape that the scanner lets through and no character answers.
        """
        try:
            match self.kind:
                case Kind.STRING:
                    return unquote(self.text)
                case Kind.JSON_STRING:
                    return unquote_json(self.text)
                case Kind.HEREDOC:
                    return unindent(self.text)
                case Kind.NULL:
                    return ""
                case _:
                    return self.text
        except ValueError as error:
            raise PolicyError(str(error), line=self.line) from None


@dataclass(frozen=True, slots=True)
class Listing:
    elements: list[Node]
    line: int


@dataclass(frozen=True, slots=True)
class Item:
    """``key = value``, ``key { … }`` or ``key "label" … { … }``; ``keys`` is never empty."""

    keys: tuple[Literal, ...]
    value: Node


@dataclass(frozen=True, slots=True)
class Body:
    """The items of an object, or of the whole text, in order; keys may repeat."""

    items: list[Item]
    line: int


Node: TypeAlias = Literal | Listing | Body


def nested(depth: int, line: int) -> int:
    """One level further down, or a PolicyError."""
    if depth >= MAX_DEPTH:
        raise PolicyError(f"nested deeper than {MAX_DEPTH} levels", line=line)
    return depth + 1
