"""Paths of policies as patterns: which kind, what they match, and which of two comes first.

Source: ``CheckAllowedFromNonExactPaths`` and ``parsePaths`` of OpenBao (internal/vault/policy) and
of Vault (vault/acl.go, vault/policy.go). Three things there surprise and are kept:

- a rule's kind is that of the whole path with its namespace, so ``+a`` is literal in the root
  namespace and a segment rule, which still matches only ``+a``, below one;
- the first wildcard of a segment rule is its first plus *character*, a literal one inside a
  segment included;
- lengths are those of the UTF-8 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from scale_secrets.access.vault.model import Match


class Rank(NamedTuple):
    """Where several patterns match, the greatest rank decides; compared field by field."""

    first_wildcard: int
    whole: bool  # does not end in a star
    few_wildcards: int  # the number of + segments, negative
    length: int
    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A path ready to be compared. Rules whose patterns are equal are merged."""

    text: str  # of a prefix, without its star
    match: Match
    rank: Rank
    # Of a segment rule: what stands before the first + segment, how many segments there are, those
    # after the head that are no +, by number, and of one that ends in a star what the last begins
    # with.
    head: str = ""
    count: int = 0
    fixed: tuple[tuple[int, str], ...] = ()
    beginning: str | None = None

    def __str__(self) -> str:
        return f"{self.text}*" if self.match is Match.PREFIX else self.text

    def matches(self, path: str) -> bool:
        if self.match is Match.EXACT:
            return path == self.text
        if self.match is Match.PREFIX:
            return path.startswith(self.text)
        return path.startswith(self.head) and self.matches_after_head(path.split("/"))

    def matches_after_head(self, parts: list[str]) -> bool:
        """Whether a segment rule matches a path that begins with its head.

        ``parts`` is the path split at its slashes.
        """
        if self.beginning is None:
            if len(parts) != self.count:
                return False
        elif len(parts) < self.count or not parts[self.count - 1].startswith(self.beginning):
            return False
        for number, segment in self.fixed:  # noqa: SIM110 - a generator would double the time
            if parts[number] != segment:
                return False
        return True


def classify(path: str, namespace: str = "") -> tuple[str, Match]:
    """The text to compare and the kind of a policy's ``path`` whose templates are resolved."""
    text = namespace + path.removeprefix("/")
    if text == "+" or "/+" in text or text.startswith("+/"):
        return text, Match.SEGMENT
    if text.endswith("*"):
        return text[:-1], Match.PREFIX
    return text, Match.EXACT


def pattern_of(path: str, namespace: str = "") -> Pattern:
    text, match = classify(path, namespace)
    if match is not Match.SEGMENT:
        length = _size(text)
        return Pattern(text, match, Rank(length, match is Match.EXACT, 0, length, text))
    open_ended = text.endswith("*")
    bare = text[:-1] if open_ended else text
    segments = bare.split("/")
    wildcards = segments.count("+")
    first = segments.index("+") if wildcards else len(segments) - 1
    compared = enumerate(segments[: len(segments) - open_ended])
    return Pattern(
        text,
        match,
        Rank(_size(text[: text.index("+")]), not open_ended, -wildcards, _size(bare), bare),
        "".join(f"{segment}/" for segment in segments[:first]),
        len(segments),
        tuple(pair for pair in compared if pair[0] >= first and pair[1] != "+"),
        segments[-1] if open_ended else None,
    )


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def why_lower(loser: Pattern, winner: Pattern) -> str:
    """In words, by which of the five steps ``loser`` yields to ``winner``."""
    one, other = loser.rank, winner.rank
    if one.first_wildcard != other.first_wildcard:
        return f"`{winner}` has a later first wildcard"
    if one.whole != other.whole:
        return f"`{winner}` does not end in a star"
    if one.few_wildcards != other.few_wildcards:
        return f"`{winner}` has fewer + segments"
    if one.length != other.length:
        return f"`{winner}` is longer"
    return f"`{winner}` comes later in the alphabet"
