"""The matrix shares and skips, and agrees with one answer at a time whatever the estate."""

from __future__ import annotations

from collections import Counter

import pytest

from scale_secrets.access.aws.evaluator import Evaluator
from scale_secrets.access.aws.matrix import matrix
from scale_secrets.access.verdict import Action, Answer, Verdict
from tests.support.conformance import amount
from tests.unit.access.aws.random_estates import RandomEstate

ACTIONS = (Action.READ, Action.LIST, Action.WRITE, Action.CHANGE_POLICY)
PARTS = 4


@pytest.mark.conformance
@pytest.mark.parametrize("part", range(PARTS))
def test_the_matrix_agrees_with_single_answers(part: int) -> None:
    verdicts: Counter[Verdict] = Counter()
    for seed in range(part, amount(quick=24, full=1_000), PARTS):
        verdicts += _compare(seed)
    assert min(verdicts[verdict] for verdict in Verdict) > 25
    print(f"{verdicts.total()} comparisons, 0 disagreements")  # noqa: T201 - shown by -rP


def _compare(seed: int) -> Counter[Verdict]:
    evaluator = Evaluator(RandomEstate(seed).build())
    principals, secrets = evaluator.principals(), evaluator.secrets()
    found: dict[tuple[str, str, Action], Answer] = {
        (principal.name, secret.arn, action): answer
        for principal, secret, action, answer in matrix(evaluator, principals, secrets, ACTIONS)
    }
    verdicts: Counter[Verdict] = Counter()
    for principal in principals:
        for secret in secrets:
            for action in ACTIONS:
                answer = evaluator.answer(principal, secret, action)
                verdicts[answer.verdict] += 1
                cell = found.pop((principal.name, secret.arn, action), None)
                expected = None if answer.verdict is Verdict.DENIED else answer
                assert cell == expected, (seed, principal.name, secret.arn, action)
    assert not found
    return verdicts
