"""Unknown answers about AWS are proved where every completion that matters comes out the same."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_secrets.access.aws.completion import COMPLETIONS, Proof, examine, refine
from scale_secrets.access.aws.completion.points import addresses, moments, numbers
from scale_secrets.access.aws.completion.texts import STATES, Pattern, telling_apart
from scale_secrets.access.aws.conditions.families.dates import moment
from scale_secrets.access.aws.conditions.families.numbers import number
from scale_secrets.access.aws.document import parse
from scale_secrets.access.aws.evaluation import Decision, decide
from scale_secrets.access.aws.model import (
    MISSING,
    Caller,
    CallerKind,
    Context,
    Document,
    Policies,
    Request,
)
from scale_secrets.access.aws.wildcard import glob, tokens_of
from scale_secrets.access.verdict import Truth

ACCOUNT = "111122223333"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:scale/live/k-AbCdEf"
USER = Caller(CallerKind.USER, f"arn:aws:iam::{ACCOUNT}:user/ann", ACCOUNT)
ROLE = Caller(CallerKind.ROLE, f"arn:aws:iam::{ACCOUNT}:role/ci", ACCOUNT)


def statement(effect: str, condition: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    found = {"Effect": effect, "Action": "secretsmanager:GetSecretValue", "Resource": "*", **more}
    return {**found, "Condition": condition} if condition else found


def policy(*statements: dict[str, Any]) -> Document:
    return parse({"Version": "2012-10-17", "Statement": list(statements)}, name="policy")


def request(caller: Caller = USER, **known: tuple[str, ...]) -> Request:
    context = Context(known=known, multivalued=frozenset({"aws:calledvia"}))
    return Request(caller, "secretsmanager:GetSecretValue", SECRET, ACCOUNT, context)


def proved(policies: Policies, asked: Request | None = None) -> tuple[Truth, Proof]:
    """Of a question that three values alone leave open."""
    asked = asked or request()
    assert decide(asked, policies).truth is Truth.UNKNOWN
    refined = examine(asked, policies, decide)
    assert refine(asked, policies, decide) == refined.decision
    return refined.decision.truth, refined.proof


def of_statements(*statements: dict[str, Any]) -> tuple[Truth, Proof]:
    return proved(Policies(identity=(policy(*statements),)))


DENIED = Truth.FALSE, Proof.EXHAUSTED
ALLOWED = Truth.TRUE, Proof.EXHAUSTED
EITHER = Truth.UNKNOWN, Proof.WITNESSED

CASES = {
    "allowed and denied on the same value": (
        [
            statement("Allow", {"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
            statement("Deny", {"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
        ],
        DENIED,
    ),
    "allowed on a value and denied on another": (
        [
            statement("Allow", {"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
            statement("Deny", {"StringEquals": {"aws:SourceVpc": "vpc-2"}}),
        ],
        EITHER,
    ),
    "allowed on a pattern and denied on a wider one": (
        [
            statement("Allow", {"StringLike": {"aws:SourceVpc": "vpc-*a"}}),
            statement("Deny", {"StringLike": {"aws:SourceVpc": "vpc-*"}}),
        ],
        DENIED,
    ),
    "allowed on a pattern and denied on a narrower one": (
        [
            statement("Allow", {"StringLike": {"aws:SourceVpc": "vpc-*"}}),
            statement("Deny", {"StringLike": {"aws:SourceVpc": "vpc-*a"}}),
        ],
        EITHER,
    ),
    "allowed on a value and on every other": (
        [
            statement("Allow", {"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
            statement("Allow", {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}),
        ],
        ALLOWED,
    ),
    "a number between two bounds": (
        [
            statement("Allow", {"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}),
            statement("Deny", {"NumericLessThanEquals": {"aws:MultiFactorAuthAge": "299"}}),
        ],
        EITHER,
    ),
    "a number below both bounds": (
        [
            statement("Allow", {"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}),
            statement("Deny", {"NumericLessThan": {"aws:MultiFactorAuthAge": "300.5"}}),
        ],
        DENIED,
    ),
    "a number that is zero": (
        [
            statement("Allow", {"NumericEquals": {"aws:MultiFactorAuthAge": "0"}}),
            statement("Deny", {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "0"}}),
        ],
        EITHER,
    ),
    "a single value, whatever the operator": (
        [
            statement(
                "Allow",
                {
                    "ForAnyValue:StringEquals": {"aws:SourceVpc": "vpc-1"},
                    "ForAnyValue:StringLike": {"aws:SourceVpc": "*2"},
                },
            )
        ],
        DENIED,
    ),
    "an ARN, which is no other text": (
        [
            statement("Allow", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/ann"}}),
            statement("Allow", {"StringNotLike": {"aws:PrincipalArn": "arn:*"}}),
            statement("Deny", {"StringLike": {"aws:PrincipalArn": "*:user/a*"}}),
            statement("Deny", {"Null": {"aws:PrincipalArn": "true"}}),
        ],
        DENIED,
    ),
    "a set as a variable, which holds no text": (
        [
            statement("Allow", {"StringEquals": {"aws:SourceVpc": "${aws:CalledVia}"}}),
            statement("Allow", {"StringEquals": {"aws:SourceVpc": "${aws:CalledVia, 'vpc-1'}"}}),
            statement("Deny", {"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
        ],
        DENIED,
    ),
    "a time that every request has": (
        [
            statement("Allow", {"DateLessThan": {"aws:CurrentTime": "2026-01-01"}}),
            statement("Allow", {"DateGreaterThanEquals": {"aws:CurrentTime": "2026-01-01"}}),
        ],
        ALLOWED,
    ),
    "a time that not every request has": (
        [
            statement("Allow", {"DateLessThan": {"aws:TokenIssueTime": "2026-01-01"}}),
            statement("Allow", {"DateGreaterThanEquals": {"aws:TokenIssueTime": "2026-01-01"}}),
        ],
        EITHER,
    ),
    "a number in a tag, which may hold any text": (
        [
            statement("Allow"),
            statement("Deny", {"NumericLessThan": {"aws:PrincipalTag/level": "5"}}),
            statement("Deny", {"NumericGreaterThanEquals": {"aws:PrincipalTag/level": "5"}}),
            statement("Deny", {"Null": {"aws:PrincipalTag/level": "true"}}),
        ],
        EITHER,
    ),
    "an address within the denied range": (
        [
            statement("Allow", {"IpAddress": {"aws:SourceIp": "203.0.113.0/25"}}),
            statement("Deny", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
        ],
        DENIED,
    ),
    "an address beside the denied range": (
        [
            statement("Allow", {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            statement("Deny", {"IpAddress": {"aws:SourceIp": "203.0.113.0/25"}}),
        ],
        EITHER,
    ),
    "true or false": (
        [
            statement("Allow", {"Bool": {"aws:SecureTransport": "true"}}),
            statement("Allow", {"Bool": {"aws:SecureTransport": "false"}}),
        ],
        ALLOWED,
    ),
    "a set that needs two values": (
        [
            statement(
                "Allow",
                {
                    "ForAnyValue:StringEquals": {"aws:CalledVia": "a.amazonaws.com"},
                    "ForAnyValue:StringLike": {"aws:CalledVia": "b.*"},
                },
            )
        ],
        EITHER,
    ),
    "a set of nothing but a value, and without it": (
        [
            statement(
                "Allow",
                {
                    "ForAllValues:StringEquals": {"aws:CalledVia": "a.amazonaws.com"},
                    "ForAnyValue:StringNotEquals": {"aws:CalledVia": "a.amazonaws.com"},
                },
            )
        ],
        DENIED,
    ),
    "a variable that fits by a single text": (
        [
            statement("Allow", Resource=f"{SECRET[:-17]}${{aws:PrincipalTag/env}}/k-AbCdEf"),
            statement("Deny", {"StringNotEquals": {"aws:PrincipalTag/env": "test"}}),
        ],
        DENIED,
    ),
    "two tags that differ in case alone": (
        [
            statement("Allow", {"StringEquals": {"aws:PrincipalTag/Team": "a"}}),
            statement("Deny", {"StringEquals": {"aws:PrincipalTag/team": "a"}}),
        ],
        DENIED,
    ),
    "two unknown keys that must be equal": (
        [statement("Allow", {"StringEquals": {"aws:SourceVpc": "${aws:PrincipalTag/vpc}"}})],
        EITHER,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_conditions_on_one_key_are_seen_together(name: str) -> None:
    statements, expected = CASES[name]
    assert of_statements(*statements) == expected


def test_a_certain_answer_is_not_examined() -> None:
    refined = examine(request(), Policies(identity=(policy(statement("Allow")),)), decide)
    assert (refined.decision.truth, refined.proof) == (Truth.TRUE, Proof.CERTAIN)


def test_a_conditional_answer_shows_a_completion_of_each_kind() -> None:
    only = policy(statement("Allow", {"StringEquals": {"aws:SourceVpc": "vpc-1"}}))
    refined = examine(request(), Policies(identity=(only,)), decide)
    assert refined.allowed is not None
    assert [option.words for option in refined.allowed] == ["aws:sourcevpc = vpc-1"]
    assert refined.denied is not None
    assert refined.decision.conditions == ("if aws:SourceVpc is vpc-1",)


def test_a_proved_answer_cites_what_decides_in_one_completion_or_another() -> None:
    here = {"aws:SourceVpc": "vpc-1"}
    both = policy(
        statement("Allow", {"StringEquals": here}, Sid="Here"),
        statement("Allow", {"StringNotEquals": here}, Sid="Elsewhere"),
        statement("Deny", {"StringEquals": here, "StringLike": {"aws:SourceVpc": "x*"}}, Sid="No"),
    )
    decision = refine(request(), Policies(identity=(both,)), decide)
    assert decision.truth is Truth.TRUE
    assert {cited.label for cited in decision.decided_by} == {"Here", "Elsewhere"}


def session_policy(name: str) -> Document:
    principal = {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/{name}"}
    return policy(statement("Allow", Principal=principal))


def test_the_name_of_a_session_is_its_callers_choice() -> None:
    assert proved(Policies(resource=session_policy("build-1")), request(ROLE)) == EITHER


@pytest.mark.parametrize("name", ["boundary", "scps", "rcps"])
def test_policies_that_were_not_collected_may_allow_or_deny(name: str) -> None:
    own: dict[str, Any] = {"identity": (policy(statement("Allow")),), name: MISSING}
    assert proved(Policies(**own)) == EITHER


def test_an_identity_that_was_not_collected_may_have_what_it_needs() -> None:
    assert proved(Policies(identity=MISSING)) == EITHER


def test_a_resource_policy_that_was_not_collected_may_grant_alone() -> None:
    assert proved(Policies(resource=MISSING)) == EITHER


def test_what_a_layer_that_was_not_collected_cannot_change_is_certain() -> None:
    """Nothing there allows what is denied here on both of a key's values."""
    denied = policy(
        statement("Allow"),
        statement("Deny", {"Bool": {"aws:SecureTransport": "true"}}),
        statement("Deny", {"Bool": {"aws:SecureTransport": "false"}}),
    )
    assert proved(Policies(identity=(denied,), boundary=MISSING)) == DENIED


