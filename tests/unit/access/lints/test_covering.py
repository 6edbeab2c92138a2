"""Whether a pattern or a statement says all that another one says: proofs, never guesses."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_secrets.access.aws.document import parse
from scale_secrets.access.aws.model import Statement
from scale_secrets.access.aws.wildcard import matches
from scale_secrets.access.lints.aws.covering import pattern_covers, statement_covers

COVERED = [
    ("*", "anything"),
    ("a*", "a"),
    ("a*", "ab*c"),
    ("a?c", "abc"),
    ("a??", "a?b"),
    ("*b*", "abc"),
    ("s3:Get*", "s3:GetObject*"),
    ("arn:*:secret:a-*", "arn:aws:secret:a-??????"),
    ("${aws:username}", "${aws:username}"),
    ("home/*", "home/${aws:username}/*"),
]
NOT_COVERED = [
    ("a", "a*"),
    ("a?c", "a*c"),
    ("a*", "*a"),
    ("a?", "a"),
    ("a??????", "a*"),
    ("A*", "ab"),
    ("home/?", "home/${*}"),
    ("home/${*}", "home/x"),
    ("${aws:username}", "alice"),
    ("", "a"),
]


@pytest.mark.parametrize(("broad", "narrow"), COVERED)
def test_a_pattern_that_covers_another_is_recognised(broad: str, narrow: str) -> None:
    assert pattern_covers(broad, narrow)


@pytest.mark.parametrize(("broad", "narrow"), NOT_COVERED)
def test_a_pattern_that_does_not_is_not_taken_for_one(broad: str, narrow: str) -> None:
    assert not pattern_covers(broad, narrow)


TEXTS = ["".join(chars) for size in range(6) for chars in product("abc", repeat=size)]
PATTERN = st.text("ab*?", max_size=5)


@given(PATTERN, PATTERN)
def test_a_proof_holds_for_every_text(broad: str, narrow: str) -> None:
    if pattern_covers(broad, narrow):
        assert all(matches(broad, text) for text in TEXTS if matches(narrow, text))


@given(PATTERN, st.text("abc", max_size=5))
def test_a_text_without_wildcards_is_covered_exactly_when_it_matches(broad: str, text: str) -> None:
    assert pattern_covers(broad, text) == matches(broad, text)


def test_a_pattern_made_to_be_slow_is_not() -> None:
    assert not pattern_covers("*a" * 1000 + "b", "a" * 2000)


def statement(**elements: object) -> Statement:
    filled = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"} | elements
    kept = {name: value for name, value in filled.items() if value is not None}
    return parse({"Version": "2012-10-17", "Statement": kept}, name="p").statements[0]


VPC = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
COVERING = [
    (statement(Resource=None), statement(Resource=None)),  # as in a trust policy
    (statement(), statement(Action="S3:getobject")),
    (statement(), statement(Condition=VPC)),
    (statement(Condition=VPC), statement(Condition=VPC, Action=["s3:GetObject", "s3:Put*"])),
    (statement(Action=None, NotAction="iam:*"), statement(Action=None, NotAction=["iam:*", "a:b"])),
    (statement(Action="*"), statement(Action=None, NotAction="iam:*")),
    (statement(Resource=["a*", "b"]), statement(Resource=["ab", "b"])),
    (statement(Principal="*"), statement(Principal={"AWS": "111122223333"})),
    (
        statement(Principal={"AWS": ["111122223333", "444455556666"]}),
        statement(Principal={"AWS": "111122223333"}),
    ),
]
APART = [
    (statement(Resource=None), statement()),
    (statement(Condition=VPC), statement()),
    (statement(Action=None, NotAction="iam:*"), statement()),
    (
        statement(Action=None, NotAction=["iam:*", "s3:*"]),
        statement(Action=None, NotAction="iam:*"),
    ),
    (statement(Resource="a*"), statement(Resource=["ab", "b"])),
    (statement(Resource="a*"), statement(Resource=None, NotResource="b")),
    (statement(Principal={"AWS": "111122223333"}), statement(Principal="*")),
    (statement(Principal="*"), statement()),
    (statement(Principal={"AWS": "a"}), statement(Principal={"Service": "a"})),
    (statement(), statement(NotPrincipal={"AWS": "111122223333"})),
]


@pytest.mark.parametrize(("broad", "narrow"), COVERING, ids=range(len(COVERING)))
def test_a_statement_that_covers_another_is_recognised(broad: Statement, narrow: Statement) -> None:
    assert statement_covers(broad, narrow)
    assert statement_covers(narrow, narrow)


@pytest.mark.parametrize(("broad", "narrow"), APART, ids=range(len(APART)))
def test_a_statement_that_does_not_is_not_taken_for_one(
    broad: Statement, narrow: Statement
) -> None:
    assert not statement_covers(broad, narrow)
