from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_secrets.access.aws.conditions.evaluation import ReadyCondition
from scale_secrets.access.aws.conditions.keys import canonical, lookup
from scale_secrets.access.aws.conditions.operators import NEGATIVE, POSITIVE, Spelled, spelled
from scale_secrets.access.aws.conditions.words import in_words
from scale_secrets.access.aws.document import parse
from scale_secrets.access.aws.model import Condition, Context
from scale_secrets.access.verdict import Truth

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def condition(operator: str, values: Any, key: str = "k") -> Condition:
    block = {operator: {key: values}}
    source = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": block}
    (statement,) = parse(json.dumps({"Statement": source}), name="p").statements
    return statement.conditions[0]


def holds(
    operator: str,
    values: Any,
    *known: str,
    many: bool = False,
    others: Mapping[str, str] = MappingProxyType({}),
) -> Truth:
    context = Context(
        {"k": known, **{name: (value,) for name, value in others.items()}},
        closed=True,
        multivalued=frozenset({"k"} if many else ()),
    )
    return ReadyCondition(condition(operator, values), variables=True).holds(context)


def unknown(operator: str, values: Any) -> Truth:
    return ReadyCondition(condition(operator, values), variables=True).holds(Context())


ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:a:b"
# operator, values of the policy, values of the request that satisfy it, ones that do not
COMPARED: list[tuple[str, Any, list[str], list[str]]] = [
    ("StringEquals", "Ab", ["Ab"], ["ab", "Abc", ""]),
    ("StringEquals", "a*", ["a*"], ["ab"]),
    ("StringEquals", ["a", "b"], ["a", "b"], ["c"]),
    ("StringEquals", "", [""], ["a"]),
    ("StringEqualsIgnoreCase", "Ab*", ["aB*"], ["abc"]),
    ("StringLike", "a*c?", ["acd", "axxcd"], ["ac", "Acd"]),
    ("StringLike", "*", ["", "x"], []),
    ("StringLike", "${$}{k}", ["${k}"], ["x"]),
    ("NumericEquals", "10", ["10", "10.0", "1e1", "+10"], ["11", "x", "", "0x0a"]),
    ("NumericEquals", 10, ["10"], ["1"]),
    ("NumericLessThan", "10", ["9.99", "-5"], ["10", "11", "x"]),
    ("NumericLessThanEquals", 1.5, ["1.5", ".5"], ["1.51"]),
    ("NumericGreaterThan", "10", ["10.0000000000000000001", "9e999"], ["10", "NaN", "inf"]),
    ("NumericGreaterThanEquals", ["7", "9"], ["7", "8"], ["6"]),
    (
        "DateEquals",
        "2026-11-24T12:00:00Z",
        ["2026-11-24T12:00:00Z", "2026-11-24T13:00:00+01:00", "2026-11-24T12:00Z", "1795521600"],
        ["2026-11-24T12:00:01Z", "2026-11-24", "noon", "2026-11-24T12:00:00"],
    ),
    ("DateEquals", "2026", ["2026-01-01", "2026-01", "2026-01-01T00:00:00.000Z"], ["2027"]),
    ("DateLessThan", "2026-11-24T12:00:00.5Z", ["2026-11-24T12:00:00Z"], ["2026-11-24T12:00:01Z"]),
    ("DateLessThanEquals", "1970-01-02", ["86400", "0"], ["86400.5"]),
    ("DateGreaterThan", "2020-02-29", ["2020-03-01"], ["2020-02-29", "2021-02-29"]),
    ("DateGreaterThanEquals", "2026-01-01T00:00:00-01:00", ["2026-01-01T01:00Z"], ["2026"]),
    ("Bool", "true", ["true", "True"], ["false", "", "yes"]),
    ("Bool", False, ["false"], ["true"]),
    ("BinaryEquals", "QmluYXJ5", ["QmluYXJ5"], ["Qml", "QmluYXI5", "ä"]),
    ("IpAddress", "203.0.113.0/24", ["203.0.113.7"], ["203.0.114.1", "2001:db8::1", "AWS"]),
    ("IpAddress", "203.0.113.7/24", ["203.0.113.9"], ["203.0.112.1"]),
    ("IpAddress", "203.0.113.7", ["203.0.113.7"], ["203.0.113.8"]),
    ("IpAddress", ["10.0.0.0/8", "2001:DB8::/32"], ["2001:db8:1::2", "10.1.2.3"], ["11.0.0.1"]),
    ("ArnEquals", ARN, [ARN], [ARN.upper(), "arn:aws:s3:::b", ""]),
    ("ArnLike", "arn:aws:*:us-*:1111?222*:secret:*b", [ARN], [ARN + "c"]),
    ("ArnLike", "arn:*:111122223333:secret:a:b", [], [ARN]),
    ("ArnEquals", "arn:aws:secretsmanager:*:secret:*:*", [], [ARN]),
]
NEGATED = {operator.name: name for name, operator in NEGATIVE.items()}


