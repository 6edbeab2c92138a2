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

    - ``phrase`` and ``denial`` are its words: "is", "is not";
    - ``templated``: its values may hold policy variables, which is ``disputed`` where the guide
      says so on one page and the contrary on another;
    - ``wildcards``: ``*`` and ``?`` count in its values;
    - ``reads``: whether a request's value is of the operator's type; None when every value is;
    - ``noun``: what a policy's value has to be, where not every text is one.
    """

    name: str
    compare: Comparison
    phrase: str
    negation: str = ""
    denial: str = ""
    templated: bool = False
    disputed: bool = False
    wildcards: bool = False
    reads: Callable[[str], bool] | None = None
    noun: str = ""


def truth(condition: bool) -> Truth:
    return Truth.TRUE if condition else Truth.FALSE


def literal(tokens: Tokens) -> str:
    """The text of tokens among which no wildcard can be."""
    return "".join(token if isinstance(token, str) else token.value for token in tokens)
