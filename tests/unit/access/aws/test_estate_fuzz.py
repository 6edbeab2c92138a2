"""Whatever stands in the files: a clear error, or an estate that can be asked about."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from scale_secrets.access.aws.estate import parse_estate
from scale_secrets.access.aws.evaluator import Evaluator
from scale_secrets.access.aws.matrix import matrix
from scale_secrets.access.verdict import Action
from scale_secrets.errors import PolicyError
from tests.support.conformance import amount
from tests.unit.access.aws.estates import NAMES, files_of

_WRONG: tuple[Any, ...] = (
    None,
    True,
    7,
    "",
    "x",
    "*",
    "arn:aws:iam::1:role",
    "arn:aws:kms:::",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf",
    "111122223333",
    "alias/x",
    [],
    {},
    [[]],
    [{}],
    {"a": {}},
    ["x"],
)


class _Spoiler:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same for the same seed

    def spoil(self, files: dict[str, str]) -> dict[str, str]:
        path = self._random.choice(sorted(files))
        value = json.loads(files[path])
        for _ in range(self._random.randint(1, 2)):
            value = self._changed(value)
        text = json.dumps(value, indent=1)
        if self._random.random() < 0.1:
            text = text[: self._random.randrange(len(text) + 1)]
        return files | {path: text}

    def _changed(self, value: Any) -> Any:
        """One member somewhere below put aside, doubled or replaced."""
        if not isinstance(value, dict | list) or not value or self._random.random() < 0.1:
            return self._random.choice(_WRONG)
        if isinstance(value, list):
            at = self._random.randrange(len(value))
            kept = [*value]
            kept[at : at + 1] = self._random.choice(
                [[], [kept[at], kept[at]], *([[self._changed(kept[at])]] * 6)]
            )
            return kept
        name = self._random.choice(list(value))
        if self._random.random() < 0.15:
            return {key: one for key, one in value.items() if key != name}
        return value | {name: self._changed(value[name])}


@pytest.mark.conformance
@pytest.mark.parametrize("name", NAMES)
def test_spoilt_files_are_refused_or_answered(name: str) -> None:
    files = files_of(name)
    refused = answered = 0
    for seed in range(amount(quick=150, full=5_000)):
        try:
            evaluator = Evaluator(parse_estate(_Spoiler(seed).spoil(files)))
        except PolicyError as error:
            assert error.file in files
            refused += 1
            continue
        list(matrix(evaluator, evaluator.principals(), evaluator.secrets(), [Action.READ]))
        answered += 1
    assert min(refused, answered) > 20
    print(f"{refused} refused, {answered} answered, 0 crashes")  # noqa: T201 - shown by -rP
