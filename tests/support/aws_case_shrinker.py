"""Makes a case smaller while it keeps what is interesting about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.support.aws_cases import Case, Json


def shrink(case: Case, interesting: Callable[[Case], bool]) -> Case:
    """A case from which nothing more can be left out. ``interesting`` must hold of ``case``."""
    while True:
        smaller = next((one for one in _smaller(case) if interesting(one)), None)
        if smaller is None:
            return case
        case = smaller


def _smaller(case: Case) -> Iterator[Case]:
    """Everything that is the case with one part left out, the largest parts first."""
    yield from _without_policies(case)
    for field in ("identity", "scps", "rcps"):
        for number in range(len(getattr(case, field))):
            kept = getattr(case, field)
            yield replace(case, **{field: kept[:number] + kept[number + 1 :]})
    for number, level in enumerate(case.scps):
        for policies in _in_one(level):
            yield replace(case, scps=(*case.scps[:number], policies, *case.scps[number + 1 :]))
    for number, level in enumerate(case.rcps):
        for policies in _in_one(level):
            yield replace(case, rcps=(*case.rcps[:number], policies, *case.rcps[number + 1 :]))
    for identity in _in_one(case.identity):
        yield replace(case, identity=identity)
    for key in case.context:
        left = {name: values for name, values in case.context.items() if name != key}
        yield replace(case, context=left)


def _without_policies(case: Case) -> Iterator[Case]:
    if case.boundary is not None:
        yield replace(case, boundary=None)
        yield from (replace(case, boundary=one) for one in _policies(case.boundary))
    if case.session is not None:
        yield replace(case, session=None)
        yield from (replace(case, session=one) for one in _policies(case.session))
    if case.policy is not None:
        if not case.delegates:
            yield replace(case, policy=None)
        yield from (replace(case, policy=one) for one in _policies(case.policy))


def _in_one(policies: tuple[Json, ...]) -> Iterator[tuple[Json, ...]]:
    for number, policy in enumerate(policies):
        for smaller in _policies(policy):
            yield (*policies[:number], smaller, *policies[number + 1 :])


def _policies(policy: Json) -> Iterator[Json]:
    statements = policy["Statement"]
    for number, statement in enumerate(statements):
        before, after = statements[:number], statements[number + 1 :]
        if before or after:
            yield {**policy, "Statement": before + after}
        for smaller in _statements(statement):
            yield {**policy, "Statement": [*before, smaller, *after]}


def _statements(statement: Json) -> Iterator[Json]:
    if "Sid" in statement:
        yield {name: value for name, value in statement.items() if name != "Sid"}
    blocks = statement.get("Condition", {})
    if blocks:
        yield {name: value for name, value in statement.items() if name != "Condition"}
    for operator, block in blocks.items():
        for key in block:
            kept = {name: values for name, values in block.items() if name != key}
            left = {name: one for name, one in blocks.items() if name != operator}
            yield {**statement, "Condition": {**left, operator: kept} if kept else left}
    for name, value in statement.items():
        if isinstance(value, list) and len(value) > 1:
            for number in range(len(value)):
                yield {**statement, name: value[:number] + value[number + 1 :]}
