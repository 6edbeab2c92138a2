"""Whom statements with principals speak of, and on what: quick tests that err on one side only.

They say *perhaps* too often and never too seldom: what they rule out, evaluation rules out too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from scale_secrets.access.aws.arns import last_name, parse_arn
from scale_secrets.access.aws.model import Document, Grant, Statement
from scale_secrets.access.aws.principals import Principal
from scale_secrets.access.aws.statement import statements_for

_SPECIAL = re.compile(r"[*?$]")


def starts_of(statement: Statement) -> Iterator[str]:
    """What every resource of the statement begins with, one for each of its patterns."""
    if statement.resources is None:
        yield ""
    for pattern in statement.resources or ():
        yield _SPECIAL.split(pattern, maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Named:
    """Whoever is named: by ARN or name, by a session of a role (account, role), or everyone."""

    names: frozenset[str] = frozenset()
    sessions_of: frozenset[tuple[str, str]] = frozenset()
    everyone: bool = False

    def holds(self, principal: Principal) -> bool:
        caller = principal.caller
        if self.everyone or caller.arn in self.names:
            return True
        if not self.sessions_of:
            return False
        return (caller.account, last_name(caller.arn)) in self.sessions_of


EVERYONE = Named(everyone=True)


def told_apart(
    documents: Iterable[Document], grants: Iterable[Grant], actions: Iterable[str]
) -> Named:
    """Whom the resource's side names for any of the actions and does not name with all others.

    A whole account or everyone tells nobody apart; a unique id may be anybody's.
    """
    values = [grant.grantee for grant in grants]
    for document, action in product(documents, actions):
        for statement in statements_for(document, action):
            if statement.not_principals is not None:
                return EVERYONE
            values += _values(statement)
    return _named(value for value in values if not _is_broad(value))


def granted(document: Document, actions: Iterable[str]) -> Named:
    """Whom the policy may allow any of the actions."""
    values: list[str] = []
    for action in actions:
        for statement in statements_for(document, action):
            if statement.allow:
                if statement.not_principals is not None:
                    return EVERYONE
                values += _values(statement)
    return EVERYONE if any(map(_is_broad, values)) else _named(values)


def _values(statement: Statement) -> Iterator[str]:
    for values in (statement.principals or {}).values():
        yield from values


def _is_broad(value: str) -> bool:
    return value == "*" or value.isdigit() or value.endswith(":root")


def _named(values: Iterable[str]) -> Named:
    names: set[str] = set()
    sessions: set[tuple[str, str]] = set()
    for value in values:
        arn = parse_arn(value)
        if arn is None and "." not in value:
            return EVERYONE  # a unique id
        if arn is not None and arn.resource.startswith("assumed-role/"):
            sessions.add((arn.account, arn.resource.split("/")[1]))
        else:
            names.add(value)
    return Named(frozenset(names), frozenset(sessions))
