"""The resource's own policy: a secret's, a KMS key's with its grants, or a role's trust.

Its statements name principals, and how they name the caller decides which implicit denials their
allow escapes within the account (IAM user guide, "How AWS enforcement code logic evaluates
requests", and "AWS JSON policy elements: Principal"):

- *direct*, limited by none: the user, the role's session, the federated user's session, a service,
  an identity provider; ``*`` with a condition on ``aws:PrincipalArn``;
- *limited* by boundary and session policies: the role; of a federated user's session, the user
  behind it;
- *open*: ``*`` alone. Whether boundary and session policies limit it is documented nowhere;
- *delegated* to the identity policies of the account, of which its root user needs none: the
  account.

A denial denies whomever it names. ``NotPrincipal`` with a denial denies every user and role that
has a permissions boundary, whatever it lists ("Permissions boundaries for IAM entities").
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from typing import Final, NamedTuple

from scale_secrets.access.aws.evaluation import grants
from scale_secrets.access.aws.evaluation.hearing import (
    REMEMBERED,
    Part,
    applies,
    spoken,
    without_context,
)
from scale_secrets.access.aws.evaluation.say import SILENT, Say, any_of, both, unknown
from scale_secrets.access.aws.evaluation.uncollected import Named
from scale_secrets.access.aws.model import (
    Caller,
    CallerKind,
    Condition,
    Document,
    Missing,
    Policies,
    Request,
    Statement,
)
from scale_secrets.access.aws.statement import Named as PrincipalNamed
from scale_secrets.access.aws.statement import PrincipalForm, principal_forms
from scale_secrets.access.verdict import Truth


class Reach(IntEnum):
    """How far a grant reaches: the place of its field in ``Granted``."""

    DIRECT = 0
    LIMITED = 1
    OPEN = 2
    DELEGATED = 3


class Granted(NamedTuple):
    """What allows the caller, by how far it reaches."""

    direct: Say = SILENT
    limited: Say = SILENT
    open: Say = SILENT
    delegated: Say = SILENT

    def beside(self, other: Granted) -> Granted:
        if self is NOTHING or other is NOTHING:
            return other if self is NOTHING else self
        return Granted(*(any_of(one, two) for one, two in zip(self, other, strict=True)))


NOTHING: Final = Granted()

_NAMES: Final = {
    "kms": Named("key policy", plural=False),
    "sts": Named("trust policy", plural=False),
}
_OTHER: Final = Named("resource policy", plural=False)
NAMES: Final = (*_NAMES.values(), _OTHER)

# The operators that pin aws:PrincipalArn down to principals, rather than to all but some.
_PINNING: Final = frozenset(("ArnEquals", "ArnLike", "StringEquals", "StringLike"))


def named(request: Request) -> Named:
    """What the policy of such a resource is called."""
    return _NAMES.get(request.action.partition(":")[0].lower(), _OTHER)


def granted_by_policy(request: Request, policies: Policies) -> Granted:
    document = policies.resource
    if document is None:
        return NOTHING
    if isinstance(document, Missing):
        return Granted(direct=unknown(named(request).allows))
    about = spoken((document,), request.action)
    if about.hangs:
        return _granted_by(about.allows, request)
    if not about.allows:
        return NOTHING
    return _granted_without_context(document, request.caller, request.action, request.resource)


def granted_by_grants(request: Request, policies: Policies) -> Granted:
    if not policies.grants or not grants.concern(request):
        return NOTHING
    if isinstance(policies.grants, Missing):
        return Granted(direct=unknown(grants.NAMED.allows))
    document = grants.as_document(request, policies.grants)
    return _granted_by(((document, statement) for statement in document.statements), request)


def denials(request: Request, policies: Policies) -> list[Say]:
    """Each denial of the policy that names the caller and applies, or may."""
    document = policies.resource
    if document is None:
        return []
    if isinstance(document, Missing):
        return [unknown(named(request).denies)]
    said = (
        denial_of(*part, request, policies) for part in spoken((document,), request.action).denies
    )
    return [say for say in said if say is not SILENT]


def grant_of(document: Document, statement: Statement, request: Request) -> Granted:
    """What one allowing statement gives to the caller."""
    forms = _forms(statement, request.caller)
    said = applies(document, statement, request) if forms else SILENT
    if said is SILENT:
        return NOTHING
    by_reach = [SILENT] * len(Reach)
    for form in forms:
        reach = reach_of(form.form, statement, request.caller.kind)
        by_reach[reach] = any_of(by_reach[reach], _if_named(form, said))
    return Granted(*by_reach)


def denial_of(
    document: Document, statement: Statement, request: Request, policies: Policies
) -> Say:
    """Whether one denying statement names the caller and applies."""
    forms = _forms_of_denial(statement, request, policies)
    said = applies(document, statement, request) if forms else SILENT
    return any_of(*(_if_named(form, said) for form in forms)) if said is not SILENT else SILENT


def _granted_by(allows: Iterable[Part], request: Request) -> Granted:
    granted = NOTHING
    for document, statement in allows:
        granted = grant_of(document, statement, request).beside(granted)
    return granted


@lru_cache(maxsize=REMEMBERED)
def _granted_without_context(
    document: Document, caller: Caller, action: str, resource: str
) -> Granted:
    request = without_context(action, resource, caller)
    return _granted_by(spoken((document,), action).allows, request)


def _if_named(form: PrincipalNamed, said: Say) -> Say:
    return said if form.truth is Truth.TRUE else both(Say(form.truth, form.unknown), said)


def reach_of(form: PrincipalForm, statement: Statement, caller: CallerKind) -> Reach:
    if form is PrincipalForm.ANYONE:
        return Reach.DIRECT if any(map(_pins_principal, statement.conditions)) else Reach.OPEN
    if form is PrincipalForm.ACCOUNT:
        return Reach.DELEGATED
    if form is PrincipalForm.ROLE_ARN:
        return Reach.LIMITED
    if form is PrincipalForm.USER_ARN and caller is CallerKind.FEDERATED_USER:
        return Reach.LIMITED
    return Reach.DIRECT


def _pins_principal(condition: Condition) -> bool:
    return condition.key == "aws:principalarn" and condition.operator in _PINNING


def _forms_of_denial(
    statement: Statement, request: Request, policies: Policies
) -> tuple[PrincipalNamed, ...]:
    if statement.not_principals is not None and policies.boundary is not None:
        return _EVERYONE
    return _forms(statement, request.caller)


_EVERYONE: Final = (PrincipalNamed(PrincipalForm.ANYONE),)


@lru_cache(maxsize=REMEMBERED)
def _forms(statement: Statement, caller: Caller) -> tuple[PrincipalNamed, ...]:
    return principal_forms(statement, caller)
