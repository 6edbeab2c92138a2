"""Rules whose path depends on an identity that is not known: what they could come to say.

Such a rule has holes. Held against a path, each hole takes the value with which the rule would
match; whether the rule then changes the answer is for the ACL to see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from scale_secrets.access.vault.lookup import Placed
from scale_secrets.access.vault.model import Match, Policy, Rule
from scale_secrets.access.vault.patterns import classify, pattern_of
from scale_secrets.access.vault.templates import Hole, Piece, forbidden_in

_MOST_STEPS = 1_000_000  # of a search for values that could fail late
_MOST_MERGING = 6  # rules of one pattern whose every combination is tried
_MARK = "\uf8ff"  # stands for a hole while the path is classified


@dataclass(frozen=True, slots=True)
class Instance:
    """The rule as it would stand if ``values`` were those of its directives."""

    placed: Placed
    values: tuple[tuple[str, str], ...]

    def holds_with(self, values: Mapping[str, str]) -> bool:
        return all(values.get(directive) == value for directive, value in self.values)


@dataclass(frozen=True, slots=True)
class Supposition:
    """Values of directives, and every instance that stands with them."""

    values: Mapping[str, str]
    instances: tuple[Instance, ...]

    def in_words(self, verb: str, conjunction: str = " and ") -> str:
        told = (f"{directive} {verb} `{value}`" for directive, value in self.values.items())
        return conjunction.join(told)


@dataclass(frozen=True)
class PossibleRule:
    policy: Policy
    rule: Rule
    pieces: tuple[Piece, ...]

    @cached_property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(dict.fromkeys(piece for piece in self.pieces if isinstance(piece, Hole)))

    def must_hold(self) -> Iterator[str]:
        """Conditions on its values without which OpenBao refuses all that the token asks."""
        for hole in self.holes:
            excluded = " ".join(forbidden_in(self.policy))
            if excluded and not hole.safe:
                yield f"{hole.directive} holds none of {excluded}"

    def remarks(self) -> Iterator[str]:
        """The one value that even a server which permits wildcards refuses, with everything.

        Too far-fetched to make every answer about the token conditional.
        """
        for hole in self.holes:
            if "+" not in self._excluded(hole):
                yield f"nothing is allowed if {hole.directive} puts +* into a path"

    def instances(self, path: str) -> Iterator[Instance]:
        """How the rule could match ``path``: with the longest and with the shortest values.

        Those between rank between them, and so decide nothing that these two leave open.
        """
        if not path.startswith(self._head):
            return
        if len(path) ** self._adjacent > _MOST_STEPS:
            yield self._supposed(path)
            return
        seen = set()
        for expression in self._expressions:
            match = expression.fullmatch(path)
            if match and match.groups() not in seen:
                seen.add(match.groups())
                values = [match[f"hole{number}"] for number in range(len(self.holes))]
                yield self._filled(values)
        if not seen and self._repeats and self._could_match(path):
            yield self._supposed(path)

    def _supposed(self, path: str) -> Instance:
        """Values are not sought, so that the answer is at worst conditional without need."""
        return self._instance(path, tuple((hole.directive, "…") for hole in self.holes))

    @cached_property
    def _repeats(self) -> bool:
        """Whether a value that is a wildcard could stand for different texts in one path."""
        every = [piece for piece in self.pieces if isinstance(piece, Hole)]
        repeated = (hole for hole in self.holes if every.count(hole) > 1)
        return any("+" not in self._excluded(hole) for hole in repeated)

    def _could_match(self, path: str) -> bool:
        # The pieces alternate between text and hole.
        steps = len(path) ** (len(self.pieces) // 2)
        return steps > _MOST_STEPS or self._loosely.fullmatch(path) is not None

    @cached_property
    def _loosely(self) -> re.Pattern[str]:
        """Matches whatever the rule could, each hole for itself."""
        texts = (".*" if isinstance(one, Hole) else _loose(one) for one in self.pieces)
        expression = re.escape(self.policy.namespace) + "".join(texts)
        return re.compile(f"{expression}.*", re.DOTALL)

    @cached_property
    def _head(self) -> str:
        """What every path begins with that the rule could match: the text before any wildcard."""
        text = self.policy.namespace + str(self.pieces[0]).removeprefix("/")
        return text.partition("+")[0]

    @cached_property
    def _adjacent(self) -> int:
        """The most holes between which values could be moved to and fro.

        The time that a search can take is the path's length to this power.
        """
        if any("/" not in self._excluded(hole) for hole in self.holes):
            return len(self.holes)
        marked = "".join(_MARK if isinstance(one, Hole) else one for one in self.pieces)
        return max(segment.count(_MARK) for segment in marked.split("/"))

    def _filled(self, values: list[str]) -> Instance:
        by_hole = dict(zip(self.holes, values, strict=True))
        text = "".join(by_hole[one] if isinstance(one, Hole) else one for one in self.pieces)
        return self._instance(
            text, tuple((hole.directive, value) for hole, value in by_hole.items())
        )

    def _instance(self, path: str, values: tuple[tuple[str, str], ...]) -> Instance:
        placed = Placed(pattern_of(path, self.policy.namespace), self.policy, self.rule)
        return Instance(placed, values)

    @cached_property
    def _expressions(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(self._expression(lazy), re.DOTALL) for lazy in ("", "?"))

    def _expression(self, lazy: str) -> str:
        """The rule as a regular expression with one group for each hole."""
        marked = "".join(_MARK if isinstance(one, Hole) else one for one in self.pieces)
        text, match = classify(marked, self.policy.namespace)
        open_ended = match is Match.PREFIX or (match is Match.SEGMENT and text.endswith("*"))
        if match is Match.SEGMENT:
            bare = text[:-1] if open_ended else text
            segments = ("[^/]*" if one == "+" else re.escape(one) for one in bare.split("/"))
            expression = "/".join(segments)
        else:
            expression = re.escape(text)
        groups: dict[Hole, str] = {}
        for piece in self.pieces:
            if isinstance(piece, Hole):
                group = groups.get(piece)
                if group is None:
                    name = f"hole{len(groups)}"
                    group = f"(?P<{name}>{self._any_value(piece)}{lazy})"
                    groups[piece] = f"(?P={name})"
                expression = expression.replace(re.escape(_MARK), group, 1)
        return f"{expression}.*" if open_ended else expression

    def _excluded(self, hole: Hole) -> str:
        return "/*+" if hole.safe else forbidden_in(self.policy)

    def _any_value(self, hole: Hole) -> str:
        excluded = self._excluded(hole)
        character = f"[^{excluded}]" if excluded else "."
        # Only metadata can be empty.
        return f"{character}*" if "metadata." in hole.directive else f"{character}+"


def _loose(text: str) -> str:
    """The literal ``text`` of a path as an expression in which wildcards stand for anything."""
    return ".*".join(re.escape(part) for part in re.split(r"[+*]", text.removeprefix("/")))


def alternatives(instances: Sequence[Instance]) -> Iterator[Supposition]:
    """The suppositions under which a token could be decided about differently.

    Only the rules of the highest-ranking pattern decide, so it is enough to suppose, for each
    pattern, those of its instances that can hold at once; whatever else their values bring about
    stands beside them.
    """
    by_pattern: dict[str, list[Instance]] = {}
    for one in instances:
        by_pattern.setdefault(str(one.placed.pattern), []).append(one)
    for group in by_pattern.values():
        for chosen in _combinations(group):
            values = dict(pair for one in chosen for pair in one.values)
            if all(one.holds_with(values) for one in chosen):
                standing = tuple(one for one in instances if one.holds_with(values))
                yield Supposition(values, standing)


def _combinations(group: Sequence[Instance]) -> Iterator[tuple[Instance, ...]]:
    sizes = range(1, len(group) + 1) if len(group) <= _MOST_MERGING else (1, 2, len(group))
    for size in sizes:
        yield from combinations(group, size)
