"""What documents say about one request, apart from who may make it.

Statements are looked at by effect and only when they speak of the request's action. Which these
are is remembered, since policies are shared by many principals and asked about the same secrets;
and so is, where nothing in them hangs on a request's context, what they say of a resource.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from scale_secrets.access.aws.evaluation.say import SILENT, Say, any_of
from scale_secrets.access.aws.model import (
    Caller,
    CallerKind,
    Context,
    Document,
    Request,
    Statement,
)
from scale_secrets.access.aws.statement import match, statements_for
from scale_secrets.access.verdict import Cited, Truth

Group = tuple[Document, ...]
Part = tuple[Document, Statement]

REMEMBERED: Final = 8_192
NOBODY: Final = Caller(CallerKind.ANONYMOUS, "")
_NOTHING_KNOWN: Final = Context()


class Spoken(NamedTuple):
    """Statements about one action, by their effect.

    ``hangs``: what the allowing ones say depends on the request's context.
    """

    allows: tuple[Part, ...]
    denies: tuple[Part, ...]
    hangs: bool


@lru_cache(maxsize=REMEMBERED)
def spoken(group: Group, action: str) -> Spoken:
    about = [
        (document, statement)
        for document in group
        for statement in statements_for(document, action)
    ]
    allows = tuple(part for part in about if part[1].allow)
    denies = tuple(part for part in about if not part[1].allow)
    return Spoken(allows, denies, any(_hangs_on_context(statement) for _, statement in allows))


def allowing(group: Group, request: Request) -> Say:
    """Whether any statement of the group allows the request."""
    perhaps = []
    for document, statement in spoken(group, request.action).allows:
        say = applies(document, statement, request)
        if say.truth is Truth.TRUE:
            return say
        perhaps.append(say)
    return any_of(*perhaps)


def denying(group: Group, request: Request) -> list[Say]:
    """Each statement of the group that denies the request, or may."""
    said = (applies(*part, request) for part in spoken(group, request.action).denies)
    return [say for say in said if say is not SILENT]


def without_context(action: str, resource: str, caller: Caller = NOBODY) -> Request:
    """A request to ask what does not hang on the context."""
    return Request(caller, action, resource, caller.account, _NOTHING_KNOWN)


def applies(document: Document, statement: Statement, request: Request) -> Say:
    """Whether a statement applies, whoever asks."""
    matched = match(statement, request)
    if matched.truth is Truth.FALSE:
        return SILENT
    return Say(matched.truth, matched.unknown, (cited(document, statement),))


def _hangs_on_context(statement: Statement) -> bool:
    if statement.conditions:
        return True
    resources = statement.resources or statement.not_resources or ()
    return any("${" in resource for resource in resources)


def cited(document: Document, statement: Statement) -> Cited:
    effect = "allow" if statement.allow else "deny"
    return Cited(document.name, statement.label, effect, statement.place)