def _name(case: Any) -> str:
    return f"{case[0]}-{case[1]}"


@pytest.mark.parametrize("case", COMPARED, ids=_name)
def test_one_value_is_compared(case: tuple[str, Any, list[str], list[str]]) -> None:
    operator, values, matching, others = case
    assert [holds(operator, values, value) for value in matching] == [T] * len(matching)
    assert [holds(operator, values, value) for value in others] == [F] * len(others)


@pytest.mark.parametrize("case", [c for c in COMPARED if c[0] in NEGATED], ids=_name)
def test_a_negated_operator_says_the_opposite(
    case: tuple[str, Any, list[str], list[str]],
) -> None:
    operator, values, matching, others = case
    negated = NEGATED[operator]
    reads = POSITIVE[operator].reads
    assert [holds(negated, values, value) for value in matching] == [F] * len(matching)
    for value in others:
        # Whether "not 3" holds of something that is no number is not documented.
        assert holds(negated, values, value) is (T if reads is None or reads(value) else U)


def test_every_operator_is_compared() -> None:
    assert {case[0] for case in COMPARED} == POSITIVE.keys() - {"Null"}
    assert NEGATIVE.keys() == {
        *("StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike"),
        *("NumericNotEquals", "DateNotEquals", "NotIpAddress", "ArnNotEquals", "ArnNotLike"),
    }


# A good value of each operator, to ask what an absent key does.
VALUES = {case[0]: case[1] for case in COMPARED}
every_positive = pytest.mark.parametrize("operator", sorted(VALUES))
every_negative = pytest.mark.parametrize("operator", sorted(NEGATIVE))


@every_positive
def test_an_absent_key_fails_a_positive_operator(operator: str) -> None:
    values = VALUES[operator]
    assert holds(operator, values) is F
    assert holds(f"ForAnyValue:{operator}", values) is F
    assert holds(f"{operator}IfExists", values) is T
    # ForAnyValue fails without the key, IfExists passes: which of them prevails is not documented.
    assert holds(f"ForAnyValue:{operator}IfExists", values) is U
    assert holds(f"ForAllValues:{operator}", values) is T


@every_negative
def test_an_absent_key_satisfies_a_negated_operator(operator: str) -> None:
    values = VALUES[NEGATIVE[operator].name]
    assert holds(operator, values) is T
    assert holds(f"ForAnyValue:{operator}", values) is F
    assert holds(f"{operator}IfExists", values) is T
    assert holds(f"ForAllValues:{operator}", values) is T


@pytest.mark.parametrize("operator", sorted((VALUES.keys() | NEGATIVE.keys()) - {"ArnEquals"}))
@pytest.mark.parametrize("form", ["{}", "{}IfExists", "ForAllValues:{}", "ForAnyValue:{}"])
def test_an_unknown_key_leaves_the_condition_unknown(operator: str, form: str) -> None:
    name = operator if operator in VALUES else NEGATIVE[operator].name
    values = [value for case in COMPARED if case[0] == name for value in [case[1]] if value != "*"]
    assert unknown(form.format(operator), values[0]) is U


