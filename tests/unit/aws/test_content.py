"""Secret strings as JSON members, and what a change makes of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_secrets.errors import UsageError
from scale_secrets.stores.aws.content import fields_of, members, with_member
from scale_secrets.stores.aws.merging import MAX_BYTES, parameters
from scale_secrets.stores.interface import Change, Content
from scale_secrets.values import SecretValue

CANARY = "live_" + "0123456789abcdef" * 2
text = st.text(st.characters(exclude_categories=["Cs"]))
json_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(text, json_value, max_size=5)
dumps = st.sampled_from(
    [
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False, indent=3),
        lambda value: json.dumps(value, separators=(",", ":")),
    ]
)


@settings(deadline=None)  # the machine may be busy
@given(objects, dumps)
def test_members_are_those_that_json_sees(value, dump) -> None:  # type: ignore[no-untyped-def]
    found = members(f" {dump(value)}\n")
    assert found is not None
    assert {name: json.loads(raw) for name, raw in found.items()} == value
    assert list(found) == list(value)


@settings(deadline=None)  # the machine may be busy
@given(objects, text, text, dumps)
def test_a_set_member_changes_no_other(value, name, new, dump) -> None:  # type: ignore[no-untyped-def]
    before = members(dump(value))
    assert before is not None
    after = members(with_member(before, name, new))
    assert after is not None
    assert json.loads(after.pop(name)) == new
    before.pop(name, None)
    assert after == before


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_any_text_is_an_object_or_none(anything: str) -> None:
    found = members(anything)
    if found is not None:
        assert {name: json.loads(raw) for name, raw in found.items()} == json.loads(anything)


@pytest.mark.parametrize(
    "unclean",
    [
        "",
        "{",
        "{}x",
        "[]",
        "null",
        '"x"',
        '{"a": 1,}',
        '{"a" 1}',
        '{"a": }',
        '{1: "a"}',
        '{"a": 1 "b": 2}',
        '{"a": 1, "a": 2}',
        '{"a": "\\ud800"}',
        '{"\\ud800": 1}',
        "[" * 65_536,
        '{"a": ' * 10_000,
        '{"a": ' + "9" * 5_000 + "}",
    ],
)
def test_what_is_no_clean_object_has_no_members(unclean: str) -> None:
    assert members(unclean) is None
    assert fields_of(unclean) is None


def test_strings_are_given_as_they_are_and_others_as_json() -> None:
    found = fields_of('{"s": "\\u00e9\\n", "n": 1.10, "o": {"b" : null}, "e": ""}')
    assert found is not None
    assert {name: value.reveal() for name, value in found.items()} == {
        "s": "é\n",
        "n": "1.10",
        "o": '{"b" : null}',
        "e": "",
    }


def content(value: str | bytes) -> Content:
    fields = fields_of(value) if isinstance(value, str) else None
    return Content(SecretValue(value), fields)


@pytest.mark.parametrize(
    ("change", "held", "expected"),
    [
        (Change(SecretValue("x")), None, {"SecretString": "x"}),
        (Change(SecretValue("x")), content("plain"), {"SecretString": "x"}),
        (Change(SecretValue("x")), content(b"\xff"), {"SecretString": "x"}),
        (Change(SecretValue(b"\xff")), content("plain"), {"SecretBinary": b"\xff"}),
        (Change(SecretValue("x")), content("{}"), {"SecretString": "x"}),
        (Change(SecretValue("x"), "f"), None, {"SecretString": '{"f": "x"}'}),
        (Change(SecretValue(""), "f"), content("{}"), {"SecretString": '{"f": ""}'}),
        (
            Change(SecretValue("x"), "f"),
            content('{"f":1, "g": 2.50}'),
            {"SecretString": '{"f": "x", "g": 2.50}'},
        ),
        (
            Change(SecretValue('{"g": 1, "f": 2}')),
            content('{"f": "x"}'),
            {"SecretString": '{"g": 1, "f": 2}'},
        ),
    ],
)
def test_what_is_sent_for_a_change(
    change: Change, held: Content | None, expected: dict[str, str | bytes]
) -> None:
    assert parameters(change, held, place="here") == expected


@pytest.mark.parametrize(
    ("change", "held"),
    [
        (Change(SecretValue(CANARY)), content('{"f": "x"}')),
        (Change(SecretValue(CANARY.encode() + b"\xff")), content('{"f": "x"}')),
        (Change(SecretValue(f'{{"g": "{CANARY}"}}')), content('{"f": "x"}')),
        (Change(SecretValue(CANARY), "f"), content("plain")),
        (Change(SecretValue(CANARY), "f"), content(b"\xff")),
        (Change(SecretValue(b"\xff"), "f"), None),
        (Change(SecretValue("")), None),
        (Change(SecretValue("é" * (MAX_BYTES // 2) + "x")), None),
        (Change(SecretValue(CANARY), "f"), content(json.dumps({"g": "x" * 65_500}))),
    ],
)
def test_what_would_lose_data_or_cannot_be_kept_is_refused(
    change: Change, held: Content | None
) -> None:
    with pytest.raises(UsageError) as caught:
        parameters(change, held, place="here")
    assert caught.value.message.startswith("here: ")
    assert caught.value.hint
    assert CANARY not in caught.value.message + caught.value.hint


def test_the_longest_value_is_kept() -> None:
    assert parameters(Change(SecretValue("x" * MAX_BYTES)), None, place="here")
