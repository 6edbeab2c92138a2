"""For an unknown key, few values that stand for all.

They are *complete* when, whatever value the key has, one of them answers every question that the
statements ask of it in the same way: for texts and ARNs by running all patterns together
(``texts``), for numbers, moments and addresses by the stretches between their bounds (``points``),
for sets by all subsets of such values, each time with the key's absence. They are not complete,
and only a search, where

- one key is asked questions of different kinds (a date, and as a text),
- a value is compared with another unknown key's by a variable,
- a variable's place leaves too many texts that would fit, or patterns are too many,
- a set could hold more of the values than are worth all their subsets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, combinations
from typing import Final

from scale_secrets.access.aws.completion.documented import (
    Type,
    always_there,
    is_boolean,
    may_hold_a_set,
    type_of,
)
from scale_secrets.access.aws.completion.points import addresses, moments, numbers
from scale_secrets.access.aws.completion.texts import Pattern, telling_apart
from scale_secrets.access.aws.completion.uses import Inserted, Uses
from scale_secrets.access.aws.conditions.families.base import literal
from scale_secrets.access.aws.conditions.families.dates import moment
from scale_secrets.access.aws.conditions.families.numbers import number
from scale_secrets.access.aws.model import Condition, Context
from scale_secrets.access.aws.variables import Template, Variable, fixed, resolve
from scale_secrets.access.aws.wildcard import Wild, glob_of, tokens_of

SUBSETS: Final = 6  # of that many values all subsets are tried, of more those of one and two
FITTING: Final = 16  # texts that would fit a variable's place

_ARN: Final = Pattern(tokens_of("arn:*:*:*:*:*"), arn=True)
_STRANGE: Final = "not-a-value"  # in the place of a number, moment or address
_SHARED: Final = "shared"  # what unknown keys that are compared with each other may both hold


@dataclass(frozen=True, slots=True)
class Representatives:
    """``choices``: the key's values in each case; an empty tuple is its absence."""

    choices: tuple[tuple[str, ...], ...]
    complete: bool


def representatives(key: str, used: Uses, context: Context) -> Representatives:
    differing = _differing_tags(key, context)
    if differing:
        return Representatives(differing, complete=True)
    asked = _Asked.of(used, context)
    values, complete = asked.values(key)
    whole: tuple[tuple[str, ...], ...]
    if may_hold_a_set(key, quantified=asked.quantified, multivalued=context.multivalued):
        whole, all_of_them = _sets(values)
        complete = complete and all_of_them
    else:
        whole = tuple((value,) for value in values)
    absent: tuple[tuple[str, ...], ...] = () if always_there(key) else ((),)
    return Representatives((*absent, *whole), complete)


def _differing_tags(key: str, context: Context) -> tuple[tuple[str, ...], ...]:
    """The values of tags whose names differ in case alone: one of them counts, but which?"""
    if "/" not in key:
        return ()
    folded = key.lower()
    return tuple({values for name, values in context.known.items() if name.lower() == folded})


def _sets(values: Sequence[str]) -> tuple[tuple[tuple[str, ...], ...], bool]:
    sizes = range(1, len(values) + 1) if len(values) <= SUBSETS else (1, 2)
    subsets = chain.from_iterable(combinations(values, size) for size in sizes)
    return tuple(subsets), len(values) <= SUBSETS