SETS: list[tuple[str, Any, tuple[str, ...], Truth]] = [
    ("ForAllValues:StringEquals", ["a", "b"], ("a",), T),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "b", "a"), T),
    ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), F),
    ("ForAllValues:StringEquals", ["a"], ("",), T),
    ("ForAnyValue:StringEquals", ["a", "b"], ("c", "b"), T),
    ("ForAnyValue:StringEquals", ["a", "b"], ("c", "d"), F),
    ("ForAnyValue:StringEquals", [""], ("",), F),
    ("ForAllValues:StringNotEquals", ["a", "b"], ("c", "d"), T),
    ("ForAllValues:StringNotEquals", ["a", "b"], ("c", "a"), F),
    ("ForAnyValue:StringNotEquals", ["a", "b"], ("c", "a"), T),
    ("ForAnyValue:StringNotEquals", ["a", "b"], ("b", "a"), F),
    ("ForAllValues:NumericLessThanIfExists", 5, ("1", "4"), T),
    ("ForAnyValue:IpAddress", "10.0.0.0/8", ("1.1.1.1", "10.0.0.1"), T),
    ("ForAllValues:ArnNotLike", "arn:aws:s3:::*", ("arn:aws:s3:::b",), F),
    # without a set operator several values match nothing, and AWS does not say what "not" means
    ("StringEquals", ["a", "b"], ("a", "b"), F),
    ("StringEqualsIfExists", ["a", "b"], ("a", "b"), F),
    ("StringNotEquals", ["a"], ("c", "b"), U),
]


@pytest.mark.parametrize("case", SETS, ids=lambda case: f"{case[0]}-{case[1]}-{case[2]}")
def test_sets_of_values(case: tuple[str, Any, tuple[str, ...], Truth]) -> None:
    operator, values, known, truth = case
    assert holds(operator, values, *known, many=True) is truth


def test_one_value_of_a_set_needs_a_set_operator_as_well() -> None:
    assert holds("StringEquals", "a", "a", many=True) is F
    assert holds("StringEquals", "a", "a") is T


NULLS: list[tuple[Any, Truth, Truth, Truth]] = [
    # values; the truth when the key is absent, present, unknown
    ("true", T, F, U),
    (True, T, F, U),
    ("false", F, T, U),
    (["true", "false"], T, T, T),
    ("maybe", F, F, F),
    ([], F, F, F),
]


@pytest.mark.parametrize("case", NULLS, ids=lambda case: str(case[0]))
def test_null_asks_whether_a_key_is_absent(case: tuple[Any, Truth, Truth, Truth]) -> None:
    values, absent, present, not_known = case
    assert holds("Null", values) is absent
    assert holds("Null", values, "x") is present
    assert holds("Null", values, "x", "y", many=True) is present
    assert unknown("Null", values) is not_known


def test_whether_an_empty_value_is_null_is_not_known() -> None:
    assert holds("Null", "true", "") is U


UNREADABLE = [
    ("IpAddress", "10.0.0.0/40", "10.0.0.1"),
    ("IpAddress", "10.0.0", "10.0.0.1"),
    ("NumericEquals", "ten", "10"),
    ("NumericLessThan", "1e99999", "10"),
    ("DateLessThan", "2026-13-01", "2026-01-01"),
    ("DateEquals", "2026-11-24T12:00", "2026-11-24"),
    ("Bool", "yes", "true"),
    ("BinaryEquals", "=", "QQ=="),
    ("ArnLike", "arn:aws:s3", "arn:aws:s3:::b"),
    ("NumericEquals", "${n}", "10"),
    ("IpAddress", "${n}", "10"),
]


@pytest.mark.parametrize("case", UNREADABLE, ids=_name)
def test_a_value_that_means_nothing_never_holds(case: tuple[str, str, str]) -> None:
    operator, value, known = case
    assert holds(operator, value, known, others={"n": known}) is F
    assert unknown(operator, value) is F
    if operator in NEGATED:  # whether it is overlooked or fails the condition is not documented
        assert holds(NEGATED[operator], value, known) is U


