"""Whether a pattern can ever decide beside others: a proof for all paths, from a few of them.

Wherever a pattern leaves a part of the path open, put a character there that no pattern holds. Who
matches such a path matches it through wildcards of its own, hence also every path that has
anything else, or nothing, in these places. What is left to tell paths apart is how many segments
follow the pattern's open end; beyond the longest pattern's number of segments all behave alike. So
a pattern that is outranked on these few paths is outranked on all that it matches. Who wins on a
path, the evaluator's own table says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain

from scale_secrets.access.vault.lookup import Placed, Table
from scale_secrets.access.vault.model import Dialect, Match
from scale_secrets.access.vault.operations import Operation
from scale_secrets.access.vault.patterns import Pattern

# First what reads well in a message; past these, characters that no path is written with.
_FRESH = "xyzabcdefghijklmnopqrstuvw"
_FURTHER = range(0xE000, 0xF8FF)

# Each segment rule may have to be compared with each other: beyond so many no proof is sought.
_MOST_SEGMENT_RULES = 2000


@dataclass(frozen=True, slots=True)
class Loss:
    """On ``path``, which the pattern matches, ``winner`` is preferred."""

    path: str
    winner: Pattern
    denies: bool  # whether the winner does


class Contest:
    """Rules that are in force together, always.

    Of more than two thousand segment rules it proves nothing, which accuses no rule.
    """

    def __init__(self, rules: Collection[Placed], dialect: Dialect) -> None:
        self._table = Table(dialect)
        for one in rules:
            self._table.add(one)
        segment_rules = sum(one.pattern.match is Match.SEGMENT for one in rules)
        self._provable = segment_rules <= _MOST_SEGMENT_RULES
        texts = [one.pattern.text for one in rules]
        self._fresh = _fresh(texts)
        self._deepest = max((text.count("/") for text in texts), default=0)

    def losses(self, pattern: Pattern) -> tuple[Loss, ...]:
        """Empty when ``pattern`` decides somewhere; else one for each kind of path it matches.

        The pattern holds no character that none of the rules holds.
        """
        if pattern.match is Match.EXACT or not self._provable:
            return ()  # an exact match comes before any other
        found = []
        for path in self._kinds_of_paths(pattern):
            winner = self._table.find(path, Operation.READ)
            if winner is None or winner.pattern.rank <= pattern.rank:
                return ()
            found.append(Loss(path, winner.pattern, winner.permissions.denies))
        return tuple(found)

    def _kinds_of_paths(self, pattern: Pattern) -> Iterator[str]:
        if pattern.match is Match.PREFIX:
            start = pattern.text
        else:
            segments, open_ended = segments_of(pattern)
            start = "/".join(self._fresh if part == "+" else part for part in segments)
            if not open_ended:
                yield start
                return
        path = start + self._fresh
        yield path
        for _ in range(self._deepest + 1):
            path += f"/{self._fresh}"
            yield path


def segments_of(pattern: Pattern) -> tuple[list[str], bool]:
    """A segment rule's segments without a final star, and whether there is one."""
    return pattern.text.removesuffix("*").split("/"), pattern.text.endswith("*")


def _fresh(texts: Collection[str]) -> str:
    used = set(chain.from_iterable(texts))
    return next(one for one in chain(_FRESH, map(chr, _FURTHER)) if one not in used)