@dataclass(slots=True)
class _Asked:
    """The questions asked of one key, sorted by their kind."""

    patterns: list[Pattern]
    numbers: list[str]
    moments: list[str]
    networks: list[str]
    quantified: bool = False
    complete: bool = True

    @classmethod
    def of(cls, used: Uses, context: Context) -> _Asked:
        asked = cls([], [], [], [])
        for condition, templates in used.compared:
            asked.quantified = asked.quantified or bool(condition.quantifier)
            for parts in templates:
                asked._add(condition, parts, context)
        for place in used.inserted:
            asked._add_fitting(place, context)
        return asked

    def _add(self, condition: Condition, parts: Template, context: Context) -> None:
        single = _without_sets(parts, context)
        found = resolve(single, context) if single is not None else None
        if condition.operator == "Null" or single is None or found is None:
            return
        self._add_tokens(condition.operator, found.tokens)
        if found.unknown:
            self.complete = False
            shared = resolve(single, _sharing(context, found.unknown))
            if shared is not None:
                self._add_tokens(condition.operator, shared.tokens)

    def _add_tokens(self, name: str, tokens: tuple[str | Wild, ...]) -> None:
        if name.startswith("Numeric"):
            self.numbers.append(literal(tokens))
        elif name.startswith("Date"):
            self.moments.append(literal(tokens))
        elif "IpAddress" in name:
            self.networks.append(literal(tokens))
        else:
            folded = name == "Bool" or name.endswith("IgnoreCase")
            self.patterns.append(Pattern(tokens, folded=folded, arn=name.startswith("Arn")))

    def _add_fitting(self, place: Inserted, context: Context) -> None:
        """The texts that a variable must hold for what contains it to match."""
        parts = _without_sets(place.parts, context)
        variables = [part for part in parts or () if isinstance(part, Variable)]
        if parts is None or not variables:
            return
        if place.text is None or len(variables) > 1:
            self.complete = False
        if place.text is None:
            self.patterns.append(Pattern((_SHARED,)))
            return
        fitting = list(_fitting(parts, place.text, context))
        self.complete = self.complete and len(fitting) <= FITTING
        # Folded, since some operators overlook case.
        self.patterns += [Pattern((text,)) for text in fitting[:FITTING]]
        self.patterns += [Pattern((text,), folded=True) for text in fitting[:FITTING]]

    def values(self, key: str) -> tuple[tuple[str, ...], bool]:
        """Values of the key that tell the questions apart, and whether they stand for all."""
        kinds = [
            (Type.NUMBER, numbers(_read(number, self.numbers))),
            (Type.MOMENT, moments(_read(moment, self.moments))),
            (Type.ADDRESS, addresses(self.networks)),
        ]
        asked = (self.numbers, self.moments, self.networks)
        pointed = [
            (kind, values) for (kind, values), any_of in zip(kinds, asked, strict=True) if any_of
        ]
        if is_boolean(key):
            return ("true", "false"), not pointed
        type_ = type_of(key)
        if not pointed:
            texts = telling_apart(self.patterns, within=_ARN if type_ is Type.ARN else None)
            typed = next((values for kind, values in kinds if kind is type_), ())
            return (*texts.texts, *typed), self.complete and texts.complete
        found = dict.fromkeys(chain.from_iterable(values for _, values in pointed))
        if type_ is None:
            found[_STRANGE] = None
        if self.patterns:
            found.update(dict.fromkeys(telling_apart(self.patterns).texts))
        return tuple(found), self.complete and len(pointed) == 1 and not self.patterns


def _read(read: Callable[[str], Decimal | None], texts: Iterable[str]) -> Iterator[Decimal]:
    """What cannot be read is compared with nothing."""
    return (found for text in texts if (found := read(text)) is not None)


def _without_sets(parts: Template, context: Context) -> Template | None:
    """A set has no place in a text: where its variable stands, its default may. None: nothing."""
    kept: list[str | Wild | Variable] = []
    for part in parts:
        if not isinstance(part, Variable) or part.key not in context.multivalued:
            kept.append(part)
        elif part.default is None:
            return None
        else:
            kept.append(part.default)
    return tuple(kept)


def _sharing(context: Context, keys: Iterable[str]) -> Context:
    return replace(context, known={**context.known, **dict.fromkeys(keys, (_SHARED,))})


def _fitting(parts: Template, text: str, context: Context) -> Iterator[str]:
    """What one variable of ``parts`` can hold so that ``parts`` matches ``text``."""
    at = next(number for number, part in enumerate(parts) if isinstance(part, Variable))
    before, after = _pattern(parts[:at], context), _pattern(parts[at + 1 :], context)
    if before is None or after is None:
        return
    heads, tails = glob_of(before), glob_of(after)
    starts = [start for start in range(len(text) + 1) if heads.matches(text[:start])]
    ends = [end for end in range(len(text) + 1) if tails.matches(text[end:])]
    yield from dict.fromkeys(text[start:end] for start in starts for end in ends if start <= end)


def _pattern(parts: Template, context: Context) -> Iterable[str | Wild] | None:
    tokens = fixed(parts)
    if tokens is not None:
        return tokens
    found = resolve(parts, context)
    return found.tokens if found else None
