"""The words that every evaluator answers in: verdicts, statements cited, trees of reasons.

An answer is honest when *allowed* and *denied* hold whatever the unknown context turns out to be,
and *conditional* when it depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Truth(IntEnum):
    """Kleene's three values, ordered so that *and* is ``min`` and *or* is ``max``."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2

    @property
    def negated(self) -> Truth:
        return Truth(2 - self)


class Verdict(StrEnum):
    ALLOWED = "allowed"
    CONDITIONAL = "conditional"
    DENIED = "denied"

    @classmethod
    def of(cls, truth: Truth) -> Verdict:
        return _BY_TRUTH[truth]


_BY_TRUTH = {
    Truth.TRUE: Verdict.ALLOWED,
    Truth.UNKNOWN: Verdict.CONDITIONAL,
    Truth.FALSE: Verdict.DENIED,
}


def weakest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of things that are all needed; *allowed* when there are none."""
    return max(verdicts, key=_WEAKNESS.__getitem__, default=Verdict.ALLOWED)


def strongest(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of things of which one suffices; *denied* when there are none."""
    return min(verdicts, key=_WEAKNESS.__getitem__, default=Verdict.DENIED)


_WEAKNESS = {Verdict.ALLOWED: 0, Verdict.CONDITIONAL: 1, Verdict.DENIED: 2}


class Action(StrEnum):
    """What a principal may want to do with a secret. Each evaluator tells what it means there."""

    READ = "read"
    LIST = "list"  # see that the secret exists
    WRITE = "write"
    PATCH = "patch"
    ROTATE = "rotate"
    DELETE = "delete"  # can be undone
    DESTROY = "destroy"  # cannot
    CHANGE_POLICY = "change-policy"  # decide who else may


@dataclass(frozen=True, slots=True)
class Place:
    """Where a statement stands: a file as the reader knows it, and a line from 1 (0: unknown)."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Cited:
    """One statement of one policy: ``label`` is its Sid or number (AWS), its path (Vault)."""

    policy: str
    label: str
    effect: str  # "allow", "deny", or the capabilities as written
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """``conditions`` in words, sorted; empty unless conditional. ``decided_by`` what decided."""

    verdict: Verdict
    conditions: tuple[str, ...] = ()
    decided_by: tuple[Cited, ...] = ()
    remarks: tuple[str, ...] = ()  # true whatever the context: "only response-wrapped, …"


@dataclass(frozen=True, slots=True)
class Step:
    """A node of the explanation: what was asked, what came out, and why.

    ``verdict`` is None for a step that only tells (a statement that did not apply).
    """

    title: str
    verdict: Verdict | None = None
    because: str = ""
    cited: Cited | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer with the tree that led to it. The tree is made by the code that answers."""

    answer: Answer
    root: Step
