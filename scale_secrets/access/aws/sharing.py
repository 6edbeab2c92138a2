"""What tells principals apart for the policies: whose answers may be given once for many.

Two principals of one account and kind that have the same policies and boundary get the same
answer, unless something that is heard speaks of single principals: names one, or asks for a
condition key that differs between them, or inserts a variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TypeAlias

from scale_secrets.access.aws.arns import last_name, parse_arn
from scale_secrets.access.aws.context import PERSONAL
from scale_secrets.access.aws.model import CallerKind, Document, Grant, Missing, Statement
from scale_secrets.access.aws.principals import Principal
from scale_secrets.access.aws.statement import statements_for

Peers: TypeAlias = tuple[object, ...]


def peers(principal: Principal) -> Peers | None:
    """The same for principals that differ only in who they are; None for one without peers."""
    caller = principal.caller
    if caller.kind not in (CallerKind.USER, CallerKind.ROLE) or caller.session:
        return None
    policies = principal.policies
    return (
        caller.kind,
        caller.account,
        caller.service_linked,
        principal.account is None,
        policies if isinstance(policies, Missing) else tuple(map(id, policies)),
        id(principal.boundary),
    )


def is_personal(documents: Iterable[Document], actions: Iterable[str]) -> bool:
    """Whether a statement about the actions asks who exactly calls, by condition or variable."""
    return any(_speaks_personally(document, action) for action in actions for document in documents)


@lru_cache(maxsize=32_768)
def _speaks_personally(document: Document, action: str) -> bool:
    return any(_asks_who(statement) for statement in statements_for(document, action))


def _asks_who(statement: Statement) -> bool:
    if any(condition.key.startswith(PERSONAL) for condition in statement.conditions):
        return True
    texts = [*(statement.resources or ()), *(statement.not_resources or ())]
    for condition in statement.conditions:
        texts.extend(condition.values)
    return any("${" in text for text in texts)


def starts_of(statement: Statement) -> Iterator[str]:
    """What every resource of the statement begins with, one for each of its patterns."""
    if statement.resources is None:
        yield ""
    for pattern in statement.resources or ():
        yield _SPECIAL.split(pattern, maxsplit=1)[0]


_SPECIAL = re.compile(r"[*?$]")


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a policy speaks of singly: by ARN, by a session of a role (account, name), or anyone."""

    arns: frozenset[str] = frozenset()
    sessions_of: frozenset[tuple[str, str]] = frozenset()
    everyone: bool = False

    def names(self, principal: Principal) -> bool:
        caller = principal.caller
        if self.everyone or caller.arn in self.arns:
            return True
        if not self.sessions_of:
            return False
        return (caller.account, last_name(caller.arn)) in self.sessions_of


EVERYONE = Named(everyone=True)


def named_in(
    documents: Iterable[Document], grants: Iterable[Grant], actions: Iterable[str]
) -> Named:
    """Whom the resource's side names for any of the actions."""
    values = [grant.grantee for grant in grants]
    for document, action in product(documents, actions):
        for statement in statements_for(document, action):
            if statement.not_principals is not None:
                return EVERYONE
            values += (statement.principals or {}).get("AWS", ())
    arns: set[str] = set()
    sessions: set[tuple[str, str]] = set()
    if not all(_sort(value, arns, sessions) for value in values):
        return EVERYONE
    return Named(frozenset(arns), frozenset(sessions))


def _sort(value: str, arns: set[str], sessions: set[tuple[str, str]]) -> bool:
    """Put a value where it belongs; False when it may mean anyone, as a unique id does."""
    if value == "*" or value.isdigit() or "amazonaws.com" in value:
        return True
    arn = parse_arn(value)
    if arn is None:
        return False
    if arn.resource.startswith("assumed-role/"):
        sessions.add((arn.account, arn.resource.split("/")[1]))
    elif arn.resource != "root":
        arns.add(value)
    return True
