"""A statement against a request: does it apply, does it not, or does that hang on what is unknown.

What a statement's patterns and conditions mean is worked out once and kept as long as the
statement itself. ``Principal`` is judged apart (``principal``), since which of its forms names the
caller matters to the layers of evaluation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from scale_secrets.access.aws.arns import PARTS, resource_pattern
from scale_secrets.access.aws.conditions.evaluation import ReadyCondition
from scale_secrets.access.aws.conditions.words import in_words
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
    if not ready.takes_action(request.action.lower()):
        return _OTHER_ACTION
    resource = ready.takes_resource(request.resource, request.context)
    if resource is Truth.FALSE:
        return _OTHER_RESOURCE
    unknown = [_resource_words(statement)] if resource is Truth.UNKNOWN else []
    for condition in ready.conditions:
        holds = condition.holds(request.context)
        if holds is Truth.FALSE:
            return Matched(Truth.FALSE, f"condition {in_words(condition.condition)}")
        if holds is Truth.UNKNOWN:
            unknown.append(in_words(condition.condition))
    return Matched(Truth.UNKNOWN, unknown=tuple(unknown)) if unknown else _APPLIES


def statements_for(document: Document, action: str) -> tuple[Statement, ...]:
    """The statements of a document that speak of an action, kept for the next time."""
    action = action.lower()
    known = _BY_ACTION.setdefault(document, {})
    found = known.get(action)
    if found is None:
        if len(known) >= _ACTIONS_KEPT:
            known.clear()
        found = known[action] = tuple(
            statement for statement in document.statements if _ready(statement).takes_action(action)
        )
    return found


_ACTIONS_KEPT = 64
_BY_ACTION: WeakKeyDictionary[Document, dict[str, tuple[Statement, ...]]] = WeakKeyDictionary()


class _Ready:
    """A statement's patterns and conditions, read once.

    It holds nothing of the statement itself, which would live as long as what is kept for it.
    """

    __slots__ = ("_actions", "_listed_actions", "_listed_resources", "_resources", "conditions")

    def __init__(self, statement: Statement) -> None:
        listed = statement.actions if statement.actions is not None else statement.not_actions
        self._listed_actions = statement.actions is not None
        self._actions = tuple(glob(pattern.lower()) for pattern in listed or ())
        self._listed_resources = statement.resources is not None
        self._resources = tuple(
            _resource_test(pattern, statement.variables)
            for pattern in statement.resources or statement.not_resources or ()
        )
        self.conditions = tuple(
            ReadyCondition(condition, variables=statement.variables)
            for condition in statement.conditions
        )

    def takes_action(self, lowered: str) -> bool:
        """Action names ignore case."""
        listed = any(pattern.matches(lowered) for pattern in self._actions)
        return listed is self._listed_actions

    def takes_resource(self, resource: str, context: Context) -> Truth:
        """Without either element a statement speaks of whatever its policy is attached to."""
        listed = Truth.FALSE
        for test in self._resources:
            listed = max(listed, test(resource, context))
            if listed is Truth.TRUE:
                break
        return listed if self._listed_resources else listed.negated


def _resource_words(statement: Statement) -> str:
    if statement.resources is not None:
        return f"the resource is {', '.join(statement.resources)}"
    return f"the resource is not {', '.join(statement.not_resources or ())}"


_READY: WeakKeyDictionary[Statement, _Ready] = WeakKeyDictionary()


def _ready(statement: Statement) -> _Ready:
    found = _READY.get(statement)
    if found is None:
        found = _READY[statement] = _Ready(statement)
    return found


_ResourceTest = Callable[[str, Context], Truth]


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
        matches = resource_pattern(resolved.tokens)(resource)
        sure = documented and not resolved.unknown
        return matches if sure else min(matches, Truth.UNKNOWN)

    return test
