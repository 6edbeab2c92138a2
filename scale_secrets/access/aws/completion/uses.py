"""Which unknown keys a request's outcome hangs on, and what is asked of each.

Only statements whose match is itself unknown count: what the others say holds in every completion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scale_secrets.access.aws.conditions.keys import lookup
from scale_secrets.access.aws.conditions.operators import operator_named
from scale_secrets.access.aws.evaluation import grants
from scale_secrets.access.aws.evaluation.decision import binding
from scale_secrets.access.aws.model import Condition, Context, Document, Missing, Policies, Request
from scale_secrets.access.aws.statement import match, principal_forms, statements_for
from scale_secrets.access.aws.variables import Template, Variable, template
from scale_secrets.access.verdict import Truth


@dataclass(frozen=True, slots=True)
class Inserted:
    """A variable's place: ``parts`` holds it and shall match ``text``; None: any text, unknown."""

    parts: Template
    text: str | None


@dataclass(slots=True)
class Uses:
    """All that is asked of one key. ``compared``: the conditions on it, with their values read."""

    compared: list[tuple[Condition, tuple[Template, ...]]] = field(default_factory=list)
    inserted: list[Inserted] = field(default_factory=list)


def documents(request: Request, policies: Policies) -> Iterator[Document]:
    """Every collected policy that has a say in the request."""
    for layer in binding(request.caller):
        groups = layer.groups(request, policies)
        if not isinstance(groups, Missing):
            yield from (document for group in groups for document in group)
    if isinstance(policies.resource, Document):
        yield policies.resource
    if not isinstance(policies.grants, Missing) and grants.concern(request):
        yield grants.as_document(request, policies.grants)


def uses(request: Request, policies: Policies) -> dict[str, Uses]:
    """The unknown keys, by their canonical names, in the order in which policies name them."""
    found = _Collector(request)
    for document in documents(request, policies):
        for statement in statements_for(document, request.action):
            if statement.principals is not None and not principal_forms(statement, request.caller):
                continue
            if match(statement, request).truth is not Truth.UNKNOWN:
                continue
            for pattern in (*(statement.resources or ()), *(statement.not_resources or ())):
                parts = template(pattern, variables=statement.variables, wildcards=True)
                found.insert(parts, request.resource)
            for condition in statement.conditions:
                found.compare(condition, variables=statement.variables)
    return found.uses


class _Collector:
    def __init__(self, request: Request) -> None:
        self._context: Context = request.context
        self.uses: dict[str, Uses] = {}

    def compare(self, condition: Condition, *, variables: bool) -> None:
        operator, _ = operator_named(condition.operator)
        values = tuple(
            template(
                value,
                variables=variables and operator.templated,
                wildcards=operator.wildcards,
            )
            for value in condition.values
        )
        held = lookup(self._context, condition.key)
        if held is None:
            self._of(condition.key).compared.append((condition, values))
        for parts in values:
            for text in (None,) if held is None else held:
                self.insert(parts, text)

    def insert(self, parts: Template, text: str | None) -> None:
        for part in parts:
            if isinstance(part, Variable) and lookup(self._context, part.key) is None:
                self._of(part.key).inserted.append(Inserted(parts, text))

    def _of(self, key: str) -> Uses:
        folded = key.lower()  # tags that differ in case alone are one key
        name = next((one for one in self.uses if one.lower() == folded), key)
        return self.uses.setdefault(name, Uses())
