"""Whether a pattern can ever decide: the proof holds against every path of a small alphabet."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scale_secrets.access.lints.vault.contest import Contest, Loss
from scale_secrets.access.vault.lookup import Placed
from scale_secrets.access.vault.model import Capability, Dialect, Match, Policy, Rule
from scale_secrets.access.vault.patterns import classify, pattern_of
from scale_secrets.access.verdict import Place

NEVER = [
    ("D/+/live/*", ["D/*"], "the verified case in which a deny loses"),
    ("secret/+/+/+/*", ["secret/+/+/*"], "fewer plus segments"),
    ("secret/+/scale/*", ["secret/*"], "both wildcards come at one place"),
    ("a/+/b/*", ["a/*", "a/x/b/*"], "one of two covers it"),
    ("+/*", ["*"], "a lone star"),
    ("a+b/+/c", ["a+b/*"], "a literal plus counts as the first wildcard"),
]
SOMETIMES = [
    ("D/*", ["D/scale/*"], "a shorter prefix decides elsewhere"),
    ("K", ["K*", "+"], "an exact path always decides its own"),
    ("D/scale/+/key", ["D/*"], "it comes later"),
    ("D/+/live/+", ["D/*"], "it does not end in a star"),
    ("a/+/b*", ["a/+/+/*"], "the other needs one segment more"),
    ("a/+/*", ["a/b/*", "a/c/*"], "no others cover all that a plus stands for"),
    ("a/*", [], "nobody is there"),
]


def placed(text: str) -> Placed:
    rule = Rule(text, *classify(text), Capability.READ, Place("p.hcl", 1))
    return Placed(pattern_of(text), Policy("p", (rule,), Dialect.OPENBAO), rule)


def losses(one: str, others: list[str]) -> tuple[Loss, ...]:
    rules = [placed(text) for text in (one, *others)]
    return Contest(rules, Dialect.OPENBAO).losses(pattern_of(one))


@pytest.mark.parametrize(("one", "others", "why"), NEVER, ids=[row[2] for row in NEVER])
def test_it_is_proved_that_a_pattern_never_decides(one: str, others: list[str], why: str) -> None:
    found = losses(one, others)
    assert found
    for loss in found:
        assert pattern_of(one).matches(loss.path)
        assert loss.winner.matches(loss.path)


@pytest.mark.parametrize(("one", "others", "why"), SOMETIMES, ids=[row[2] for row in SOMETIMES])
def test_a_pattern_that_decides_somewhere_is_left_alone(
    one: str, others: list[str], why: str
) -> None:
    assert losses(one, others) == ()


def test_characters_that_patterns_hold_do_not_mislead() -> None:
    every = "".join(map(chr, range(ord("a"), ord("z") + 1)))
    others = [f"p/{one}*" for one in every]
    assert losses("p/*", others) == ()
    assert losses("p/+/*", [*others, "p/*"])


SEGMENT = st.sampled_from(["a", "b", "+", ""])
TEXT = st.builds(
    lambda parts, star: "/".join(parts) + star,
    st.lists(SEGMENT, min_size=1, max_size=3),
    st.sampled_from(["", "*"]),
).filter(lambda text: not text.endswith("+*"))
PARTS = ("", "a", "b", "c", "ac", "bc")
PATHS = ["/".join(parts) for count in range(1, 5) for parts in product(PARTS, repeat=count)]


@example("a/+/a*", ["a/*", "a/+/+/*"])
@example("+/*", ["+"])
@given(TEXT, st.lists(TEXT, max_size=5))
def test_the_proof_agrees_with_all_paths_of_a_small_alphabet(one: str, others: list[str]) -> None:
    pattern = pattern_of(one)
    rivals = [rival for rival in map(pattern_of, others) if str(rival) != str(pattern)]
    exact = pattern.match is Match.EXACT

    def decides(path: str) -> bool:
        beaten = any(
            rival.matches(path) and (rival.rank > pattern.rank or rival.match is Match.EXACT)
            for rival in rivals
        )
        return pattern.matches(path) and (exact or not beaten)

    # "c" stands in no pattern, and no pattern is as long as the longest paths.
    assert bool(losses(one, others)) != any(map(decides, PATHS))


def test_of_very_many_segment_rules_nothing_is_claimed() -> None:
    """Comparing each with each would take hours; a claim that is missing accuses nobody."""
    loser, winner = placed("D/+/live/*"), placed("D/*")
    crowd = [placed(f"D/+/{number}*") for number in range(2_100)]
    assert Contest([loser, winner, *crowd[:1_900]], Dialect.OPENBAO).losses(loser.pattern)
    assert not Contest([loser, winner, *crowd], Dialect.OPENBAO).losses(loser.pattern)
