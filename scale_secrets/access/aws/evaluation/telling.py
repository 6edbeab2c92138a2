"""Steps of an explanation, made of what statements and layers said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from scale_secrets.access.aws.evaluation.hearing import cited, spoken
from scale_secrets.access.aws.evaluation.say import SILENT, Say
from scale_secrets.access.aws.model import Document, Request, Statement
from scale_secrets.access.aws.statement import Matched
from scale_secrets.access.verdict import Cited, Step, Truth, Verdict


class Judged(NamedTuple):
    """A statement's say, and a reason: why it does not apply, or what its allow is worth."""

    say: Say
    reason: str = ""


Judge = Callable[[Document, Statement], Judged]

_UNMET: Final = {"action": "is about another action", "resource": "is about another resource"}


def unmet(matched: Matched) -> str:
    """Why a statement does not apply."""
    return _UNMET.get(matched.unmet, f"{matched.unmet} does not hold")


def statements(documents: Iterable[Document], request: Request, judge: Judge) -> tuple[Step, ...]:
    """A step for each statement about the request's action; the others are counted."""
    return tuple(step for document in documents for step in _of(document, request, judge))


def _of(document: Document, request: Request, judge: Judge) -> Iterator[Step]:
    about = spoken((document,), request.action)
    statements = sorted(
        (statement for _, statement in (*about.allows, *about.denies)), key=lambda each: each.number
    )
    for statement in statements:
        yield of_statement(cited(document, statement), judge(document, statement))
    others = len(document.statements) - len(statements)
    if others:
        counted = "1 statement is" if others == 1 else f"{others} statements are"
        yield Step(f"{counted} about other actions", because=document.name)


def of_statement(cited: Cited, judged: Judged) -> Step:
    say, reason = judged
    title = f"{cited.effect} {cited.label} of {cited.policy}"
    if say is SILENT:
        return Step(title, None, reason, cited)
    verdict = Verdict.of(say.truth)
    if cited.effect == "deny":
        verdict = Verdict.of(say.truth.negated)
    hangs_on = _hangs_on(say, "denies if" if cited.effect == "deny" else "if")
    return Step(title, verdict, "; ".join(filter(None, (hangs_on, reason))), cited)


def _hangs_on(say: Say, if_: str) -> str:
    return f"{if_} {' and '.join(say.needed)}" if say.needed else ""


def conclusion(
    title: str,
    allowed: Say,
    denials: Sequence[Say],
    steps: tuple[Step, ...],
    *,
    silence: Verdict | None = Verdict.DENIED,
    because: str = "",
) -> Step:
    """What a layer says in all. ``silence`` is its verdict when no statement speaks.

    ``because`` is the reason of its allow, where that is not a statement.
    """
    certain = [say for say in denials if say.truth is Truth.TRUE]
    if certain:
        return Step(title, Verdict.DENIED, f"denied by {_names(certain)}", steps=steps)
    perhaps = [_hangs_on(say, "unless") for say in denials]
    if allowed is SILENT:
        verdict = Verdict.CONDITIONAL if perhaps and silence is None else silence
        return Step(title, verdict, "; ".join(("no statement allows it", *perhaps)), steps=steps)
    reasons = [*(f"if {phrase}" for phrase in allowed.needed), *perhaps]
    if reasons:
        return Step(title, Verdict.CONDITIONAL, "; ".join(reasons), steps=steps)
    return Step(title, Verdict.ALLOWED, because or f"allowed by {_names([allowed])}", steps=steps)


def _names(says: Iterable[Say]) -> str:
    return ", ".join(f"{one.label} of {one.policy}" for say in says for one in say.cited)
