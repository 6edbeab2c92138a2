"""What a run of random cases was made of, so that one sees that it tests something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from tests.support.aws_case_conditions import OPERATORS
from tests.support.aws_cases import Case, values_of

QUANTIFIERS = ("ForAllValues", "ForAnyValue")
LAYERS = ("identity", "boundary", "session", "resource", "scp", "rcp")
EVERY_OPERATOR = {"Null", *(name for names in OPERATORS.values() for name in names)}


def of(cases: Iterable[Case]) -> Mapping[str, Counter[str]]:
    """By kind of caller, service, layer present, operator and how it was quantified."""
    counted: dict[str, Counter[str]] = {
        name: Counter() for name in ("caller", "service", "layer", "operator", "form")
    }
    for case in cases:
        counted["caller"][_caller(case)] += 1
        counted["service"][case.action.partition(":")[0].lower()] += 1
        counted["layer"].update({layer for layer, _ in case.documents()})
        for operator in _operators(case):
            quantifier, _, base = operator.rpartition(":")
            counted["operator"][base.removesuffix("IfExists")] += 1
            counted["form"][quantifier or "single"] += 1
            counted["form"]["IfExists"] += base.endswith("IfExists")
    return counted


def _caller(case: Case) -> str:
    abroad = "" if case.caller.account == case.account else " abroad"
    return f"{case.caller.kind.value}{abroad}"


def _operators(case: Case) -> Iterator[str]:
    for _, policy in case.documents():
        for statement in values_of(policy["Statement"]):
            for operator, block in statement.get("Condition", {}).items():
                yield from (operator for _ in block)


def lines(counted: Mapping[str, Counter[str]]) -> Iterator[str]:
    for name, counts in counted.items():
        yield f"  by {name}: " + ", ".join(f"{what} {n}" for what, n in counts.most_common())
