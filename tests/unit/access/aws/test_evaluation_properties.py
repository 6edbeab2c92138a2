"""What holds of every decision: denials only take away, allows only give, knowledge only settles.

Small random policies in every layer, over two condition keys that take two values or are absent,
so that all completions of an unknown context can be tried.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from scale_secrets.access.aws.evaluation import Decision, decide, explain
from scale_secrets.access.verdict import Truth, Verdict
from tests.support.aws_written import policies, request
from tests.support.conformance import amount

OWN, OTHER = "111122223333", "444455556666"
GET = "secretsmanager:GetSecretValue"
SECRET = f"arn:aws:secretsmanager:us-east-1:{OWN}:secret:scale/live/api-key-AbCdEf"
KEY = f"arn:aws:kms:us-east-1:{OWN}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = f"arn:aws:iam::{OWN}:role/labels"
SESSION = f"arn:aws:sts::{OWN}:assumed-role/labels/deploy"
KEYS = ("aws:sourcevpce", "aws:userid")
VALUES: tuple[tuple[str, ...], ...] = ((), ("a",), ("b",))

CALLERS: tuple[dict[str, Any], ...] = (
    {"kind": "user", "arn": f"arn:aws:iam::{OWN}:user/ann"},
    {"kind": "role", "arn": ROLE},
    {"kind": "role", "arn": ROLE, "session": SESSION},
    {"kind": "user", "arn": f"arn:aws:iam::{OTHER}:user/ann"},
    {"kind": "root", "arn": f"arn:aws:iam::{OWN}:root"},
    {"kind": "federated-user", "arn": f"arn:aws:sts::{OWN}:federated-user/bob"},
    {"kind": "service", "arn": "lambda.amazonaws.com"},
)
PRINCIPALS = (
    "*",
    {"AWS": [caller["arn"] for caller in CALLERS[:2]]},
    {"AWS": [SESSION, CALLERS[3]["arn"]]},
    {"AWS": [OWN, CALLERS[5]["arn"]]},
    {"AWS": OTHER},
    {"Service": "lambda.amazonaws.com"},
)
OPERATORS = ("StringEquals", "StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringLike")

conditions = st.dictionaries(
    st.sampled_from(OPERATORS),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["a", "b"]), min_size=1, max_size=2),
    max_size=1,
)
principals = st.sampled_from(PRINCIPALS)


def statements(*, principal: bool = False, effects: str = "AAAAAD") -> st.SearchStrategy[Any]:
    elements: dict[str, st.SearchStrategy[Any]] = {
        "Effect": st.sampled_from([{"A": "Allow", "D": "Deny"}[letter] for letter in effects]),
        "Action": st.sampled_from([*"****", "secretsmanager:*", "kms:Decrypt", "s3:*"]),
        "Resource": st.sampled_from([*"*****", SECRET, KEY]),
        "Condition": conditions,
    }
    if principal:
        elements["Principal"] = principals
    return st.fixed_dictionaries(elements)


def documents(**kinds: Any) -> st.SearchStrategy[Any]:
    return st.lists(statements(**kinds), min_size=1, max_size=2)


def levels(**kinds: Any) -> st.SearchStrategy[Any]:
    return st.lists(st.lists(documents(**kinds), min_size=1, max_size=2), max_size=2)


grants = st.fixed_dictionaries(
    {
        "id": st.just("0c237476"),
        "grantee": st.sampled_from([ROLE, SESSION, CALLERS[0]["arn"], CALLERS[3]["arn"]]),
        "operations": st.sampled_from([["Decrypt"], ["Encrypt"]]),
    }
)
written_policies = st.fixed_dictionaries(
    {
        "identity": st.lists(documents(), min_size=1, max_size=2) | st.just([]),
        "boundary": st.none() | documents(),
        "resource": st.none() | documents(principal=True),
        "scps": levels(),
        "rcps": st.just([]) | levels(principal=True, effects="D"),
        "grants": st.lists(grants, max_size=1),
        "delegates": st.booleans(),
    },
    optional={"session": st.lists(documents(), min_size=1, max_size=1)},
)
requests = st.fixed_dictionaries(
    {
        "caller": st.sampled_from(CALLERS),
        "action": st.sampled_from([GET, "kms:Decrypt"]),
        "context": st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=1),
    }
).map(lambda case: {**case, "resource": SECRET if case["action"] == GET else KEY})

often = settings(
    max_examples=amount(quick=120, full=3_000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


_made: Counter[Truth] = Counter()


@pytest.fixture(autouse=True)
def _counted() -> Iterator[None]:
    _made.clear()
    yield
    told = ", ".join(f"{count} {truth.name}" for truth, count in sorted(_made.items()))
    print(f"{_made.total()} decisions: {told}")  # noqa: T201


def decided(case: dict[str, Any], written: dict[str, Any]) -> Decision:
    decision = decide(request(case), policies(written))
    _made[decision.truth] += 1
    return decision


def truth_of(case: dict[str, Any], written: dict[str, Any]) -> Truth:
    return decided(case, written).truth


def completions(case: dict[str, Any]) -> Iterator[dict[str, Any]]:
    unknown = [key for key in KEYS if key not in case["context"]]
    for values in product(VALUES, repeat=len(unknown)):
        known = case["context"] | dict(zip(unknown, values, strict=True))
        yield case | {"context": known, "closed": True}


def statement_lists(written: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Every document's list of statements, wherever it hangs."""
    found = [written[name] for name in ("boundary", "resource") if written.get(name)]
    found += [document for name in ("identity", "session") for document in written.get(name, [])]
    groups = [level for name in ("scps", "rcps") for level in written[name]]
    return found + [document for level in groups for document in level]


