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
from scale_secrets.access.vault.patterns import Pattern
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
    _ranked: list[_Entry] | None = None  # the segment rules, highest first

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
        for step, asked in self._steps(path, operation):
            found = self._best(step, asked, more)
            if found:
                pattern, pairs, entry = found
                if entry is None:
                    return Found(pattern, asked, merge(pairs))
                if entry.merged is None:
                    entry.merged = merge(entry.pairs)
                return Found(pattern, asked, entry.merged)
        return None

    def matching(self, path: str, operation: Operation) -> Iterator[tuple[bool, str, Placed]]:
        """Every rule that matches, in the order of the steps, the highest-ranking first.

        With each: whether its step is that of exact paths, and the path as it was compared.
        """
        seen: set[tuple[Match, str]] = set()
        for exact, asked in self._steps(path, operation):
            for entry in self._all(exact, asked):
                key = (entry.pattern.match, entry.pattern.text)
                if key in seen:
                    continue
                seen.add(key)
                for policy, rule in entry.pairs:
                    yield exact, asked, Placed(entry.pattern, policy, rule)

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

    def _best(
        self, exact: bool, path: str, more: Sequence[Placed]
    ) -> tuple[Pattern, list[tuple[Policy, Rule]], _Entry | None] | None:
        if exact:
            best = self._exact.get(path)
        else:
            best = self._best_wild(path)
        added = [
            one
            for one in more
            if (one.pattern.match is Match.EXACT) is exact and one.pattern.matches(path)
        ]
        if not added:
            return (best.pattern, best.pairs, best) if best else None
        top = max((one.pattern for one in added), key=lambda pattern: pattern.rank)
        if best and best.pattern.rank > top.rank:
            return best.pattern, best.pairs, best
        pairs = [(one.policy, one.rule) for one in added if one.pattern == top]
        if best and best.pattern == top:
            pairs = best.pairs + pairs
        return top, pairs, None

    def _best_wild(self, path: str) -> _Entry | None:
        prefix = next(self._matching_prefixes(path), None)
        for entry in self._by_rank():
            if prefix and prefix.pattern.rank > entry.pattern.rank:
                return prefix
            if entry.pattern.matches(path):
                return entry
        return prefix

    def _all(self, exact: bool, path: str) -> list[_Entry]:
        if exact:
            return [self._exact[path]] if path in self._exact else []
        found = [entry for entry in self._by_rank() if entry.pattern.matches(path)]
        found += self._matching_prefixes(path)
        return sorted(found, key=lambda entry: entry.pattern.rank, reverse=True)

    def _matching_prefixes(self, path: str) -> Iterator[_Entry]:
        if self._lengths is None:
            self._lengths = sorted({len(text) for text in self._prefixes}, reverse=True)
        for length in self._lengths:
            entry = self._prefixes.get(path[:length]) if length <= len(path) else None
            if entry:
                yield entry

    def _by_rank(self) -> list[_Entry]:
        if self._ranked is None:
            entries = self._segments.values()
            self._ranked = sorted(entries, key=lambda entry: entry.pattern.rank, reverse=True)
        return self._ranked
