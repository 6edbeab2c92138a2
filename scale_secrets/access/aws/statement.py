"""A statement against a request: does it apply, does it not, or does that hang on what is unknown.

What a statement's patterns and conditions mean is worked out once and kept as long as the
statement itself. ``Principal`` is judged apart (``principal``), since which of its forms names the
caller matters to the layers of evaluation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar
from weakref import WeakKeyDictionary

from scale_secrets.access.aws.arns import PARTS, resource_pattern
from scale_secrets.access.aws.conditions.evaluation import ReadyCondition
from scale_secrets.access.aws.model import Context, Document, Request, Statement
from scale_secrets.access.aws.principal import (
    Named,
    PrincipalForm,
    principal_forms,
    principal_match,
)
from scale_secrets.access.aws.variables import fixed, resolve, template
from scale_secrets.access.aws.wildcard import glob
from scale_secrets.access.verdict import Truth

__all__ = [
    "Matched",
    "Named",
    "PrincipalForm",
    "match",
    "principal_forms",
    "principal_match",
    "statements_for",
]


_ResourceTest = Callable[[str, Context], Truth]
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Matched:
    """``unmet``: the first element that does not match, in words; empty unless FALSE.

    ``unknown``: what an UNKNOWN hangs on, in words; empty otherwise.
    """

    truth: Truth
    unmet: str = ""
    unknown: tuple[str, ...] = ()


_APPLIES = Matched(Truth.TRUE)
_OTHER_ACTION = Matched(Truth.FALSE, "action")
_OTHER_RESOURCE = Matched(Truth.FALSE, "resource")


def match(statement: Statement, request: Request) -> Matched:
    """Every element but Principal."""
    ready = _ready(statement)
    if not ready.takes_action(request.action):
        return _OTHER_ACTION
    resource = ready.takes_resource(request.resource, request.context)
    if resource is Truth.FALSE:
        return _OTHER_RESOURCE
    unknown = [ready.resource_words(request)] if resource is Truth.UNKNOWN else []
    for condition in ready.conditions:
        holds = condition.holds(request.context)
        if holds is Truth.FALSE:
            return ready.unmet(condition)
        if holds is Truth.UNKNOWN:
            unknown.append(condition.words)
    return Matched(Truth.UNKNOWN, unknown=tuple(unknown)) if unknown else _APPLIES


def statements_for(document: Document, action: str) -> tuple[Statement, ...]:
    """The statements of a document that speak of an action, kept for the next time."""
    known = _BY_ACTION.setdefault(document, {})
    found = known.get(action)
    if found is None:
        service = action.partition(":")[0].lower()
        found = tuple(
            each
            for each in document.statements
            if _may_list(each, service) and _ready(each).takes_action(action)
        )
        _keep(known, action, found)
    return found


def _may_list(statement: Statement, service: str) -> bool:
    """False for a statement about other services alone, of which nothing needs to be kept."""
    if statement.actions is None:
        return True
    named = (pattern.partition(":")[0].lower() for pattern in statement.actions)
    return any(one == service or "*" in one or "?" in one for one in named)


_BY_ACTION: WeakKeyDictionary[Document, dict[str, tuple[Statement, ...]]] = WeakKeyDictionary()

# Of as many actions is kept what was found; few are ever asked for.
_ACTIONS_KEPT = 64


def _keep(known: dict[str, _Found], action: str, found: _Found) -> None:
    if len(known) >= _ACTIONS_KEPT:
        known.clear()
    known[action] = found


class _Ready:
    """A statement's patterns and conditions, each read when it is first asked for.

    It holds nothing of the statement itself, which would live as long as what is kept for it.
    """

    def __init__(self, statement: Statement) -> None:
        self._actions = statement.actions
        self._not_actions = statement.not_actions
        self._resources = statement.resources
        self._not_resources = statement.not_resources
        self._conditions = statement.conditions
        self._variables = statement.variables
        self._taken: dict[str, bool] = {}
        self._unmet: dict[ReadyCondition, Matched] = {}

    def takes_action(self, action: str) -> bool:
        """Action names ignore case."""
        taken = self._taken.get(action)
        if taken is None:
            listed = self._actions if self._actions is not None else self._not_actions or ()
            lowered = action.lower()
            found = any(glob(pattern.lower()).matches(lowered) for pattern in listed)
            taken = found is (self._actions is not None)
            _keep(self._taken, action, taken)
        return taken

    def takes_resource(self, resource: str, context: Context) -> Truth:
        """Without either element a statement speaks of whatever its policy is attached to."""
        listed = Truth.FALSE
        for test in self._resource_tests:
            found = test(resource, context)
            if found is Truth.TRUE:
                listed = found
                break
            if found is Truth.UNKNOWN:
                listed = found
        return listed if self._resources is not None else listed.negated

    @cached_property
    def _resource_tests(self) -> tuple[_ResourceTest, ...]:
        return tuple(_resource_test(pattern, self._variables) for pattern in self._patterns)

    @property
    def _patterns(self) -> tuple[str, ...]:
        return self._resources or self._not_resources or ()

    def resource_words(self, request: Request) -> str:
        """What it hangs on: the patterns that may match, where none certainly does."""
        doubtful = (
            pattern
            for pattern, test in zip(self._patterns, self._resource_tests, strict=True)
            if test(request.resource, request.context) is Truth.UNKNOWN
        )
        verb = "is" if self._resources is not None else "is not"
        return f"the resource {verb} {', '.join(doubtful)}"

    @cached_property
    def conditions(self) -> tuple[ReadyCondition, ...]:
        return tuple(
            ReadyCondition(condition, variables=self._variables) for condition in self._conditions
        )

    def unmet(self, condition: ReadyCondition) -> Matched:
        found = self._unmet.get(condition)
        if found is None:
            found = Matched(Truth.FALSE, f"condition {condition.words}")
            self._unmet[condition] = found
        return found


_READY: WeakKeyDictionary[Statement, _Ready] = WeakKeyDictionary()


def _ready(statement: Statement) -> _Ready:
    found = _READY.get(statement)
    if found is None:
        found = _READY[statement] = _Ready(statement)
    return found


# A caller's variables have the same values for every resource.
_pattern = lru_cache(maxsize=2048)(resource_pattern)


def _resource_test(pattern: str, variables: bool) -> _ResourceTest:
    parts = template(pattern, variables=variables, wildcards=True)
    tokens = fixed(parts)
    if tokens is not None:
        plain = resource_pattern(tokens)
        return lambda resource, _: plain(resource)
    # Variables may only stand in an ARN's last part; what they do elsewhere is not said.
    documented = pattern.partition("${")[0].count(":") >= PARTS - 1

    def test(resource: str, context: Context) -> Truth:
        resolved = resolve(parts, context)
        if resolved is None:
            return Truth.FALSE
        matches = _pattern(resolved.tokens)(resource)
        sure = documented and not resolved.unknown
        return matches if sure else min(matches, Truth.UNKNOWN)

    return test
