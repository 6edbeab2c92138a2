"""Kleene's logic with reasons: what a policy, a layer or all of them say about one request.

A ``Say`` is sound: TRUE and FALSE hold whatever the unknown context turns out to be. ``needed``
are phrases that must all hold for an UNKNOWN to become TRUE ("aws:SourceVpce is vpce-1");
``cited`` the statements that brought it about. A FALSE carries neither and is always ``SILENT``,
so that a denial, the most frequent answer, costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from scale_secrets.access.verdict import Cited, Truth


class Say(NamedTuple):
    truth: Truth
    needed: tuple[str, ...] = ()
    cited: tuple[Cited, ...] = ()


SILENT: Final = Say(Truth.FALSE)  # nothing speaks: the implicit denial
UNLIMITED: Final = Say(Truth.TRUE)  # there is nothing that could limit


def unknown(phrase: str) -> Say:
    return Say(Truth.UNKNOWN, (phrase,))


def both(first: Say, second: Say) -> Say:
    if first is SILENT or second is UNLIMITED:
        return first
    if second is SILENT or first is UNLIMITED:
        return second
    return Say(
        min(first.truth, second.truth),
        _united(first.needed, second.needed),
        first.cited + second.cited,
    )


def any_of(*says: Say) -> Say:
    """The first that is TRUE, else all that may be as one condition."""
    perhaps = []
    for say in says:
        if say.truth is Truth.TRUE:
            return say
        if say is not SILENT:
            perhaps.append(say)
    if len(perhaps) <= 1:
        return perhaps[0] if perhaps else SILENT
    needed = _alternatives([say.needed for say in perhaps])
    cited = dict.fromkeys(cited for say in perhaps for cited in say.cited)
    return Say(Truth.UNKNOWN, needed, tuple(cited))


def _united(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    if not first or not second:
        return first or second
    return tuple(dict.fromkeys(first + second))


def _alternatives(ways: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """``a or (b and c)``, without a way that asks for all that another does and for more."""
    least: list[tuple[str, ...]] = []
    for way in sorted(dict.fromkeys(ways), key=len):
        if not any(set(other) <= set(way) for other in least):
            least.append(way)
    if len(least) == 1:
        return least[0]
    return (" or ".join(f"({' and '.join(way)})" if len(way) > 1 else way[0] for way in least),)
