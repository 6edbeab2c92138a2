"""What the families of condition operators have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scale_secrets.access.aws.wildcard import Wild
from scale_secrets.access.verdict import Truth

Tokens = tuple[str | Wild, ...]
Judge = Callable[[str], Truth]
Comparison = Callable[[Tokens], Judge | None]


@dataclass(frozen=True, slots=True)
class Operator:
    """A positive operator and its negation, if it has one.

    ``phrase`` and ``denial`` are its words, "is" and "is not", ``noun`` what its values have to be,
    where not every text is one. ``templated``: its values may hold policy variables;
    ``wildcards``: ``*`` and ``?`` count in them. ``reads``: whether a request's value is of the
    operator's type; None when every value is.
    """

    name: str
    compare: Comparison
    phrase: str
    negation: str = ""
    denial: str = ""
    templated: bool = False
    wildcards: bool = False
    reads: Callable[[str], bool] | None = None
    noun: str = ""


def truth(condition: bool) -> Truth:
    return Truth.TRUE if condition else Truth.FALSE


def literal(tokens: Tokens) -> str:
    """The text of tokens among which no wildcard can be."""
    return "".join(token if isinstance(token, str) else token.value for token in tokens)
