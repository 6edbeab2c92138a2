"""A random case of which something holds is made smaller until only what matters is left."""

from __future__ import annotations

from itertools import count, islice

import pytest

from scale_secrets.access.aws.evaluation import decide
from scale_secrets.access.verdict import Truth
from tests.support.aws_case_generator import case
from tests.support.aws_case_shrinker import shrink
from tests.support.aws_cases import Case, Reader


def allowed(asked: Case) -> bool:
    found = Reader().asked(asked)
    return decide(found.request, found.policies).truth is Truth.TRUE


def statements(asked: Case) -> int:
    return sum(len(policy["Statement"]) for _, policy in asked.documents())


LARGE = tuple(
    islice(
        (one for one in (case("large", number) for number in count()) if statements(one) > 5), 40
    )
)


@pytest.mark.parametrize("number", range(5))
def test_an_allowed_case_shrinks_to_what_allows_it(number: int) -> None:
    large = [one for one in LARGE if allowed(one)][number]
    small = shrink(large, allowed)
    assert allowed(small)
    assert statements(small) < statements(large)
    assert shrink(small, allowed) == small
    assert not any(
        statement["Effect"] == "Deny"
        for _, policy in small.documents()
        for statement in policy["Statement"]
    )


def test_cases_are_the_same_for_the_same_seed_and_number() -> None:
    assert case("same", 1) == case("same", 1)
    assert case("same", 1) != case("same", 2)
    assert case("same", 1) != case("other", 1)
