"""An explanation as text that a person can follow: the verdict in words, then the tree of steps.

Nothing of a decision is made here, and what is left out is only repetition. Policies are written
by others, so what a terminal would act on is shown, not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from scale_secrets.access.verdict import Action, Answer, Cited, Step, Verdict

Paint = Callable[[str, Verdict], str]
"""Gives a text the colour of a verdict, or leaves it as it is."""

_VERBS = {Action.CHANGE_POLICY: "change the policy of"}
_CONJUNCTIONS = ("if ", "unless ")
_SHOWN = 2  # of steps in a row that tell the same
_TALL = 3  # levels of steps that are worth folding
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
    may = f"may NOT {verb}" if answer.verdict is Verdict.DENIED else f"MAY {verb.upper()}"
    said = f"{printable(principal)} {paint(may, answer.verdict)} {printable(secret)}"
    conditions = [
        printable(one if one.startswith(_CONJUNCTIONS) else f"if {one}")
        for one in answer.conditions
    ]
    if len(conditions) == 1:
        conjunction, _, rest = conditions.pop().partition(" ")
        said += f" {paint(conjunction.upper(), answer.verdict)} {rest}"
    elif conditions:
        said += f" {paint('ON CONDITIONS', answer.verdict)}"
    yield said
    yield from (f"  {one}" for one in conditions)
    yield from (f"note: {printable(one)}" for one in answer.remarks)


def tree_lines(
    root: Step, *, width: int, drawing: Drawing, paint: Paint, full: bool = False
) -> Iterator[str]:
    """The lines of a step and all below it, each at most ``width`` columns where words allow.

    Unless it is to be ``full``, a large part of the tree whose verdict is not that of the step
    above stands there without what is below it: it is not what that verdict came from.
    """
    yield from _Tree(width, drawing, paint, full).lines(root, "", "")


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
    full: bool
    said: set[Cited] = field(default_factory=set)  # statements that stand there with a verdict

    def lines(self, step: Step, first: str, rest: str) -> Iterator[str]:
        """``first`` stands before the step's own line, ``rest`` before all that follow."""
        step = _joined(step)
        children = self._below(step)
        text, *more = self._texts(step, max(self.width - len(rest) - 4, _NARROWEST))
        if step.verdict is not None:
            word = str(step.verdict)
            text = text.replace(word, self.paint(word, step.verdict), 1)
        yield first + text
        # What belongs to the step stands further in than the steps below it.
        passing = rest + (self.drawing.pass_by if children else self.drawing.blank)
        yield from (f"{passing} {text}" for text in more)
        for number, child in enumerate(children, 1):
            last = number == len(children)
            yield from self.lines(
                child,
                rest + (self.drawing.last if last else self.drawing.branch),
                rest + (self.drawing.blank if last else self.drawing.pass_by),
            )

    def _below(self, step: Step) -> list[Step]:
        """The steps to draw below ``step``; what it says itself counts as said."""
        if step.verdict is not None and step.cited is not None:
            self.said.add(step.cited)
        if self.full:
            return list(step.steps)
        kept = [one for one in step.steps if not self._repeats(one)]
        return [_folded(one, step.verdict) for one in _summarised(kept)]

    def _repeats(self, step: Step) -> bool:
        """Whether the step only names a statement that has been told of."""
        bare = step.verdict is None and not (step.because or step.steps)
        return bare and step.cited in self.said

    def _texts(self, step: Step, room: int) -> Iterator[str]:
        """The title with reason and statement: on one line where there is room, else below it."""
        title = f"{step.verdict}: {step.title}" if step.verdict else step.title
        parts = [part for part in (title, step.because, _statement(step)) if part]
        if len(parts) > 1:
            glue = " " if parts[1].startswith("(") else self.drawing.dash
            if len(parts[0] + glue + parts[1]) <= room:
                parts[:2] = [parts[0] + glue + parts[1]]
        for part in parts:
            yield from wrap(part, room)


def _statement(step: Step) -> str:
    """``secret/data/*: read (policy ci, ci.hcl:3)``, without what the title has said."""
    if step.cited is None:
        return ""
    cited = step.cited
    told = "" if cited.label in step.title else f"{cited.label}: "
    told += "" if cited.effect in step.title.split() else cited.effect
    policy = cited.policy if "policy" in cited.policy else f"policy {cited.policy}"
    where = [policy] if cited.policy not in step.title else []
    where += [str(cited.place)] if cited.place else []
    return f"{told} ({', '.join(where)})".strip() if where else told


def _joined(step: Step) -> Step:
    """A step that is nothing but its only part, and that part, as one."""
    while len(step.steps) == 1 and not step.because and not step.cited and step.verdict:
        (part,) = step.steps
        if part.verdict is not step.verdict:
            break
        *_, last = step.title.split() or [""]
        rest = part.title.removeprefix(last) if last else part.title
        glue = ": " if rest == part.title else ""  # the part goes on where the step ends
        step = replace(part, title=f"{step.title}{glue}{rest}")
    return step


def _folded(step: Step, above: Verdict | None) -> Step:
    """``step`` without its parts, if they are many and the verdict ``above`` is not theirs."""
    if None in (above, step.verdict) or step.verdict is above or _height(step) < _TALL:
        return step
    aside = "this is not what it hangs on: --full shows it"
    return replace(step, because=f"{step.because}; {aside}" if step.because else aside, steps=())


def _height(step: Step) -> int:
    return 1 + max(map(_height, step.steps), default=0)


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