@pytest.mark.parametrize(
    ("operator", "values", "words"),
    [
        ("IpAddress", ["10.0.0.0/8", "10/99"], "one of 10.0.0.0/8, 10/99 (10/99: no range of"),
        ("NumericNotEquals", "x", "is not x (x: no number)"),
        ("DateLessThan", ["y", "z"], "is before one of y, z (y, z: no date)"),
        ("Null", "x", "is null: x (x: no boolean)"),
        ("ArnLike", "x", "is the ARN x (x: no ARN)"),
        ("BinaryEquals", "=", "is the binary = (=: no base64)"),
    ],
)
def test_a_value_that_means_nothing_is_noted(operator: str, values: Any, words: str) -> None:
    assert words in ReadyCondition(condition(operator, values), variables=True).words


def test_a_lone_star_is_no_arn_and_nothing_is_documented_of_it() -> None:
    assert holds("ArnLike", "*", ARN) is U
    assert holds("ArnNotLike", "arn:aws:iam::*", ARN) is U
    assert unknown("ArnLikeIfExists", "*") is U


@pytest.mark.parametrize("operator", ["StringLikeIfExists", "ForAllValues:StringLike"])
def test_a_condition_that_nothing_can_fail_holds_whatever_is_unknown(operator: str) -> None:
    assert unknown(operator, ["a", "*"]) is T
    assert unknown(operator, ["a"]) is U
    assert unknown(operator.replace("Like", "NotLike"), ["*"]) is U


VARIABLES: list[tuple[str, str, str, dict[str, str], Truth]] = [
    ("StringEquals", "${n}", "x", {"n": "x"}, T),
    ("StringEquals", "${n}", "x", {"n": "y"}, F),
    ("StringEquals", "a-${n}", "a-*", {"n": "*"}, T),
    ("StringLike", "a-${n}", "a-b", {"n": "*"}, F),
    ("StringLike", "${n}-*", "x-y", {"n": "x"}, T),
    ("StringEquals", "${n}", "x", {}, F),
    ("StringNotEquals", "${n}", "x", {}, T),
    ("StringEquals", "${n, 'x'}", "x", {}, T),
    ("StringEqualsIgnoreCase", "${n}", "X", {"n": "x"}, T),
    ("ArnLike", "arn:aws:iam::${n}:role/*", "arn:aws:iam::1:role/a", {"n": "1"}, T),
    ("ArnLike", "arn:aws:iam::${n}:role/*", "arn:aws:iam::2:role/a", {"n": "1"}, F),
    ("Bool", "${n}", "true", {"n": "true"}, U),
    ("Bool", "${n}", "true", {"n": "false"}, F),
    ("StringEquals", "${*}", "*", {}, T),
]


@pytest.mark.parametrize("case", VARIABLES, ids=lambda case: "-".join(map(str, case[:4])))
def test_variables_in_values(case: tuple[str, str, str, dict[str, str], Truth]) -> None:
    operator, value, known, others, truth = case
    assert holds(operator, value, known, others=others) is truth


@pytest.mark.parametrize(
    ("operator", "value", "known", "truth"),
    [
        ("StringEquals", "a-${n}", "a-b", U),
        ("StringNotEquals", "a-${n}", "a-b", U),
        ("StringEquals", "a-${n}", "b", F),
        ("StringNotLike", "a-${n}", "b", T),
        ("StringEqualsIgnoreCase", "A-${n}", "a-b", U),
        ("ArnLike", "arn:aws:iam::${n}:role/b", "arn:aws:iam::1:role/b", U),
    ],
)
def test_an_unknown_variable_leaves_open_only_what_it_can_change(
    operator: str, value: str, known: str, truth: Truth
) -> None:
    ready = ReadyCondition(condition(operator, value), variables=True)
    assert ready.holds(Context({"k": (known,)})) is truth


def test_the_old_version_compares_variables_as_text() -> None:
    ready = ReadyCondition(condition("StringEquals", "${n}"), variables=False)
    assert ready.holds(Context({"k": ("${n}",), "n": ("x",)})) is T


@pytest.mark.parametrize(
    ("text", "taken_apart"),
    [
        ("StringLike", Spelled("StringLike")),
        ("ForAllValues:StringNotLikeIfExists", Spelled("StringNotLike", "ForAllValues", True)),
        ("foranyvalue:notipaddressifexists", Spelled("NotIpAddress", "ForAnyValue", True)),
        ("Null", Spelled("Null")),
        ("NullIfExists", None),
        ("IfExists", None),
        ("", None),
        (":StringLike", None),
        ("ForAllValues:ForAnyValue:StringLike", None),
        ("BoolNot", None),
        ("String Like", None),
    ],
)
def test_operators_are_taken_apart(text: str, taken_apart: Spelled | None) -> None:
    assert spelled(text) == taken_apart