def test_a_question_that_aws_does_not_answer_stays_open() -> None:
    everyone = policy(statement("Allow", Principal="*"))
    silent = policy(statement("Deny", Action="s3:GetObject"))
    limited = Policies(resource=everyone, boundary=silent)
    assert proved(limited) == (Truth.UNKNOWN, Proof.UNDOCUMENTED)


def test_the_search_is_bounded() -> None:
    keys = [f"aws:PrincipalTag/t{number}" for number in range(12)]
    both = [statement(e, {"StringEquals": dict.fromkeys(keys, "a")}) for e in ("Allow", "Deny")]
    asked = 0

    def counted(request: Request, policies: Policies) -> Decision:
        nonlocal asked
        asked += 1
        return decide(request, policies)

    refined = examine(request(), Policies(identity=(policy(*both),)), counted)
    assert refined.decision.truth is Truth.UNKNOWN
    assert refined.proof is Proof.NONE
    assert asked == COMPLETIONS + 1


# Representatives


@given(st.lists(st.text("ab*?", max_size=5), max_size=4))
def test_texts_tell_apart_all_that_patterns_can(patterns: list[str]) -> None:
    found = telling_apart([Pattern(tokens_of(pattern)) for pattern in patterns])
    globs = [glob(pattern) for pattern in patterns]
    shown = {tuple(one.matches(text) for one in globs) for text in found.texts}
    assert found.complete
    assert len(shown) == len(found.texts)
    for length in range(6):
        for letters in product("abz", repeat=length):
            text = "".join(letters)
            assert tuple(one.matches(text) for one in globs) in shown


