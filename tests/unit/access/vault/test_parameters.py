"""Parameters that the caller may choose: there is a choice exactly if one of all is let through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import combinations, product

import pytest

from scale_secrets.access.vault.acl import Acl
from scale_secrets.access.vault.model import Dialect
from scale_secrets.access.vault.operations import Operation
from scale_secrets.access.vault.parameters import ANY, glob_matches
from scale_secrets.access.vault.policy import parse
from scale_secrets.access.verdict import Truth
from tests.support.access_policies import NAMES, Maker
from tests.support.conformance import amount

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATH = "kv1/a"
TEXTS = ("1", "2", "12", "a", "*", "abc", "zbz", "z", "z2", "1z", "", "a,1")
OTHERS = (True, 5, ["a", "b"], ["a"], None)


def acl(*restrictions: str, dialect: Dialect = Dialect.OPENBAO, capability: str = "read") -> Acl:
    texts = [
        f'path "{PATH}" {{ capabilities = ["{capability}"] {one} }}'
        for one in restrictions or ("",)
    ]
    policies = [parse(text, name=f"p{n}", dialect=dialect) for n, text in enumerate(texts)]
    return Acl(policies, dialect=dialect, now=NOW)


@pytest.mark.conformance
@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize("operation", [Operation.READ, Operation.CREATE])
def test_a_choice_is_found_exactly_if_there_is_one(dialect: Dialect, operation: Operation) -> None:
    maker = Maker(20_260_304, entities=1, vault=dialect is Dialect.VAULT)
    values = TEXTS if operation is Operation.READ else (*TEXTS, *OTHERS)
    counts: Counter[bool] = Counter()
    for _ in range(amount(quick=12, full=80)):
        restrictions = [maker.parameters() for _ in range(2)]
        held = acl(*restrictions, dialect=dialect, capability=operation.value)
        for name in ("", *NAMES):
            given = {name.lower(): ANY} if name else None
            ours = held.decide(PATH, operation, parameters=given, wrapping=0).truth
            truths = {
                held.decide(PATH, operation, parameters=tried, wrapping=0).truth
                for tried in _choices(name.lower(), values)
            }
            assert ours is max(truths), (restrictions, given)
            counts[ours is Truth.TRUE] += 1
    assert min(counts[True], counts[False]) > 10


def _choices(name: str, values: tuple[object, ...]) -> Iterator[Mapping[str, object]]:
    """For ``name``: every value. Without: every way to send at most two parameters."""
    if name:
        yield from ({name: value} for value in values)
        return
    names = tuple(one.lower() for one in NAMES)
    for count in range(3):
        for chosen in combinations(names, count):
            for picked in product(values, repeat=count):
                yield dict(zip(chosen, picked, strict=True))


@pytest.mark.parametrize(
    ("restrictions", "truth", "remarks"),
    [
        ('required_parameters = ["x"]', Truth.TRUE, ("only with the parameters x",)),
        ('denied_parameters = { "*" = [] }', Truth.TRUE, ("without any parameter",)),
        ('denied_parameters = { "x" = [] }', Truth.TRUE, ("without the parameters x",)),
        (
            'denied_parameters = { "x" = ["1"] }',
            Truth.TRUE,
            ("without some values of the parameters x",),
        ),
        ('allowed_parameters = { "x" = [] }', Truth.TRUE, ("with no parameters but x",)),
        (
            'min_wrapping_ttl = "1s" max_wrapping_ttl = "10s"',
            Truth.TRUE,
            ("only response-wrapped for at least 1s, at most 10s",),
        ),
        ('max_wrapping_ttl = "10s"', Truth.TRUE, ("only response-wrapped for at most 10s",)),
        ('required_parameters = ["x"] denied_parameters = { "*" = [] }', Truth.FALSE, ()),
        ('required_parameters = ["x"] allowed_parameters = { "y" = [] }', Truth.FALSE, ()),
        ('required_parameters = ["x"] denied_parameters = { "x" = ["**"] }', Truth.FALSE, ()),
        ('required_parameters = ["x"] allowed_parameters = { "x" = [5] }', Truth.FALSE, ()),
    ],
)
def test_what_the_caller_has_to_heed_is_remarked(
    restrictions: str, truth: Truth, remarks: tuple[str, ...]
) -> None:
    ruling = acl(restrictions).decide(PATH, Operation.READ)
    assert (ruling.truth, ruling.remarks) == (truth, remarks)


def test_a_refusal_names_the_rule() -> None:
    ruling = acl('min_wrapping_ttl = "1s"').decide(PATH, Operation.READ, wrapping=0)
    assert ruling.reason == f"`{PATH}` decides: the response must be wrapped"
    ruling = acl('required_parameters = ["X"]').decide(PATH, Operation.READ, parameters={})
    assert ruling.reason == f"`{PATH}` decides: the parameter x is required"


def test_what_a_request_always_sends_is_held_against_the_rules() -> None:
    held = acl('required_parameters = ["x"]', 'allowed_parameters = { "x" = [] }')
    assert held.decide(PATH, Operation.READ).truth is Truth.TRUE
    assert held.decide(PATH, Operation.READ, always={"data": {}}).truth is Truth.FALSE
    held = acl('allowed_parameters = { "data" = ["a"] }', capability="update")
    assert held.decide(PATH, Operation.UPDATE, always={"data": ANY}).truth is Truth.TRUE
    assert held.decide(PATH, Operation.UPDATE, always={"data": {}}).truth is Truth.FALSE


def test_limits_of_wrapping_that_exclude_each_other_refuse_any_choice() -> None:
    held = acl('min_wrapping_ttl = "20s"', 'max_wrapping_ttl = "10s"')
    ruling = held.decide(PATH, Operation.READ)
    assert ruling.truth is Truth.FALSE
    assert "at least 20s and at most 10s" in ruling.reason


def test_a_list_under_a_limit_is_remarked() -> None:
    ruling = acl("pagination_limit = 5", capability="list").decide(PATH, Operation.LIST)
    assert ruling.remarks == ("at most 5 keys at a time",)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("*", "a", False),
        ("*", "*", True),
        ("**", "", True),
        ("**", "a", True),
        ("a*", "abc", True),
        ("*c", "abc", True),
        ("*b*", "abc", True),
        ("a*c", "abc", False),
        ("a*c", "a*c", True),
        ("", "", True),
        ("é", "é", True),
        ("a" * 50_000 + "*", "a" * 100_000, True),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_star_counts_at_either_end_only(pattern: str, text: str, matches: bool) -> None:
    assert glob_matches(pattern, text) is matches