@pytest.mark.parametrize(
    ("operator", "values", "words"),
    [
        ("StringEquals", "vpce-1", "aws:SourceVpce is vpce-1"),
        ("StringNotEquals", ["a", "b"], "aws:SourceVpce is not one of a, b"),
        ("StringLikeIfExists", "a*", "aws:SourceVpce is like a*, if there is aws:SourceVpce"),
        ("ForAnyValue:StringEquals", "a", "some aws:SourceVpce is a"),
        ("ForAllValues:StringNotLike", "a", "every aws:SourceVpce is not like a"),
        ("NumericLessThanEquals", 5, "aws:SourceVpce is at most 5"),
        ("DateGreaterThan", "2026", "aws:SourceVpce is after 2026"),
        ("NotIpAddress", "10.0.0.0/8", "aws:SourceVpce is not in 10.0.0.0/8"),
        ("ArnNotLike", "arn:x", "aws:SourceVpce is not the ARN arn:x"),
        ("Bool", True, "aws:SourceVpce is true"),
        ("Null", True, "aws:SourceVpce is absent"),
        ("Null", "false", "aws:SourceVpce is present"),
        ("Null", "x", "aws:SourceVpce is null: x"),
        ("StringEquals", "", 'aws:SourceVpce is ""'),
        ("StringEquals", [], "aws:SourceVpce is one of nothing"),
    ],
)
def test_a_condition_in_words(operator: str, values: Any, words: str) -> None:
    assert in_words(condition(operator, values, "aws:SourceVpce")) == words


def test_key_names_ignore_case_and_tags_keep_theirs_to_be_shown() -> None:
    assert canonical("AWS:PrincipalTag/Cost/Center") == "aws:principaltag/Cost/Center"
    context = Context({"aws:principaltag/Team": ("red",)}, absent=("aws:principaltag/",))
    assert lookup(context, "aws:principaltag/TEAM") == ("red",)
    assert lookup(context, "aws:principaltag/other") == ()
    assert lookup(context, "aws:resourcetag/Team") is None


def test_two_tags_that_differ_in_case_alone_are_known_only_where_they_agree() -> None:
    def tagged(one: str, other: str) -> Context:
        return Context({"aws:principaltag/a": (one,), "aws:principaltag/A": (other,)}, closed=True)

    assert lookup(tagged("x", "x"), "aws:principaltag/a") == ("x",)
    assert lookup(tagged("x", "y"), "aws:principaltag/a") is None


OPERATORS = sorted(POSITIVE.keys() | NEGATIVE.keys())
TEXTS = ["", "a", "A", "b", "5", "10.0.0.1", "true", "2026", ARN, "QQ=="]


@settings(deadline=None)
@given(
    st.sampled_from(OPERATORS),
    st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]),
    st.booleans(),
    st.lists(st.sampled_from([*TEXTS, "*", "${n}", "a${n, 'a'}", "10.0.0.0/8"]), max_size=3),
)
def test_what_is_decided_without_knowing_holds_for_every_value(
    operator: str, quantifier: str, if_exists: bool, values: list[str]
) -> None:
    """A truth given for an unknown key or variable is the truth for all that they can be."""
    suffix = "IfExists" if if_exists and operator != "Null" else ""
    ready = ReadyCondition(condition(quantifier + operator + suffix, values), variables=True)
    singles = [(), *((text,) for text in TEXTS)]
    for key, variable in itertools.product([None, *singles], [None, *singles]):
        vague = {"k": key, "n": variable}
        known = {name: value for name, value in vague.items() if value is not None}
        truth = ready.holds(Context(known))
        if truth is U:
            continue
        for whole in itertools.product(
            singles if key is None else [key], singles if variable is None else [variable]
        ):
            context = Context(dict(zip(("k", "n"), whole, strict=True)), closed=True)
            assert ready.holds(context) in (truth, U)