@pytest.mark.conformance
@often
@given(requests, written_policies, st.data())
def test_another_denial_never_allows_more(
    case: dict[str, Any], written: dict[str, Any], data: st.DataObject
) -> None:
    before = truth_of(case, written)
    changed = copy.deepcopy(written)
    lists = statement_lists(changed)
    if not lists:
        return
    chosen = data.draw(st.sampled_from(range(len(lists))))
    named = "Principal" in lists[chosen][0]
    lists[chosen].append(data.draw(statements(principal=named, effects="D")))
    assert truth_of(case, changed) <= before


@pytest.mark.conformance
@often
@given(requests, written_policies, st.data())
def test_an_allow_less_never_allows_more(
    case: dict[str, Any], written: dict[str, Any], data: st.DataObject
) -> None:
    before = truth_of(case, written)
    changed = copy.deepcopy(written)
    allows = [
        (document, number)
        for document in statement_lists(changed)
        for number, statement in enumerate(document)
        if statement["Effect"] == "Allow"
    ]
    if not allows:
        return
    document, number = data.draw(st.sampled_from(allows))
    document[number]["Action"] = "s3:NoSuchAction"
    assert truth_of(case, changed) <= before


@pytest.mark.conformance
@often
@given(requests, written_policies)
def test_a_certain_answer_holds_for_every_completion(
    case: dict[str, Any], written: dict[str, Any]
) -> None:
    truth = truth_of(case, written)
    if truth is not Truth.UNKNOWN:
        assert {truth_of(completed, written) for completed in completions(case)} == {truth}


@pytest.mark.conformance
@often
@given(requests, written_policies)
def test_a_conditional_answer_says_on_what_it_hangs(
    case: dict[str, Any], written: dict[str, Any]
) -> None:
    decision = decided(case, written)
    assert bool(decision.conditions) is (decision.truth is Truth.UNKNOWN)
    assert list(decision.conditions) == sorted(set(decision.conditions))
    assert all(words.startswith(("if ", "unless ")) for words in decision.conditions)


@pytest.mark.conformance
@often
@given(requests, written_policies)
def test_an_explanation_agrees_with_the_decision(
    case: dict[str, Any], written: dict[str, Any]
) -> None:
    decision = decided(case, written)
    steps = explain(request(case), policies(written))
    assert steps[-1].verdict is Verdict.of(decision.truth)
    told = {found.cited for step in steps[:-1] for found in step.steps if found.cited}
    assert set(decision.decided_by) <= told


@pytest.mark.parametrize("truth", Truth, ids=lambda truth: truth.name)
def test_the_policies_tried_come_to_every_answer(truth: Truth) -> None:
    drawn = st.tuples(requests, written_policies)
    first = settings(phases=[Phase.generate], max_examples=500, deadline=None)
    assert find(drawn, lambda each: truth_of(*each) is truth, settings=first)
