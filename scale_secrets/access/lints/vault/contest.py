"""Whether a pattern can ever decide beside others: a proof for all paths, from a few of them.

Wherever a pattern leaves a part of the path open, put a character there that no pattern holds. Who
matches such a path matches it through wildcards of its own, hence also every path that has
anything else, or nothing, in these places. What is left to tell paths apart is how many segments
follow the pattern's open end; beyond the longest pattern's number of segments all behave alike. So
a pattern that is outranked on these few paths is outranked on all that it matches.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain

from scale_secrets.access.vault.model import Match
from scale_secrets.access.vault.patterns import Pattern

# First what reads well in a message; past these, characters that no path is written with.
_FRESH = "xyzabcdefghijklmnopqrstuvw"
_FURTHER = range(0xE000, 0xF8FF)


@dataclass(frozen=True, slots=True)
class Loss:
    """On ``path``, which the pattern matches, ``winner`` is preferred."""

    path: str
    winner: Pattern


def losses(pattern: Pattern, others: Collection[Pattern]) -> tuple[Loss, ...]:
    """Empty when ``pattern`` decides somewhere; else one loss for each kind of path it matches."""
    higher = [other for other in others if other.rank > pattern.rank]
    if pattern.match is Match.EXACT or not higher:
        return ()  # an exact match comes before any other
    found = []
    for path in _kinds_of_paths(pattern, others):
        winner = max(
            (other for other in higher if other.matches(path)),
            key=lambda other: (other.match is Match.EXACT, other.rank),
            default=None,
        )
        if winner is None:
            return ()
        found.append(Loss(path, winner))
    return tuple(found)


def segments_of(pattern: Pattern) -> tuple[list[str], bool]:
    """A segment rule's segments without a final star, and whether there is one."""
    return pattern.text.removesuffix("*").split("/"), pattern.text.endswith("*")


def _kinds_of_paths(pattern: Pattern, others: Collection[Pattern]) -> Iterator[str]:
    fresh = _fresh([pattern, *others])
    if pattern.match is Match.PREFIX:
        start = pattern.text
    else:
        segments, open_ended = segments_of(pattern)
        start = "/".join(fresh if part == "+" else part for part in segments)
        if not open_ended:
            yield start
            return
    path = f"{start}{fresh}"
    yield path  # which settles it for most patterns
    for _ in range(max(other.text.count("/") for other in (pattern, *others)) + 1):
        path += f"/{fresh}"
        yield path


def _fresh(patterns: Collection[Pattern]) -> str:
    candidates = chain(_FRESH, map(chr, _FURTHER))
    return next(one for one in candidates if not any(one in each.text for each in patterns))
