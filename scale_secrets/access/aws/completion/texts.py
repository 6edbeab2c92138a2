"""Texts that tell patterns apart: one for each way in which a text can match some and miss others.

Patterns are run side by side as automata over sets of positions, breadth first from the empty
text, so each combination of matches that any text has is found, with a shortest text that has it.
Beside the characters of the patterns one other character stands for all the rest. The number of
states can grow exponentially with patterns like ``*a*b*``: beyond a bound the search ends and says
that it is not complete.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from scale_secrets.access.aws.wildcard import Wild

STATES: Final = 3_000
_STRANGERS: Final = "xyzXYZ0189_~"


@dataclass(frozen=True)
class Pattern:
    """Literal text and wildcards. ``folded``: case does not count.

    ``arn``: a wildcard of the first five parts between colons matches no colon.
    """

    tokens: tuple[str | Wild, ...]
    folded: bool = False
    arn: bool = False

    @cached_property
    def automaton(self) -> _Automaton:
        return _Automaton(self)


class _Automaton:
    """Sets of positions are integers: bit *n* says that the first *n* symbols are matched."""

    def __init__(self, pattern: Pattern) -> None:
        self.literals: dict[str, int] = {}
        self._any = self._stars = self._no_colon = 0
        length = colons = 0
        for token in pattern.tokens:
            for symbol in (token,) if isinstance(token, Wild) else token:
                bit = 1 << length
                length += 1
                if isinstance(symbol, Wild):
                    self._any |= bit if symbol is Wild.ONE else 0
                    self._stars |= bit if symbol is Wild.MANY else 0
                    self._no_colon |= bit if pattern.arn and colons < 5 else 0
                    continue
                colons += symbol == ":"
                for one in {symbol.lower(), symbol.upper()} if pattern.folded else (symbol,):
                    self.literals[one] = self.literals.get(one, 0) | bit
        self._end = 1 << length
        self.start = self._through_stars(1)

    def _through_stars(self, positions: int) -> int:
        while (further := positions | (positions & self._stars) << 1) != positions:
            positions = further
        return positions

    def step(self, positions: int, character: str) -> int:
        free = positions & ~self._no_colon if character == ":" else positions
        moved = (free & self._any) | (positions & self.literals.get(character, 0))
        return self._through_stars(moved << 1 | free & self._stars)

    def next_literals(self, positions: int) -> Iterable[str]:
        return (one for one, places in self.literals.items() if places & positions)

    def accepts(self, positions: int) -> bool:
        return bool(positions & self._end)


@dataclass(frozen=True, slots=True)
class Texts:
    """``complete``: every text there is matches the same patterns as one of ``texts``."""

    texts: tuple[str, ...]
    complete: bool = True


@dataclass(slots=True)
class _Search:
    """``within`` is the number of the automaton that a text must satisfy to be found, if any."""

    automata: Sequence[_Automaton]
    colons: bool
    within: int | None = None
    found: dict[tuple[bool, ...], str] = field(default_factory=dict)

    def run(self) -> bool:
        """Fill ``found``; whether the search came to its end."""
        stranger = self._stranger()
        start = tuple(one.start for one in self.automata)
        seen = {start}
        waiting = deque([(start, "")])
        while waiting:
            state, text = waiting.popleft()
            for character in self._characters(state, stranger):
                after = tuple(
                    one.step(positions, character)
                    for one, positions in zip(self.automata, state, strict=True)
                )
                self._record(after, text + character)
                if after not in seen:
                    if len(seen) >= STATES:
                        return False
                    seen.add(after)
                    waiting.append((after, text + character))
        self._record(start, "")  # last: an empty text is a strange value
        return True

    def _record(self, state: tuple[int, ...], text: str) -> None:
        matches = self._matches(state)
        if self.within is None or matches[self.within]:
            self.found.setdefault(matches, text)

    def _stranger(self) -> str:
        used = {character for one in self.automata for character in one.literals}
        return next((one for one in _STRANGERS if one not in used), "\u00a4")

    def _characters(self, state: tuple[int, ...], stranger: str) -> Iterable[str]:
        """Those after which something else holds than after any stranger; and the stranger."""
        known = {
            character
            for one, positions in zip(self.automata, state, strict=True)
            for character in one.next_literals(positions)
        }
        known.discard(stranger)
        return (*([":"] if self.colons and ":" not in known else []), *sorted(known), stranger)

    def _matches(self, state: tuple[int, ...]) -> tuple[bool, ...]:
        return tuple(
            one.accepts(positions) for one, positions in zip(self.automata, state, strict=True)
        )


def telling_apart(patterns: Iterable[Pattern], *, within: Pattern | None = None) -> Texts:
    """Texts for every combination of these patterns' matches that any text has.

    ``within``: any text that matches this one.
    """
    distinct = tuple(dict.fromkeys((*patterns, *((within,) if within else ()))))
    search = _Search(
        [pattern.automaton for pattern in distinct],
        any(pattern.arn for pattern in distinct),
        distinct.index(within) if within else None,
    )
    complete = search.run()
    texts = dict.fromkeys(search.found.values())
    if not complete:
        texts.update(dict.fromkeys(_instance(pattern) for pattern in distinct))
    return Texts(tuple(texts), complete)


def _instance(pattern: Pattern) -> str:
    return "".join(
        token if isinstance(token, str) else "x" if token is Wild.ONE else ""
        for token in pattern.tokens
    )
