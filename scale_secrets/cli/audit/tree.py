"""An explanation as text that a person can follow: the verdict in words, then the tree of steps.

Nothing of a decision is made here, and what is left out is only repetition. Policies are written
by others, so what a terminal would act on is shown, not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from scale_secrets.access.verdict import Action, Answer, Cited, Step, Verdict

Paint = Callable[[str, Verdict], str]
"""Gives a text the colour of a verdict, or leaves it as it is."""

_VERBS = {Action.CHANGE_POLICY: "change the policy of"}
_SHOWN = 2  # of steps in a row that tell the same
_NARROWEST = 24  # columns of text, however deep the tree


@dataclass(frozen=True, slots=True)
class Drawing:
    """The strokes of a tree, each as wide as the others, and what stands before a reason."""

    branch: str
    last: str
    pass_by: str
    dash: str
    blank: str = "   "


UNICODE = Drawing("├─ ", "└─ ", "│  ", " — ")
ASCII = Drawing("|- ", "`- ", "|  ", " - ")


def headline(
    answer: Answer, principal: str, secret: str, action: Action, paint: Paint
) -> Iterator[str]:
    """The verdict as a sentence; then, line by line, what it hangs on and what to know of it."""
    verb = _VERBS.get(action, str(action))
    if answer.verdict is Verdict.DENIED:
        may = f"may NOT {verb}"
    else:
        may = f"MAY {verb.upper()}"
    said = f"{printable(principal)} {paint(may, answer.verdict)} {printable(secret)}"
    if len(answer.conditions) == 1:
        yield f"{said} {paint('IF', answer.verdict)} {printable(answer.conditions[0])}"
    else:
        yield f"{said} {paint('IF', answer.verdict)}" if answer.conditions else said
        yield from (f"  - {printable(one)}" for one in answer.conditions)
    yield from (f"note: {printable(one)}" for one in answer.remarks)


def tree_lines(root: Step, *, width: int, drawing: Drawing, paint: Paint) -> Iterator[str]:
    """The lines of a step and all below it, each at most ``width`` columns where words allow."""
    yield from _Tree(width, drawing, paint).lines(root, "", "")


def printable(text: str) -> str:
    r"""Without what moves a cursor or reverses a line: such characters become ``\x1b``."""
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


@dataclass(frozen=True, slots=True)
class _Tree:
    width: int
    drawing: Drawing
    paint: Paint

    def lines(self, step: Step, first: str, rest: str) -> Iterator[str]:
        """``first`` stands before the step's own line, ``rest`` before all that follow."""
        texts = list(self._texts(step, max(self.width - len(rest) - 4, _NARROWEST)))
        if step.verdict is not None:
            texts[0] = texts[0].replace(
                str(step.verdict), self.paint(str(step.verdict), step.verdict), 1
            )
        yield first + texts[0]
        # What belongs to the step stands further in than the steps below it.
        below = rest + (self.drawing.pass_by if step.steps else self.drawing.blank)
        yield from (f"{below} {text}" for text in texts[1:])
        children = list(_summarised(step.steps))
        for child in children[:-1]:
            yield from self.lines(child, rest + self.drawing.branch, rest + self.drawing.pass_by)
        for child in children[-1:]:
            yield from self.lines(child, rest + self.drawing.last, rest + self.drawing.blank)

    def _texts(self, step: Step, room: int) -> Iterator[str]:
        """The step's title with its reason, on one line where there is room, then its statement."""
        title = f"{step.verdict}: {step.title}" if step.verdict else step.title
        whole = f"{title}{self.drawing.dash}{step.because}" if step.because else title
        if len(whole) <= room or not step.because:
            yield from wrap(whole, room)
        else:
            yield from wrap(title, room)
            yield from wrap(step.because, room)
        if step.cited:
            yield from wrap(_statement(step.cited, step.title), room)


def _statement(cited: Cited, title: str) -> str:
    """``secret/data/*: read (policy ci, ci.hcl:3)``, without a label that the title has."""
    effect = cited.effect if cited.label in title else f"{cited.label}: {cited.effect}"
    place = f", {cited.place}" if cited.place else ""
    return f"{effect} (policy {cited.policy}{place})"


def wrap(text: str, width: int) -> list[str]:
    """Break at spaces only: a path or an ARN stays whole, so that it can be copied."""
    lines = [""]
    for word in printable(" ".join(text.split())).split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines


def _summarised(steps: Sequence[Step]) -> Iterator[Step]:
    """Of neighbours that decide nothing for one and the same reason, a few and a number."""
    for because, group in groupby(steps, key=_same_reason):
        same = list(group)
        if isinstance(because, str) and len(same) > _SHOWN + 1:
            yield from same[:_SHOWN]
            yield Step(f"and {len(same) - _SHOWN} more likewise")
        else:
            yield from same


def _same_reason(step: Step) -> str | Step:
    tells = step.verdict is None and not step.steps and step.because
    return step.because if tells else step
