"""From rulings to an answer, and to the tree that shows how it came about.

``attempt`` and ``conclude`` make every answer; ``step_of`` only tells what they found, and why no
other rule decided. So an explanation cannot say anything else than the answer does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from scale_secrets.access.vault.acl import Acl, Candidate, Ruling
from scale_secrets.access.vault.kv import Request, Way
from scale_secrets.access.vault.model import Capability, Policy, Rule
from scale_secrets.access.vault.parameters import ANY
from scale_secrets.access.verdict import Answer, Cited, Step, Truth, Verdict

_OBJECT: Mapping[str, object] = MappingProxyType({})

# KV's ``data`` is an object, which equals no value that a policy can list.
_SENT: Mapping[str, object] = MappingProxyType({"data": _OBJECT, "policy": ANY})


@dataclass(frozen=True, slots=True)
class Tried:
    """A way with what an ACL ruled on each of its requests."""

    acl: Acl
    way: Way
    rulings: tuple[Ruling, ...]
    truth: Truth

    @property
    def conditions(self) -> tuple[str, ...]:
        """What must hold for an unknown way, each in words."""
        if self.truth is not Truth.UNKNOWN:
            return ()
        unknown = (one for one in self.rulings if one.truth is Truth.UNKNOWN)
        found = (condition for ruling in unknown for condition in ruling.conditions)
        return tuple(dict.fromkeys((*found, self.way.provided) if self.way.provided else found))


def attempt(acl: Acl, way: Way) -> Tried:
    rulings = tuple([_ruling(acl, request) for request in way.requests])
    truth = rulings[0].truth if len(rulings) == 1 else min([one.truth for one in rulings])
    if way.provided and truth is Truth.TRUE:
        truth = Truth.UNKNOWN
    return Tried(acl, way, rulings, truth)


def _ruling(acl: Acl, request: Request) -> Ruling:
    """The caller is free in all but what such a request cannot do without."""
    always = {name: _SENT[name] for name in request.parameters} if request.parameters else _OBJECT
    return acl.decide(request.path, request.operation, namespace=request.namespace, always=always)


def conclude(
    through: Sequence[Tried], around: Sequence[Tried] = (), remarks: Sequence[str] = ()
) -> Answer:
    """One way suffices. What decided are the rules of the ways that are as true as the answer.

    ``around``: those that pass the secret's engine by, which are not to blame for a denial.
    """
    every = (*through, *around)
    truth = max((one.truth for one in every), default=Truth.FALSE)
    deciding = [one for one in every if one.truth is truth]
    if truth is Truth.FALSE:
        deciding = list(through)
    else:
        own = (one.way.remark for one in deciding if one.way.remark)
        told = (remark for one in deciding for ruling in one.rulings for remark in ruling.remarks)
        remarks = (*remarks, *own, *told)
    return Answer(
        Verdict.of(truth),
        _alternatives(deciding) if truth is Truth.UNKNOWN else (),
        tuple(dict.fromkeys(_cited_by(deciding, truth))),
        tuple(dict.fromkeys(remarks)),
    )


def _alternatives(ways: Sequence[Tried]) -> tuple[str, ...]:
    """The conditions of one way; those of several as a single one, since any of them suffices."""
    each = sorted({" and ".join(one.conditions) for one in ways})
    if len(each) == 1:
        return tuple(sorted(ways[0].conditions))
    return (", or ".join(each),)


def _cited_by(ways: Iterable[Tried], truth: Truth) -> Iterator[Cited]:
    for one in ways:
        for ruling in one.rulings:
            # Of a way that is denied, the requests that would pass are not to blame.
            if truth is not Truth.FALSE or ruling.truth is Truth.FALSE:
                yield from (cited(policy, rule) for policy, rule in ruling.rules)


def cited(policy: Policy, rule: Rule) -> Cited:
    held = (one.name for one in Capability if one in rule.capabilities)
    effect = ", ".join(name.lower() for name in held if name) or "nothing"
    return Cited(f"{policy.namespace}{policy.name}", rule.path, effect, rule.place)


def step_of(tried: Tried) -> Step:
    """A way, its requests, and for each every rule that matches its path."""
    requests = zip(tried.way.requests, tried.rulings, strict=True)
    return Step(
        tried.way.title,
        Verdict.of(tried.truth),
        f"if {' and '.join(tried.conditions)}" if tried.conditions else tried.way.remark,
        steps=tuple(_request_step(tried.acl, request, ruling) for request, ruling in requests),
    )


def _request_step(acl: Acl, request: Request, ruling: Ruling) -> Step:
    told = (ruling.reason, *(f"if {one}" for one in ruling.conditions), *ruling.remarks)
    candidates = acl.candidates(request.path, request.operation)
    steps = [_rule_step(one, _role_of(one)) for one in candidates or _meant(acl, request)]
    if not candidates:
        steps = [replace(one, because=_MISTAKE.format(request.path)) for one in steps]
    near = acl.near_misses(request.path, request.operation)
    steps += [_rule_step(one, one.reason) for one in near]
    return Step(
        str(request),
        Verdict.of(ruling.truth),
        "; ".join(dict.fromkeys(told)),
        steps=tuple(steps),
    )


def _role_of(one: Candidate) -> str:
    if one.decides:
        return "decides"
    loses = one.outranked and Capability.DENY in one.rule.capabilities
    return f"this deny loses: {one.reason}" if loses else one.reason


_MISTAKE = "does not match `{}`: paths of KV version 2 begin with data/, metadata/ or the like"


def _meant(acl: Acl, request: Request) -> tuple[Candidate, ...]:
    """Rules for the secret's path as people write it, which KV version 2 does not serve."""
    return acl.candidates(request.spoken, request.operation) if request.spoken else ()


def _rule_step(one: Candidate, because: str) -> Step:
    return Step(f'path "{one.rule.path}"', because=because, cited=cited(one.policy, one.rule))


def collapsed(steps: Sequence[Step], shown: int = 3) -> tuple[Step, ...]:
    """``steps`` with few of one verdict, if there are many; how many more there are is told."""
    told: list[Step] = []
    for verdict in (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.DENIED):
        same = [one for one in steps if one.verdict is verdict]
        more = len(same) - shown
        told += same[:shown] if more > 1 else same
        if more > 1:
            told.append(Step(f"{more} further ways", verdict))
    return tuple(told)


def around_step(around: Sequence[Tried]) -> tuple[Step, ...]:
    """The ways that pass the engine by: in one line as long as they are denied."""
    if not around:
        return ()
    verdict = Verdict.of(max(one.truth for one in around))
    opened = [one for one in around if one.truth is not Truth.FALSE]
    titles = [*dict.fromkeys(one.way.title for one in around)]
    more = f" and {len(titles) - _TITLES} more" if len(titles) > _TITLES else ""
    because = "" if opened else f"cannot {', cannot '.join(titles[:_TITLES])}{more}"
    steps = collapsed([step_of(one) for one in opened])
    return (Step("around the secret's engine", verdict, because, steps=steps),)


_TITLES = 3
