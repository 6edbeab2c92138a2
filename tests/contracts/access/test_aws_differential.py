"""Every random case is put to an independent simulator as well, and must come out the same.

What is left out is told: a disagreement in which AWS's documentation decides is listed in
``disagreements.toml``, and where its documentation does not say, this project says *conditional*
even though the whole context is known; how often, is printed and bounded.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from scale_secrets.access.aws.completion import Option, Proof, examine
from scale_secrets.access.aws.evaluation import Decision, decide
from scale_secrets.access.aws.model import CallerKind
from scale_secrets.access.verdict import Truth
from tests.support import aws_distribution as distribution
from tests.support.aws_case_completions import completions
from tests.support.aws_case_generator import case
from tests.support.aws_case_shrinker import shrink
from tests.support.aws_cases import Asked, Case, Json, Reader, simulation
from tests.support.aws_disagreements import RECOGNISED, explanation
from tests.support.conformance import amount
from tests.support.iam_simulate import Simulated, Simulator

_LISTS = tomllib.loads(Path(__file__).with_name("disagreements.toml").read_text(encoding="utf-8"))
LISTED: list[Json] = _LISTS["disagreement"]
UNDOCUMENTED: list[Json] = _LISTS["undocumented"]
WORDS = {True: "allowed", False: "denied"}
SAID = {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: None}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


def _decided(asked: Case) -> Decision:
    found = Reader().asked(asked)
    return decide(found.request, found.policies)


def _ours(asked: Case) -> bool | None:
    """None: conditional."""
    return SAID[_decided(asked).truth]


def _undocumented(decision: Decision) -> set[str]:
    """The listed questions that a conditional answer to a whole context leaves open."""
    return {
        next((one["id"] for one in UNDOCUMENTED if re.search(one["words"], condition)), condition)
        for condition in decision.conditions
    }


def _theirs(simulator: Simulator) -> Callable[[Case], bool]:
    def ask(asked: Case) -> bool:
        (answer,) = simulator.run([simulation(asked)])
        return _checked(answer).allowed

    return ask


def _checked(answer: Simulated) -> Simulated:
    """An answer to the whole question: nothing refused, no key of the context left out."""
    assert not answer.error, answer.error
    assert not answer.ignored, answer.ignored
    return answer


def _shown(asked: Case, simulator: Simulator) -> str:
    """The smallest case in which the two still differ, for a person to judge."""
    theirs = _theirs(simulator)

    def differ(smaller: Case) -> bool:
        ours = _ours(smaller)
        said = theirs(smaller)
        return ours is not None and said is not ours and not explanation(smaller, ours, theirs)

    small = shrink(asked, differ)
    return f"ours: {WORDS[not theirs(small)]}, the simulator's: the opposite\n{small}"


@dataclass
class Tally:
    """Of one run: what came out, and every disagreement that nothing explains."""

    simulator: Simulator
    allowed: int = 0
    denied: int = 0
    conditional: int = 0

    def __post_init__(self) -> None:
        self.listed: Counter[str] = Counter()
        self.blocked: Counter[str] = Counter()
        self.unexplained: list[Case] = []

    def count(self, asked: Case, ours: bool | None, theirs: Simulated) -> None:
        said = _checked(theirs).allowed
        self.blocked.update(theirs.blocked)
        if ours is None:
            self.conditional += 1
            return
        self.allowed += ours
        self.denied += not ours
        if ours is said:
            return
        reason = explanation(asked, ours, _theirs(self.simulator))
        if reason:
            self.listed.update(reason.split(" and "))
        else:
            self.unexplained.append(asked)

    @property
    def compared(self) -> int:
        return self.allowed + self.denied

    def check(self) -> None:
        shown = [_shown(one, self.simulator) for one in self.unexplained[:3]]
        assert not self.unexplained, f"{len(self.unexplained)} disagreements\n" + "\n".join(shown)


# The list


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["id"])
def test_a_listed_disagreement_stands_and_is_recognised(entry: Json, simulator: Simulator) -> None:
    asked = Case.of(entry["case"])
    ours, theirs = _ours(asked), _theirs(simulator)
    assert ours is not None
    assert WORDS[ours] == entry["ours"]
    assert WORDS[theirs(asked)] == entry["theirs"]
    assert explanation(asked, ours, theirs) == entry["id"]


def test_every_disagreement_that_is_recognised_is_listed_with_its_reason() -> None:
    assert [entry["id"] for entry in LISTED] == list(RECOGNISED)
    assert all(entry["page"] and entry["says"] for entry in LISTED)


# The whole context is known


@pytest.mark.conformance
def test_with_the_whole_context_the_simulator_agrees(simulator: Simulator) -> None:
    cases = [case("closed", number) for number in range(amount(quick=1_500, full=21_000))]
    tally = Tally(simulator)
    answers = simulator.run([simulation(one) for one in cases])
    questions: Counter[str] = Counter()
    for one, answer in zip(cases, answers, strict=True):
        decision = _decided(one)
        tally.count(one, SAID[decision.truth], answer)
        if decision.truth is Truth.UNKNOWN:
            questions.update(_undocumented(decision))
    counted = distribution.of(cases)
    print(  # noqa: T201 - what a conformance run shows
        f"{tally.compared} comparisons, {len(tally.unexplained)} disagreements:"
        f" {tally.allowed} allowed, {tally.denied} denied;"
        f" {tally.conditional} more not documented by AWS"
        f"\n  not documented: {dict(questions)}"
        f"\n  listed disagreements: {dict(tally.listed)}"
        f"\n  allowed but for: {dict(tally.blocked)}",
        *distribution.lines(counted),
        sep="\n",
    )
    tally.check()
    assert questions.keys() <= {one["id"] for one in UNDOCUMENTED}
    assert tally.conditional < 0.06 * len(cases)
    assert tally.listed.total() < 0.06 * len(cases)
    assert 0.25 < tally.allowed / tally.compared < 0.5
    assert counted["operator"].keys() == distribution.EVERY_OPERATOR
    assert counted["layer"].keys() == set(distribution.LAYERS)
    assert set(distribution.QUANTIFIERS) < counted["form"].keys()
    assert {kind.value for kind in CallerKind} <= counted["caller"].keys() | {
        name.removesuffix(" abroad") for name in counted["caller"]
    }


# Some of the context is unknown


@pytest.mark.conformance
def test_with_unknown_context_the_simulator_agrees_in_every_completion_tried(
    simulator: Simulator,
) -> None:
    """What is certain holds in random completions; what is conditional, in the two that show it."""
    cases = [case("open", number, closed=False) for number in range(amount(quick=500, full=6_000))]
    tally = Tally(simulator)
    proofs: Counter[str] = Counter()
    asked: list[tuple[Case, bool]] = []
    for number, one in enumerate(cases):
        found = Reader().asked(one)
        refined = examine(found.request, found.policies, decide)
        proofs[f"{refined.decision.truth.name.lower()}, {refined.proof}"] += 1
        certain = SAID[refined.decision.truth]
        if certain is not None:
            asked += [(each, certain) for each in completions(one, seed=str(number), count=3)]
        elif refined.proof is Proof.WITNESSED:
            shown = ((refined.allowed, True), (refined.denied, False))
            asked += [(_completed(one, options, found), said) for options, said in shown]
    answers = simulator.run([simulation(each) for each, _ in asked])
    for (each, said), answer in zip(asked, answers, strict=True):
        tally.count(each, said, answer)
    print(  # noqa: T201 - what a conformance run shows
        f"{tally.compared} comparisons, {len(tally.unexplained)} disagreements:"
        f" completions of {len(cases)} cases; {dict(proofs)}"
        f"\n  listed disagreements: {dict(tally.listed)}"
    )
    tally.check()


@pytest.mark.conformance
def test_what_the_simulator_finds_conditional_is_never_the_opposite_of_certain(
    simulator: Simulator,
) -> None:
    """Its own mode for unknown context finds less than ours, so only what is certain is compared.

    It takes a variable of an unknown key for one that does not match, for instance.
    """
    cases = [
        case("discovery", number, closed=False) for number in range(amount(quick=500, full=6_000))
    ]
    answers = simulator.run([simulation(one) for one in cases])
    tally = Tally(simulator)
    both: Counter[str] = Counter()
    for one, answer in zip(cases, answers, strict=True):
        ours = _ours(one)
        theirs = None if answer.allowed and answer.conditions is not None else answer.allowed
        both[f"{ours}/{theirs}"] += 1
        if ours is not None and theirs is not None:
            tally.count(one, ours, answer)
    print(  # noqa: T201 - what a conformance run shows
        f"{tally.compared} comparisons, {len(tally.unexplained)} disagreements"
        f"\n  ours/theirs: {dict(both)}"
    )
    tally.check()


def _completed(one: Case, options: tuple[Option, ...] | None, found: Asked) -> Case:
    """The closed case of a completion."""
    assert options is not None
    request = found.request
    for option in options:
        request, _ = option.apply(request, found.policies)
    return replace(one, caller=request.caller, context=dict(request.context.known), closed=True)
