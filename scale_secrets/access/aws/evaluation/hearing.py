"""What the statements of documents say about one request, apart from who may make it.

Statements are looked at by effect and only when they speak of the request's action; which these
are is remembered per document, since a document is shared by many principals and secrets.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from scale_secrets.access.aws.evaluation.say import SILENT, Say, any_of
from scale_secrets.access.aws.model import Document, Request, Statement
from scale_secrets.access.aws.statement import Matched, match, statements_for
from scale_secrets.access.verdict import Cited, Truth


class Spoken(NamedTuple):
    """A document's statements about one action, by their effect."""

    allows: tuple[Statement, ...]
    denies: tuple[Statement, ...]


@lru_cache(maxsize=32_768)
def spoken(document: Document, action: str) -> Spoken:
    about = statements_for(document, action)
    return Spoken(
        tuple(statement for statement in about if statement.allow),
        tuple(statement for statement in about if not statement.allow),
    )


def allowing(documents: Iterable[Document], request: Request) -> Say:
    """Whether any statement of the documents allows the request."""
    perhaps = []
    for document in documents:
        for statement in spoken(document, request.action).allows:
            say = say_of(document, statement, match(statement, request))
            if say.truth is Truth.TRUE:
                return say
            if say is not SILENT:
                perhaps.append(say)
    return any_of(*perhaps)


def denying(documents: Iterable[Document], request: Request) -> list[Say]:
    """Each statement of the documents that denies the request, or may."""
    found = []
    for document in documents:
        for statement in spoken(document, request.action).denies:
            say = say_of(document, statement, match(statement, request))
            if say is not SILENT:
                found.append(say)
    return found


def say_of(document: Document, statement: Statement, matched: Matched) -> Say:
    """A statement's own say: whether it applies."""
    if matched.truth is Truth.FALSE:
        return SILENT
    return Say(matched.truth, matched.unknown, (cited(document, statement),))


@lru_cache(maxsize=8_192)
def cited(document: Document, statement: Statement) -> Cited:
    effect = "allow" if statement.allow else "deny"
    return Cited(document.name, statement.label, effect, statement.place)
