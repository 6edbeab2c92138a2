"""The worked examples of AWS's own documentation, decided as it says.

``tests/vectors/aws-evaluation/*.json`` holds them in our own words: ``source`` names the page,
``why`` what it says; the rest is written as ``tests.support.aws_written`` tells.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scale_secrets.access.aws.evaluation import decide, explain
from scale_secrets.access.verdict import Verdict
from tests.support.aws_written import policies, request

VECTORS = Path(__file__).parents[3] / "vectors" / "aws-evaluation"


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['title']}")
        for path in sorted(VECTORS.glob("*.json"))
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
    ]


CASES = _cases()


@pytest.mark.parametrize("case", CASES)
def test_a_worked_example_is_decided_as_documented(case: dict[str, Any]) -> None:
    decision = decide(request(case), policies(case["policies"]))
    assert Verdict.of(decision.truth) == case["expected"], case["why"]
    if "conditions" in case:
        assert list(decision.conditions) == case["conditions"]
    if "decided_by" in case:
        assert [cited.label for cited in decision.decided_by] == case["decided_by"]


@pytest.mark.parametrize("case", CASES)
def test_its_explanation_ends_in_the_same_verdict(case: dict[str, Any]) -> None:
    steps = explain(request(case), policies(case["policies"]))
    assert steps[-1].verdict == case["expected"]
    assert all(step.because for step in steps)


def test_there_are_enough_and_each_is_told_once() -> None:
    titles = [case.id for case in CASES]
    assert len(titles) == len(set(titles)) >= 60
