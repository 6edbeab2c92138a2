"""Patterns with ``*`` and ``?``, matched in time that no pattern can blow up.

``*`` stands for any run of characters, colons and slashes included, ``?`` for one (IAM user guide,
"IAM JSON policy elements: Resource"). A pattern is cut at its stars into pieces; each piece is
looked for from the left, where the one before it ended. That is enough, because a piece found
earlier never leaves less room for the next: there is nothing to go back to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache


class Wild(Enum):
    """What in a pattern stands for something else than itself."""

    MANY = "*"
    ONE = "?"


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text of a fixed ``length``: ``literals`` at their offsets, anything between them."""

    length: int
    literals: tuple[tuple[int, str], ...]

    @property
    def text(self) -> str | None:
        """All of it, None when there are gaps."""
        if not self.length:
            return ""
        first = self.literals[0][1] if self.literals else ""
        return first if len(first) == self.length else None

    def stands_at(self, text: str, start: int) -> bool:
        for offset, literal in self.literals:  # noqa: SIM110 - a generator costs more than its tests
            if not text.startswith(literal, start + offset):
                return False
        return True

    def find(self, text: str, start: int, end: int) -> int:
        """Where the piece first stands between ``start`` and ``end``, or -1."""
        last = end - self.length
        if not self.literals:
            return start if start <= last else -1
        offset, literal = self.literals[0]
        while start <= last:
            found = text.find(literal, start + offset, end)
            if found < 0 or found - offset > last:
                return -1
            start = found - offset
            if len(self.literals) == 1 or self.stands_at(text, start):
                return start
            start += 1
        return -1


@dataclass(frozen=True, slots=True)
class Glob:
    """A pattern made ready: ``matches`` is the cheapest test that does for it."""

    matches: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Pieces:
    """What stands between stars: ``middle`` may be empty, ``shortest`` is the sum of lengths."""

    head: _Piece
    middle: tuple[_Piece, ...]
    tail: _Piece
    shortest: int

    def matches(self, text: str) -> bool:
        if len(text) < self.shortest or not self.head.stands_at(text, 0):
            return False
        end = len(text) - self.tail.length
        position = self.head.length
        for piece in self.middle:
            position = piece.find(text, position, end)
            if position < 0:
                return False
            position += piece.length
        return self.tail.stands_at(text, end)


def glob_of(tokens: Iterable[str | Wild]) -> Glob:
    """A pattern from literal text, taken as it is, and wildcards."""
    pieces = [_Builder()]
    for token in tokens:
        if token is Wild.MANY:
            pieces.append(_Builder())
        else:
            pieces[-1].add(token)
    head, *rest = [builder.piece() for builder in pieces]
    if not rest:
        return Glob(_of_one_length(head))
    *between, tail = rest
    middle = tuple(piece for piece in between if piece.length)
    if not middle and not tail.length and head.text is not None:
        return _prefix(head.text)
    shortest = head.length + sum(piece.length for piece in rest)
    return Glob(_Pieces(head, middle, tail, shortest).matches)


def _of_one_length(piece: _Piece) -> Callable[[str], bool]:
    if piece.text is not None:
        return piece.text.__eq__
    return lambda text: len(text) == piece.length and piece.stands_at(text, 0)


def _prefix(start: str) -> Glob:
    if not start:
        return Glob(lambda _: True)
    return Glob(lambda text: text.startswith(start))


class _Builder:
    def __init__(self) -> None:
        self.length = 0
        self.literals: list[tuple[int, str]] = []
        self._joins = False  # whether the next text continues the last

    def add(self, token: str | Wild) -> None:
        if token is Wild.ONE:
            self.length += 1
            self._joins = False
        elif isinstance(token, str) and token:
            if self._joins:
                offset, before = self.literals.pop()
                self.literals.append((offset, before + token))
            else:
                self.literals.append((self.length, token))
            self.length += len(token)
            self._joins = True

    def piece(self) -> _Piece:
        return _Piece(self.length, tuple(self.literals))


def tokens_of(pattern: str) -> tuple[str | Wild, ...]:
    """Literal text and wildcards in the order in which they stand."""
    if "*" not in pattern and "?" not in pattern:
        return (pattern,) if pattern else ()
    return tuple(_WILDCARDS.get(part, part) for part in _CUT.split(pattern) if part)


_WILDCARDS = {wild.value: wild for wild in Wild}
# Stars in a row say no more than one.
_CUT = re.compile(r"(\*)\**|(\?)")


@lru_cache(maxsize=2048)
def glob(pattern: str) -> Glob:
    return glob_of(tokens_of(pattern))


def matches(pattern: str, text: str) -> bool:
    """Whether ``text`` as a whole is what ``pattern`` describes. Case-sensitive."""
    return glob(pattern).matches(text)
