"""Two estates written by hand, with what each principal may do there and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from scale_secrets.access.aws.matrix import matrix
from scale_secrets.access.verdict import Action, Verdict
from scale_secrets.errors import NotFoundError
from tests.unit.access.aws.estates import NAMES, evaluator, rows

ROWS = [
    pytest.param(name, row, id=f"{name}-{row['principal'].rpartition('/')[2]}-{row['action']}")
    for name in NAMES
    for row in rows(name)
]


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_a_principal_may_do_what_was_worked_out_by_hand(name: str, row: Mapping[str, Any]) -> None:
    estate = evaluator(name)
    if "fails" in row:
        with pytest.raises(NotFoundError) as caught:
            estate.principal(row["principal"])
        assert caught.value.message == row["fails"]
        return
    principal, action = estate.principal(row["principal"]), Action(row["action"])
    allowed, conditional = set(), {}
    for secret in estate.secrets():
        answer = estate.answer(principal, secret, action)
        if answer.verdict is Verdict.ALLOWED:
            allowed.add(secret.name)
        elif answer.verdict is Verdict.CONDITIONAL:
            conditional[secret.name] = list(answer.conditions)
    assert allowed == set(row.get("allowed", ())), row["why"]
    expected = row.get("conditional", {})
    assert conditional.keys() == expected.keys(), row["why"]
    for secret_name, conditions in expected.items():
        assert conditions in (None, conditional[secret_name]), row["why"]


@pytest.mark.parametrize("name", NAMES)
def test_the_matrix_holds_every_answer_that_is_no_denial(name: str) -> None:
    estate = evaluator(name)
    actions = [action for action in Action if action is not Action.PATCH]
    cells = matrix(estate, estate.principals(), estate.secrets(), actions)
    found = {(p.name, s.arn, action): answer for p, s, action, answer in cells}
    expected = {}
    for principal in estate.principals():
        for secret in estate.secrets():
            for action in actions:
                answer = estate.answer(principal, secret, action)
                if answer.verdict is not Verdict.DENIED:
                    expected[principal.name, secret.arn, action] = answer
    assert found == expected
    assert len(found) > 40


@pytest.mark.parametrize("name", NAMES)
def test_an_explanation_says_what_the_answer_says(name: str) -> None:
    estate = evaluator(name)
    for principal in estate.principals():
        for secret in estate.secrets():
            for action in (Action.READ, Action.ROTATE, Action.CHANGE_POLICY):
                explanation = estate.explain(principal, secret, action)
                assert explanation.answer == estate.answer(principal, secret, action)
                assert explanation.root.verdict is explanation.answer.verdict
