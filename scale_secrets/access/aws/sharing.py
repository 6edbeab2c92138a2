"""What tells principals apart for the policies: whose answers may be given once for many.

Two principals of one account and kind that have the same policies and boundary get the same
answer, unless something that is heard speaks of single principals: names one, or asks for a
condition key that differs between them, or inserts a variable.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from scale_secrets.access.aws.context import PERSONAL
from scale_secrets.access.aws.model import CallerKind, Document, Missing, Statement
from scale_secrets.access.aws.principals import Principal
from scale_secrets.access.aws.statement import statements_for

Peers: TypeAlias = tuple[object, ...]


def peers(principal: Principal, actions: tuple[str, ...]) -> Peers | None:
    """The same for principals that differ only in who they are; None for one without peers.

    Of their policies those count that say something about the actions.
    """
    caller = principal.caller
    if caller.kind not in (CallerKind.USER, CallerKind.ROLE) or caller.session:
        return None
    policies = principal.policies
    if isinstance(policies, Missing):
        heard: tuple[Document, ...] | Missing = policies
    else:
        heard = tuple(one for one in policies if _is_about(one, actions))
    account = None if principal.account is None else principal.account.id
    return caller.kind, caller.account, caller.service_linked, account, heard, principal.boundary


def _is_about(document: Document, actions: tuple[str, ...]) -> bool:
    return any(statements_for(document, action) for action in actions)


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