def test_texts_overlook_case_where_an_operator_does() -> None:
    patterns = [Pattern(("Live",), folded=True), Pattern(("live",))]
    assert {"live", "LIVE"} <= set(telling_apart(patterns).texts)


def test_a_wildcard_of_an_arn_reaches_over_no_colon() -> None:
    pattern = Pattern(tokens_of("arn:aws:iam:*:1:role/*"), arn=True)
    found = telling_apart([pattern, Pattern(tokens_of("arn:aws:iam:*:*:1:role/*"))])
    assert all(
        text.split(":")[4] == "1" for text in found.texts if text.startswith("arn:aws:iam::1")
    )
    assert "arn:aws:iam:::1:role/" in found.texts  # matches the second alone


def test_too_many_patterns_are_told_to_be_too_many() -> None:
    patterns = [Pattern(tokens_of(f"*{a}*{b}*{c}*")) for a, b, c in product("abcdef", repeat=3)]
    found = telling_apart(patterns)
    assert not found.complete
    assert len(found.texts) <= len(patterns) + STATES * 10


def test_numbers_lie_below_on_between_and_above_their_bounds() -> None:
    found = [number(text) for text in numbers([Decimal(3), Decimal("1.5")])]
    assert found == [number(text) for text in ("0.5", "1.5", "2.25", "3", "4")]


def test_moments_are_written_as_dates() -> None:
    bound = moment("2026-01-31T12:00:00Z")
    assert bound is not None
    found = moments([bound])
    assert [moment(text) for text in found] == [bound - 1, bound, bound + 1]
    assert found[1] == "2026-01-31T12:00:00Z"


def test_addresses_lie_within_and_around_each_range() -> None:
    found = set(addresses(["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "nonsense"]))
    assert {"10.0.0.0", "11.0.0.0", "10.1.0.0", "10.2.0.0", "0.0.0.0", "::"} <= found
    assert "2001:db8::" in found
