"""Whether a condition holds: true, false, or unknown because its key is.

Source: IAM user guide, "Condition operators" and "Single-valued vs. multivalued context keys". A
key that is absent fails a positive operator and satisfies a negated one, ``…IfExists`` and
``ForAllValues``. Whatever is not known of a key, or not documented of an operator, is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from scale_secrets.access.aws.conditions.families.base import Operator, Tokens
from scale_secrets.access.aws.conditions.families.others import NULL
from scale_secrets.access.aws.conditions.keys import lookup
from scale_secrets.access.aws.conditions.operators import ALL_VALUES, ANY_VALUE, operator_named
from scale_secrets.access.aws.conditions.words import in_words
from scale_secrets.access.aws.model import Condition, Context
from scale_secrets.access.aws.variables import Template, Variable, fixed, resolve, template
from scale_secrets.access.aws.wildcard import Wild, glob_of
from scale_secrets.access.verdict import Truth

_Test = Callable[[str, Context], Truth]


class ReadyCondition:
    """A condition whose values have been read once, to be asked many times."""

    def __init__(self, condition: Condition, *, variables: bool) -> None:
        operator, self._negated = operator_named(condition.operator)
        self.condition = condition
        self._quantifier = condition.quantifier
        self._is_null = operator is NULL
        self._reads = operator.reads
        templates = [
            template(
                value,
                variables=variables and operator.templated,
                wildcards=operator.wildcards,
            )
            for value in condition.values
        ]
        never = Truth.UNKNOWN if self._negated else Truth.FALSE
        self._tests = [_test(operator, parts, never) for parts in templates]
        self._absent = self._when_absent()
        self._unknown = self._when_unknown(
            any(
                _is_star(parts) and test("", Context()) is Truth.TRUE
                for parts, test in zip(templates, self._tests, strict=True)
            )
        )

    @cached_property
    def words(self) -> str:
        unreadable = (
            value
            for value, test in zip(self.condition.values, self._tests, strict=True)
            if test is _never or test is _undocumented
        )
        return in_words(self.condition, tuple(unreadable))

    def holds(self, context: Context) -> Truth:
        values = lookup(context, self.condition.key)
        if self._is_null:
            return self._of_presence(values, context)
        if values is None:
            # Where a set fails for want of a set operator, presence and absence differ.
            set_fails = not self._quantifier and self.condition.key in context.multivalued
            return min(self._unknown, Truth.UNKNOWN) if set_fails else self._unknown
        if not values:
            return self._absent
        if not self._quantifier:
            if len(values) > 1 or self.condition.key in context.multivalued:
                # AWS wants a set operator here and does not say what happens without one.
                return Truth.UNKNOWN if self._negated else Truth.FALSE
            return self._of_one(values[0], context)
        if not any(values):  # the guide counts an empty string as an empty set
            return Truth.TRUE if self._quantifier == ALL_VALUES else Truth.FALSE
        each = [self._of_one(value, context) for value in values]
        return min(each) if self._quantifier == ALL_VALUES else max(each)

    def _of_one(self, value: str, context: Context) -> Truth:
        if self._negated and self._reads is not None and not self._reads(value):
            return Truth.UNKNOWN  # "not 3" of something that is no number is not documented
        best = Truth.FALSE
        for test in self._tests:
            best = max(best, test(value, context))
            if best is Truth.TRUE:
                break
        return best.negated if self._negated else best

    def _of_presence(self, values: tuple[str, ...] | None, context: Context) -> Truth:
        if values is not None and not (values and not any(values)):
            return self._of_one("false" if values else "true", context)
        # Unknown, or present and empty: whether that is null is not documented.
        either = {self._of_one("true", context), self._of_one("false", context)}
        return either.pop() if len(either) == 1 else Truth.UNKNOWN

    def _when_absent(self) -> Truth:
        if self._quantifier == ANY_VALUE:
            # One page says that an absent key fails ForAnyValue, another that it passes IfExists.
            return Truth.UNKNOWN if self.condition.if_exists else Truth.FALSE
        if self.condition.if_exists or self._quantifier == ALL_VALUES:
            return Truth.TRUE
        return Truth.TRUE if self._negated else Truth.FALSE

    def _when_unknown(self, takes_everything: bool) -> Truth:
        """Known all the same where presence, absence and every value come out alike."""
        if self._negated or not takes_everything:
            return Truth.UNKNOWN if self._can_hold() else Truth.FALSE
        return self._absent if self._absent is Truth.TRUE else Truth.UNKNOWN

    def _can_hold(self) -> bool:
        return (
            self._negated
            or self._absent is not Truth.FALSE
            or any(test is not _never for test in self._tests)
        )


def _test(operator: Operator, parts: Template, unreadable: Truth) -> _Test:
    """The test of one value of the policy; ``unreadable`` is what one that means nothing says."""
    tokens = fixed(parts)
    if tokens is not None:
        judge = operator.compare(tokens)
        if judge is None:
            return _never if unreadable is Truth.FALSE else _undocumented
        return lambda value, _: judge(value)

    def resolved(value: str, context: Context) -> Truth:
        found = resolve(parts, context)
        if found is None or (found.unknown and not _could_match(found.tokens, value)):
            # The guide has a negated operator match an absent variable, and forbids sets as such.
            return unreadable if _may_name_set(parts, context) else Truth.FALSE
        if found.unknown:
            return Truth.UNKNOWN
        judge = operator.compare(found.tokens)
        said = judge(value) if judge else unreadable
        return min(said, Truth.UNKNOWN) if operator.disputed else said

    return resolved


def _may_name_set(parts: Template, context: Context) -> bool:
    keys = (part.key for part in parts if isinstance(part, Variable))
    return any(key in context.multivalued and lookup(context, key) != () for key in keys)


def _never(value: str, context: Context) -> Truth:
    return Truth.FALSE


def _undocumented(value: str, context: Context) -> Truth:
    return Truth.UNKNOWN


def _could_match(tokens: Tokens, value: str) -> bool:
    """False where the text around the unknown variables differs, so that no value helps.

    Case is overlooked, since some operators do.
    """
    lowered = (token.lower() if isinstance(token, str) else token for token in tokens)
    return glob_of(lowered).matches(value.lower())


def _is_star(parts: Template) -> bool:
    return bool(parts) and all(part is Wild.MANY for part in parts)
