"""Where something stands in JSON text, found only when it is asked for.

The fast decoder of the standard library keeps no positions. So a path is walked: the children of
each container on the way are skipped by the same decoder, and their places kept for the next path.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Sequence

_SPACE = re.compile(r"[ \t\r\n]*")
_LINE_END = re.compile(r"\n")


class Lines:
    """The lines of one JSON text, from 1. The text is one that ``json`` accepts."""

    def __init__(self, text: str) -> None:
        self._text = text
        # Only to skip a value. A number is not made: one of many digits may be refused.
        self._decode = json.JSONDecoder(parse_int=len, parse_float=len).raw_decode
        self._ends = [found.start() for found in _LINE_END.finditer(text)]
        self._children: dict[int, dict[str | int, int]] = {}

    def of(self, path: Sequence[str | int]) -> int:
        """The line on which the value at ``path`` begins, or that of what of the path exists."""
        place = self._skip_space(0)
        for step in path:
            try:
                below = self._below(place).get(step)
            except RecursionError:  # so deep that it could only just be decoded
                break
            if below is None:
                break
            place = below
        return self.at(place)

    def at(self, position: int) -> int:
        """The line of a character."""
        return bisect_right(self._ends, position - 1) + 1

    def _below(self, place: int) -> dict[str | int, int]:
        """Where the members of the container at ``place`` begin; nothing for a plain value."""
        if place not in self._children:
            self._children[place] = self._walk(place)
        return self._children[place]

    def _walk(self, place: int) -> dict[str | int, int]:
        opening = self._text[place : place + 1]
        if opening not in ("{", "["):
            return {}
        found: dict[str | int, int] = {}
        place = self._skip_space(place + 1)
        while self._text[place] not in "}]":
            step: str | int = len(found)
            if opening == "{":
                step, place = self._decode(self._text, place)
                place = self._skip_space(self._skip_space(place) + 1)  # the colon
            found[step] = place
            place = self._skip_space(self._decode(self._text, place)[1])
            if self._text[place] == ",":
                place = self._skip_space(place + 1)
        return found

    def _skip_space(self, place: int) -> int:
        found = _SPACE.match(self._text, place)
        return found.end() if found else place


def line_of(text: str, path: Sequence[str | int]) -> int:
    """One line of ``text``; keep a ``Lines`` to ask for several."""
    return Lines(text).of(path)
