"""The rules of one token, found by path.

First a rule for exactly this path; for a list or scan then one for the path without its final
slash; then the highest-ranking of the longest prefix and all segment rules that match. Where a
list's path ends in a slash, the last step is done twice: OpenBao asks with the slash first, Vault
without it. Source: ``AllowOperation``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from scale_secrets.access.vault.model import Dialect, Match, Policy, Rule
from scale_secrets.access.vault.operations import Operation
from scale_secrets.access.vault.patterns import Pattern, Rank
from scale_secrets.access.vault.permissions import Permissions, merge


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule with its pattern, whose templates are resolved; shared by all tokens that hold it."""

    pattern: Pattern
    policy: Policy
    rule: Rule


@dataclass(slots=True)
class _Entry:
    """The rules of one pattern. They merge when they are first needed."""

    pattern: Pattern
    pairs: list[tuple[Policy, Rule]]
    merged: Permissions | None = None

    @property
    def permissions(self) -> Permissions:
        if self.merged is None:
            self.merged = merge(self.pairs)
        return self.merged


@dataclass(frozen=True, slots=True)
class Found:
    pattern: Pattern
    path: str  # as it was compared: perhaps without its final slash
    permissions: Permissions


@dataclass(slots=True)
class Table:
    """Rules are added first and sought afterwards."""

    dialect: Dialect
    _exact: dict[str, _Entry] = field(default_factory=dict)
    _prefixes: dict[str, _Entry] = field(default_factory=dict)
    _segments: dict[str, _Entry] = field(default_factory=dict)
    _lengths: list[int] | None = None  # of the prefixes, longest first
    # The segment rules by what stands before their first wildcard, the highest-ranking first.
    _by_head: dict[str, list[_Entry]] | None = None
    _head_lengths: list[int] = field(default_factory=list)

    def add(self, placed: Placed) -> None:
        pattern = placed.pattern
        entries = self._of(pattern.match)
        entry = entries.get(pattern.text)
        if entry is None:
            entries[pattern.text] = _Entry(pattern, [(placed.policy, placed.rule)])
        else:
            entry.pairs.append((placed.policy, placed.rule))

    def find(self, path: str, operation: Operation, more: Sequence[Placed] = ()) -> Found | None:
        """What decides over ``path``, as if ``more`` had been added as well."""
        for exact, asked in self._steps(path, operation):
            entry = self._exact.get(asked) if exact else self._best_wild(asked)
            if more:
                entry = _with(more, exact, asked, entry)
            if entry:
                return Found(entry.pattern, asked, entry.permissions)
        return None

    def matching(self, path: str, operation: Operation) -> Iterator[tuple[str, Placed]]:
        """Every rule that matches, with the path as it was compared.

        In the order of the steps; in each, the highest-ranking first.
        """
        seen: set[tuple[Match, str]] = set()
        for exact, asked in self._steps(path, operation):
            for entry in self._all(exact, asked):
                key = (entry.pattern.match, entry.pattern.text)
                if key in seen:
                    continue
                seen.add(key)
                for policy, rule in entry.pairs:
                    yield asked, Placed(entry.pattern, policy, rule)

    def _of(self, match: Match) -> dict[str, _Entry]:
        if match is Match.EXACT:
            return self._exact
        return self._prefixes if match is Match.PREFIX else self._segments

    def _steps(self, path: str, operation: Operation) -> tuple[tuple[bool, str], ...]:
        if not (operation.enumerates and path.endswith("/")):
            return (True, path), (False, path)
        bare = path[:-1]
        wild = ((False, path), (False, bare))
        if self.dialect is Dialect.VAULT:
            wild = wild[::-1]
        return (True, path), (True, bare), *wild

    def _best_wild(self, path: str) -> _Entry | None:
        best = next(self._matching_prefixes(path), None)
        parts: list[str] = []
        for group in self._matching_heads(path):
            parts = parts or path.split("/")
            for entry in group:
                if best and best.pattern.rank > entry.pattern.rank:
                    break
                if entry.pattern.matches_after_head(parts):
                    best = entry
                    break
        return best

    def _all(self, exact: bool, path: str) -> list[_Entry]:
        if exact:
            return [self._exact[path]] if path in self._exact else []
        parts = path.split("/")
        found = [
            entry
            for group in self._matching_heads(path)
            for entry in group
            if entry.pattern.matches_after_head(parts)
        ]
        found += self._matching_prefixes(path)
        return sorted(found, key=_rank, reverse=True)

    def _matching_prefixes(self, path: str) -> Iterator[_Entry]:
        if self._lengths is None:
            self._lengths = sorted({len(text) for text in self._prefixes}, reverse=True)
        for length in self._lengths:
            entry = self._prefixes.get(path[:length]) if length <= len(path) else None
            if entry:
                yield entry

    def _matching_heads(self, path: str) -> Iterator[list[_Entry]]:
        if self._by_head is None:
            self._by_head = {}
            for entry in self._segments.values():
                self._by_head.setdefault(entry.pattern.head, []).append(entry)
            for ranked in self._by_head.values():
                ranked.sort(key=_rank, reverse=True)
            self._head_lengths = sorted({len(head) for head in self._by_head}, reverse=True)
        for length in self._head_lengths:
            group = self._by_head.get(path[:length])
            if group:
                yield group


def _rank(entry: _Entry) -> Rank:
    return entry.pattern.rank


def _with(more: Sequence[Placed], exact: bool, path: str, best: _Entry | None) -> _Entry | None:
    """The highest-ranking of ``best`` and those of ``more`` that match, merged with its equals."""
    added = [
        one
        for one in more
        if (one.pattern.match is Match.EXACT) is exact and one.pattern.matches(path)
    ]
    if not added:
        return best
    top = max((one.pattern for one in added), key=lambda pattern: pattern.rank)
    if best and best.pattern.rank > top.rank:
        return best
    pairs = [(one.policy, one.rule) for one in added if one.pattern == top]
    if best and best.pattern == top:
        pairs = best.pairs + pairs
    return _Entry(top, pairs)
