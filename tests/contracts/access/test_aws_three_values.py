"""Three values are honest: certain whatever the context turns out to be, conditional because of it.

Random policies, of which some were not collected, meet requests of whose context some is unknown.
Every certain answer is held against random completions that know nothing of how the product
completes; every conditional one against completions of both kinds. What has none is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from scale_secrets.access.aws.completion import Option, Proof, Refined, examine
from scale_secrets.access.aws.evaluation import decide
from scale_secrets.access.aws.model import MISSING, Missing, Policies, Request
from scale_secrets.access.verdict import Truth
from tests.support.aws_case_completions import completions
from tests.support.aws_case_generator import case
from tests.support.aws_cases import Case, Reader
from tests.support.conformance import amount

LAYERS = ("identity", "boundary", "resource", "scps", "rcps")
COMPLETIONS = 20
MISSED = 0.12  # of the cases that have a layer, how often it was not collected
WORDS = {Truth.TRUE: "allowed", Truth.FALSE: "denied", Truth.UNKNOWN: "conditional"}


@dataclass(frozen=True)
class Question:
    """A case and its policies as collected; ``whole`` are all of them."""

    case: Case
    request: Request
    policies: Policies
    whole: Policies
    reader: Reader
    number: int

    @classmethod
    def numbered(cls, number: int) -> Question:
        reader, drawn = Reader(), case("three values", number, closed=False)
        asked = reader.asked(drawn)
        random = Random(number)  # noqa: S311 - the same for the same number
        missing: dict[str, Any] = {
            layer: MISSING
            for layer in LAYERS
            if getattr(asked.policies, layer) and random.random() < MISSED
        }
        collected = replace(asked.policies, **missing)
        return cls(drawn, asked.request, collected, asked.policies, reader, number)

    def completed(self) -> Iterator[tuple[Request, Policies]]:
        """Random completions: of the context, and of what was not collected."""
        each = completions(self.case, seed=str(self.number), count=COMPLETIONS)
        for step, closed in enumerate(each):
            yield self.reader.request(closed), self._collected(step)

    def _collected(self, step: int) -> Policies:
        """What was left out may be as it was, or as in any other case."""
        missing = [layer for layer in LAYERS if isinstance(getattr(self.policies, layer), Missing)]
        if not missing:
            return self.policies
        drawn = self.whole
        if step:
            other = case("other policies", self.number * COMPLETIONS + step)
            drawn = self.reader.policies(replace(other, delegates=self.case.delegates))
        filled: dict[str, Any] = {layer: getattr(drawn, layer) for layer in missing}
        return replace(self.policies, **filled)

    def outcomes(self) -> set[Truth]:
        return {decide(request, policies).truth for request, policies in self.completed()}

    def decided(self, options: tuple[Option, ...] | None) -> Truth:
        """The outcome of one of the product's own completions."""
        assert options is not None
        request, policies = self.request, self.policies
        for option in options:
            request, policies = option.apply(request, policies)
        return decide(request, policies).truth


def _complaint(question: Question, refined: Refined) -> str:
    """What is dishonest about an answer; empty when nothing is."""
    truth = refined.decision.truth
    certain = {truth} | {decide(question.request, question.policies).truth} - {Truth.UNKNOWN}
    if truth is not Truth.UNKNOWN:
        found = question.outcomes()
        return "" if found == certain == {truth} else f"{WORDS[truth]}, and completions are {found}"
    if refined.proof is Proof.WITNESSED:
        shown = question.decided(refined.allowed), question.decided(refined.denied)
        return "" if shown == (Truth.TRUE, Truth.FALSE) else f"conditional, and shown are {shown}"
    return ""


@pytest.mark.conformance
def test_certain_answers_hold_in_every_completion_and_conditional_ones_have_both_kinds() -> None:
    total = amount(quick=400, full=6_000)
    counts: Counter[str] = Counter()
    dishonest: list[str] = []
    unproved: list[str] = []
    for number in range(total):
        question = Question.numbered(number)
        refined = examine(question.request, question.policies, decide)
        counts[f"{WORDS[refined.decision.truth]}, {refined.proof}"] += 1
        if complaint := _complaint(question, refined):
            dishonest.append(f"{complaint}\n{question.case}\n  {question.policies}")
        if refined.proof is Proof.NONE:
            if {Truth.TRUE, Truth.FALSE} <= question.outcomes():
                counts["of these, both kinds found by chance"] += 1
            else:
                unproved.append(f"  {'; '.join(refined.decision.conditions)}")
    print(  # noqa: T201 - what a conformance run shows
        f"{total} answers, {len(dishonest)} dishonest; {dict(counts)}"
        f"\n{len(unproved)} conditional without a completion of both kinds:",
        *unproved[:50],
        sep="\n",
    )
    assert not dishonest, "\n".join(dishonest[:3])
    conditional = sum(count for what, count in counts.items() if what.startswith("conditional"))
    assert conditional > 0.1 * total
    assert counts["conditional, witnessed"] > 0.8 * conditional
    assert len(unproved) <= max(2, 0.03 * conditional)
