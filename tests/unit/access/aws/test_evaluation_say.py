"""Three-valued answers with reasons: how they combine, and in which words."""

from __future__ import annotations

from itertools import product

import pytest

from scale_secrets.access.aws.evaluation.say import (
    SILENT,
    UNLIMITED,
    Say,
    any_of,
    both,
    unknown,
)
from scale_secrets.access.verdict import Cited, Truth

A, B, C = unknown("a"), unknown("b"), unknown("c")
GRANTED = Say(Truth.TRUE, (), (Cited("policy", "statement 1", "allow"),))
EACH = {"false": SILENT, "unknown": A, "true": GRANTED, "unlimited": UNLIMITED}


@pytest.mark.parametrize(("one", "two"), [*product(EACH, EACH)])
def test_truth_combines_as_kleene_does(one: str, two: str) -> None:
    first, second = EACH[one], EACH[two]
    assert both(first, second).truth == min(first.truth, second.truth)
    assert any_of(first, second).truth == max(first.truth, second.truth)


@pytest.mark.parametrize(("one", "two"), [*product(EACH, EACH)])
def test_whatever_is_false_is_silent(one: str, two: str) -> None:
    for said in (both(EACH[one], EACH[two]), any_of(EACH[one], EACH[two])):
        assert (said is SILENT) is (said.truth is Truth.FALSE)


def test_both_conditions_are_needed_once_each() -> None:
    assert both(both(A, B), A).needed == ("a", "b")


def test_alternatives_are_one_condition() -> None:
    assert any_of(A, both(B, C)).needed == ("a or (b and c)",)


def test_an_alternative_that_asks_for_more_is_left_out() -> None:
    assert any_of(both(A, B), A).needed == ("a",)
    assert any_of(both(A, B), both(B, A)).needed == ("a", "b")


def test_what_granted_is_cited_and_what_is_silent_is_not() -> None:
    assert any_of(SILENT, GRANTED).cited == GRANTED.cited
    assert both(GRANTED, A).cited == GRANTED.cited
    assert both(GRANTED, SILENT).cited == ()
