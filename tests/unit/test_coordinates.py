"""Coordinates as strings: read back exactly, and refused without being repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_secrets.coordinates import format_coordinate, parse_coordinate
from scale_secrets.errors import CoordinateError
from scale_secrets.model import Coordinate, Stage
from tests.support.project import LIVE_KEY

printable = st.characters(exclude_categories=["Cs", "Cc"])
parts = st.text(printable, min_size=1, max_size=30)
versions = st.text(printable.filter(lambda char: char not in "@#"), min_size=1, max_size=12)
stores = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,10}", fullmatch=True)


@given(st.builds(Coordinate, stores, parts, st.none() | parts, st.none() | versions))
def test_what_is_written_is_read_back(coordinate: Coordinate) -> None:
    assert parse_coordinate(format_coordinate(coordinate)) == coordinate


ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:scale/live-AbCdEf"


@pytest.mark.parametrize(
    ("text", "coordinate"),
    [
        ("vault:scale/live", Coordinate("vault", "scale/live")),
        ("v:scale/live#value@3", Coordinate("v", "scale/live", "value", "3")),
        ("v:scale/live@pending", Coordinate("v", "scale/live", None, "pending")),
        (f"aws:{ARN}#key", Coordinate("aws", ARN, "key")),
        ("aws:a%40b%23c%25d", Coordinate("aws", "a@b#c%d")),
        ("v:a b/ü", Coordinate("v", "a b/ü")),
    ],
)
def test_each_part_has_its_place(text: str, coordinate: Coordinate) -> None:
    assert parse_coordinate(text) == coordinate
    assert parse_coordinate(format_coordinate(coordinate)) == coordinate


@pytest.mark.parametrize(
    ("version", "stage"),
    [
        (None, Stage.CURRENT),
        ("current", Stage.CURRENT),
        ("pending", Stage.PENDING),
        ("previous", Stage.PREVIOUS),
        ("3", None),
    ],
)
def test_a_version_may_be_a_stage(version: str | None, stage: Stage | None) -> None:
    assert Coordinate("v", "p", None, version).stage is stage


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "store's name"),
        (LIVE_KEY, "store's name"),
        (f":{LIVE_KEY}", "store's name"),
        (f"1v:{LIVE_KEY}", "store's name"),
        (f"v {LIVE_KEY}:p", "store's name"),
        ("v:", "path"),
        (f"v:#{LIVE_KEY}", "path"),
        (f"v:{LIVE_KEY}#", "field"),
        (f"v:{LIVE_KEY}@", "version"),
        (f"v:{LIVE_KEY}#a#b", "second"),
        (f"v:{LIVE_KEY}@1@2", "second"),
        (f"v:p@1#{LIVE_KEY}", "before the #"),
        (f"v:{LIVE_KEY}\n", "control character"),
        (f"v:{LIVE_KEY}%2F", "begins no escape"),
        (f"v:{LIVE_KEY}%", "begins no escape"),
    ],
)
def test_a_wrong_one_names_the_part_and_repeats_nothing(text: str, why: str) -> None:
    with pytest.raises(CoordinateError) as caught:
        parse_coordinate(text)
    assert why in caught.value.message + caught.value.hint
    assert caught.value.hint
    assert LIVE_KEY not in caught.value.message + caught.value.hint


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        coordinate = parse_coordinate(text)
    except CoordinateError:
        return
    assert coordinate.path
