from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_secrets.access.aws.wildcard import Wild, glob_of, matches, tokens_of

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:scale/live/api-key-AbCdEf"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*", ""),
        ("*", SECRET),
        ("", ""),
        ("a", "a"),
        ("a*", "a"),
        ("*a", "a"),
        ("a*b", "ab"),
        ("a*b", "axxb"),
        ("a**b", "ab"),
        ("?", "a"),
        ("a?c", "abc"),
        ("??*", "ab"),
        ("*?", "a"),
        ("*a?c*", "xxabcxx"),
        ("*a?c*", "abbabc"),
        ("a*?*?*b", "axyb"),
        ("*?*?*", "xy"),
        ("*?b", "aab"),
        ("*ab*ab*", "abab"),
        ("*a?*b", "xaxb"),
        ("*.[a]*", "x.[a]y"),
        ("a*\n", "a\n\n"),
        ("arn:aws:secretsmanager:*:111122223333:secret:scale/live/*", SECRET),
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:scale/live/api-key-??????", SECRET),
    ],
)
def test_matches(pattern: str, text: str) -> None:
    assert matches(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("", "a"),
        ("a", ""),
        ("a", "A"),
        ("a", "ab"),
        ("ab", "a"),
        ("?", ""),
        ("??*", "a"),
        ("a*b", "a"),
        ("a*a", "a"),
        ("ab*bc", "abc"),
        ("*ab*ab*", "aba"),
        ("*a?c*", "xxacxx"),
        ("*a?c*", "abbabb"),
        ("a*?*?*b", "axb"),
        ("*?*?*", "x"),
        ("*aab", "aaa"),
        ("*a?*b", "xab"),
        ("[a]", "a"),
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:scale/live/api-key", SECRET),
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:scale/live/api-key-?????", SECRET),
        ("arn:aws:secretsmanager:us-east-1:111122223333:secret:scale/live/api-key-*x", SECRET),
    ],
)
def test_does_not_match(pattern: str, text: str) -> None:
    assert not matches(pattern, text)


ALPHABET = "ab*?:"


@settings(deadline=None)
@given(st.text(ALPHABET, max_size=12), st.text("ab:\n", max_size=14))
def test_agrees_with_a_regular_expression(pattern: str, text: str) -> None:
    parts = {"*": ".*", "?": "."}
    expression = "".join(parts.get(char, re.escape(char)) for char in pattern)
    assert matches(pattern, text) is bool(re.fullmatch(expression, text, re.DOTALL))


@settings(deadline=None)
@given(st.text(ALPHABET, max_size=20))
def test_tokens_say_what_the_pattern_says(pattern: str) -> None:
    tokens = tokens_of(pattern)
    spelled = "".join(token.value if isinstance(token, Wild) else token for token in tokens)
    assert spelled == re.sub(r"\*+", "*", pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*a" * 50_000, "a" * 100_000 + "b"),
        ("*a*b" * 20_000 + "c", "ab" * 40_000),
        ("*" * 1_000_000 + "b", "a" * 1_000_000),
        ("?" * 1_000_000 + "*", "a" * 999_999),
        ("*?a" * 20_000 + "b", "aa" * 20_000),
        ("*" + "a" * 2_000 + "b*", "a" * 20_000),
    ],
    ids=["stars", "pairs", "only-stars", "only-question-marks", "both", "a-long-piece"],
)
def test_no_pattern_takes_long(pattern: str, text: str) -> None:
    """The time-out of the tests judges: a matcher that goes back would need years."""
    assert not matches(pattern, text)


def test_literal_text_among_tokens_is_no_wildcard() -> None:
    pattern = glob_of(("a*", Wild.MANY, "?"))
    assert pattern.matches("a*xyz?")
    assert not pattern.matches("abc?")
