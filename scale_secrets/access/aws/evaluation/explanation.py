"""Why a request is answered as it is: what each layer said, statement by statement.

The steps are made of what the layers say to ``decide``; nothing is judged here a second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from scale_secrets.access.aws.evaluation import grants, resource, restrictions
from scale_secrets.access.aws.evaluation.caller import has_identity
from scale_secrets.access.aws.evaluation.decision import (
    ORGANIZATION,
    Decision,
    binding,
    decide,
)
from scale_secrets.access.aws.evaluation.hearing import Group, applies, cited, denying
from scale_secrets.access.aws.evaluation.layer import Layer
from scale_secrets.access.aws.evaluation.say import SILENT, any_of
from scale_secrets.access.aws.evaluation.telling import (
    Judged,
    conclusion,
    of_statement,
    statements,
    unmet,
)
from scale_secrets.access.aws.evaluation.uncollected import Named
from scale_secrets.access.aws.model import Document, Missing, Policies, Request, Statement
from scale_secrets.access.aws.statement import match, principal_forms
from scale_secrets.access.verdict import Step, Truth, Verdict

_REACHES: Final = {
    "direct": "limited by no boundary or session policy",
    "limited": "limited by the permissions boundary and the session policies",
    "open": "for everyone: whether boundary and session policies limit it is not documented",
    "delegated": "for the account, which leaves it to the account's identity policies",
}


def explain(request: Request, policies: Policies) -> tuple[Step, ...]:
    """A step for each layer, with the statements that spoke, and one for all together."""
    return tuple(_steps(request, policies))


def _steps(request: Request, policies: Policies) -> Iterator[Step]:
    decision = decide(request, policies)
    # What is silent though the request is allowed was not needed: no denial to a reader.
    silence = None if decision.truth is Truth.TRUE else Verdict.DENIED
    forbidden = restrictions.forbids(request)
    if forbidden:
        yield Step("kind of caller", Verdict.DENIED, forbidden)
    for layer in ORGANIZATION:
        yield from _layer_steps(layer, request, policies, silence)
    yield _policy_step(request, policies, silence if _must_grant(request, policies) else None)
    if policies.grants and grants.concern(request):
        yield _grants_step(request, policies)
    for layer in binding(request.caller)[len(ORGANIZATION) :]:
        yield from _layer_steps(layer, request, policies, silence)
    yield _together(request, policies, decision)


def _layer_steps(
    layer: Layer, request: Request, policies: Policies, silence: Verdict | None
) -> Iterator[Step]:
    groups = layer.groups(request, policies)
    name = layer.named.name
    if isinstance(groups, Missing):
        yield _uncollected(layer.named)
        return
    if not groups:
        yield Step(name, None, layer.if_none)
    for number, group in enumerate(groups, 1):
        title = f"{name}, level {number} of {len(groups)}" if layer.levels else name
        yield _group_step(title, layer, group, request, silence)


def _group_step(
    title: str, layer: Layer, group: Group, request: Request, silence: Verdict | None
) -> Step:
    def judge(document: Document, statement: Statement) -> Judged:
        said = applies(document, statement, request)
        return Judged(said, unmet(match(statement, request)) if said is SILENT else "")

    return conclusion(
        title,
        layer.group_allows(group, request),
        denying(group, request),
        statements(group, request, judge),
        silence=silence,
        because=layer.always_allows,
    )


def _policy_step(request: Request, policies: Policies, silence: Verdict | None) -> Step:
    named, document = resource.named(request), policies.resource
    if document is None:
        return Step(named.name, silence, "there is none")
    if isinstance(document, Missing):
        return _uncollected(named)

    def judge(document: Document, statement: Statement) -> Judged:
        if statement.allow:
            return _judged_grant(document, statement, request)
        said = resource.denial_of(document, statement, request, policies)
        return Judged(said, _unmet(statement, request) if said is SILENT else "")

    return conclusion(
        named.name,
        any_of(*resource.granted_by_policy(request, policies)),
        resource.denials(request, policies),
        statements((document,), request, judge),
        silence=silence,
    )


def _grants_step(request: Request, policies: Policies) -> Step:
    if isinstance(policies.grants, Missing):
        return _uncollected(grants.NAMED)
    document = grants.as_document(request, policies.grants)
    steps = tuple(
        of_statement(cited(document, statement), _judged_grant(document, statement, request))
        for statement in document.statements
    )
    granted = any_of(*resource.granted_by_grants(request, policies))
    return conclusion(grants.NAMED.name, granted, (), steps, silence=None)


def _judged_grant(document: Document, statement: Statement, request: Request) -> Judged:
    given = resource.grant_of(document, statement, request)
    said = any_of(*given)
    if said is SILENT:
        return Judged(said, _unmet(statement, request))
    reaches = (field for field, say in given._asdict().items() if say is not SILENT)
    own = has_identity(request.caller) and request.caller.account == request.account
    return Judged(said, "; ".join(_REACHES[reach] for reach in reaches) if own else "")


def _unmet(statement: Statement, request: Request) -> str:
    if not principal_forms(statement, request.caller):
        return "does not name the caller"
    return unmet(match(statement, request))


def _uncollected(named: Named) -> Step:
    return Step(named.name, Verdict.CONDITIONAL, named.uncollected)


def _must_grant(request: Request, policies: Policies) -> bool:
    """Whether the resource's policy has to allow, as it need not within most accounts."""
    foreign = request.caller.account != request.account
    return policies.delegates or foreign or not has_identity(request.caller)


def _together(request: Request, policies: Policies, decision: Decision) -> Step:
    decided_by = tuple(
        Step(f"decided by {one.label} of {one.policy}", cited=one) for one in decision.decided_by
    )
    conditions = tuple(Step(words, Verdict.CONDITIONAL) for words in decision.conditions)
    return Step(
        "together",
        Verdict.of(decision.truth),
        _reason(request, policies, decision),
        steps=(*decided_by, *conditions),
    )


def _reason(request: Request, policies: Policies, decision: Decision) -> str:
    if decision.truth is not Truth.FALSE:
        return _rule(request, policies)
    if decision.decided_by:
        return "a denial wins over whatever allows"
    silent = [
        f"the {layer.named.name} {'do' if layer.named.plural else 'does'} not let it pass"
        for layer in binding(request.caller)
        if not layer.grants and layer.allows(request, policies) is SILENT
    ]
    forbidden = restrictions.forbids(request)
    return forbidden or "; ".join([_rule(request, policies), *silent])


def _rule(request: Request, policies: Policies) -> str:
    policy = resource.named(request).name
    if not has_identity(request.caller):
        return f"for a caller without an identity of an account, the {policy} alone can allow"
    if request.caller.account != request.account:
        return f"across accounts, the {policy} and the caller's identity policies must both allow"
    if policies.delegates:
        return f"the {policy} must allow, or leave it to the identity policies of its account"
    return f"within an account, the {policy} or the identity policies must allow"
