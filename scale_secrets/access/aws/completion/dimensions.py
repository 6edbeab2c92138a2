"""What can be completed in a request, and the options for each.

Keys, the name of a role's session, and policies that were not collected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from scale_secrets.access.aws.arns import PARTS, last_name
from scale_secrets.access.aws.completion.representatives import representatives
from scale_secrets.access.aws.completion.uses import Uses, documents, uses
from scale_secrets.access.aws.model import (
    Caller,
    CallerKind,
    Document,
    Grant,
    Missing,
    Policies,
    Request,
    Statement,
)

T = TypeVar("T")
Pair = tuple[Request, Policies]
Principals = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Option:
    """``words``: "aws:SourceVpc = vpc-1"."""

    words: str
    apply: Callable[[Request, Policies], Pair]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing that is unknown. ``complete``: the options stand for all there can be."""

    name: str
    options: tuple[Option, ...]
    complete: bool = True


def dimensions(request: Request, policies: Policies) -> tuple[Dimension, ...]:
    found = [_key(key, request, policies, used) for key, used in uses(request, policies).items()]
    if request.caller.kind is CallerKind.ROLE and not request.caller.session:
        found.append(_session(request, policies))
    return (*found, *_uncollected(request, policies))


# Keys


def _key(key: str, request: Request, policies: Policies, used: Uses) -> Dimension:
    chosen = representatives(key, used, request.context)
    options = tuple(_holding(key, values) for values in chosen.choices)
    return Dimension(key, options, chosen.complete)


def _holding(key: str, values: tuple[str, ...]) -> Option:
    folded = key.lower()

    def apply(request: Request, policies: Policies) -> Pair:
        context = request.context
        known = {name: held for name, held in context.known.items() if name.lower() != folded}
        context = replace(context, known={**known, key: values})
        return replace(request, context=context), policies

    return Option(f"{key} = {' and '.join(values)}" if values else f"{key} is absent", apply)


# The session


def _session(request: Request, policies: Policies) -> Dimension:
    """Its names in the statements' principals, and one that is in none."""
    own = _session_arn(request.caller.arn)
    named = {
        value
        for document in documents(request, policies)
        for statement in document.statements
        for values in (statement.principals or statement.not_principals or {}).values()
        for value in values
        if value.startswith(own)
    }
    other = f"{own}another"
    while other in named:
        other += "-one"
    return Dimension("the session", tuple(map(_in_session, (*sorted(named), other))))


def _session_arn(role: str) -> str:
    """The ARN of the role's sessions, without their name."""
    _, partition, _, _, account, _ = role.split(":", PARTS - 1)
    return f"arn:{partition}:sts::{account}:assumed-role/{last_name(role)}/"


def _in_session(arn: str) -> Option:
    def apply(request: Request, policies: Policies) -> Pair:
        return replace(request, caller=replace(request.caller, session=arn)), policies

    return Option(f"in the session {arn}", apply)


# Policies that were not collected: all that they can say of one request


def _statement(*, allow: bool, principals: Principals | None = None) -> Document:
    statement = Statement(
        allow=allow, number=0, actions=("*",), resources=("*",), principals=principals
    )
    return Document("not collected", (statement,))


_EVERYONE: Final = {"*": ("*",)}
_ALLOWING: Final = _statement(allow=True)
_SILENT: Final = Document("not collected", ())
_DENYING: Final = _statement(allow=False)
_SAYINGS: Final = (("allow it", _ALLOWING), ("say nothing", _SILENT), ("deny it", _DENYING))


def _uncollected(request: Request, policies: Policies) -> Iterator[Dimension]:
    if isinstance(policies.identity, Missing):
        yield _of("identity policies", _SAYINGS, lambda old, one: replace(old, identity=(one,)))
    if isinstance(policies.boundary, Missing):
        yield _of("permissions boundary", _SAYINGS, lambda old, one: replace(old, boundary=one))
    if isinstance(policies.scps, Missing):
        yield _of(
            "service control policies", _SAYINGS, lambda old, one: replace(old, scps=((one,),))
        )
    if isinstance(policies.rcps, Missing):
        yield _of(
            "resource control policies", _SAYINGS, lambda old, one: replace(old, rcps=((one,),))
        )
    if isinstance(policies.resource, Missing):
        sayings = tuple(_of_resource(request))
        yield _of("resource policy", sayings, lambda old, one: replace(old, resource=one))
    if isinstance(policies.grants, Missing):
        operation = request.action.partition(":")[2]
        granting = (Grant("not collected", request.caller.arn, frozenset((operation,))),)
        yield _of("grants", (("allow it", granting), ("say nothing", ())), _with_grants)


def _with_grants(old: Policies, grants: tuple[Grant, ...]) -> Policies:
    return replace(old, grants=grants)


def _of(
    name: str, sayings: Iterable[tuple[str, T]], put: Callable[[Policies, T], Policies]
) -> Dimension:
    return Dimension(f"the {name}", tuple(_saying(name, words, one, put) for words, one in sayings))


def _saying(name: str, words: str, one: T, put: Callable[[Policies, T], Policies]) -> Option:
    def apply(request: Request, policies: Policies) -> Pair:
        return request, put(policies, one)

    return Option(f"{name}, not collected: {words}", apply)


def _of_resource(request: Request) -> Iterator[tuple[str, Document]]:
    """A resource's policy may name the caller in several ways, which reach differently far."""
    for named in _names(request.caller):
        yield "allow it", _statement(allow=True, principals=named)
    yield "say nothing", _SILENT
    yield "deny it", _statement(allow=False, principals=_EVERYONE)


def _names(caller: Caller) -> Iterator[Principals]:
    yield _EVERYONE
    if caller.kind is CallerKind.SERVICE:
        yield {"Service": (caller.arn,)}
    elif caller.kind in (CallerKind.WEB_IDENTITY, CallerKind.SAML):
        yield {"Federated": (caller.arn,)}
    elif caller.kind is not CallerKind.ANONYMOUS:
        for name in dict.fromkeys((caller.session or caller.arn, caller.arn, caller.account)):
            yield {"AWS": (name,)}
