from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_secrets.access.aws.lines import Lines, line_of

TEXT = """
{
  "Version": "2012-10-17", "Other": {
    "a\\"b": [1,
      {"deep": [[], {}, "line\\nbreak"
      ]}]
  },
  "Statement"
  :
  [
    {"Sid": "one"}, {
     "Sid": "two"
    }
  ]
}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 2),
        (("Version",), 3),
        (("Other",), 3),
        (("Other", 'a"b'), 4),
        (("Other", 'a"b', 0), 4),
        (("Other", 'a"b', 1), 5),
        (("Other", 'a"b', 1, "deep", 2), 5),
        (("Statement",), 10),
        (("Statement", 0), 11),
        (("Statement", 1), 11),
        (("Statement", 1, "Sid"), 12),
    ],
    ids=str,
)
def test_a_value_stands_on_its_line(path: tuple[str | int, ...], line: int) -> None:
    assert line_of(TEXT, path) == line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("Statement", 7), 10),
        (("Statement", 1, "Effect", 0), 11),
        (("Version", "x"), 3),
        (("Nothing",), 2),
    ],
    ids=str,
)
def test_what_is_not_there_is_where_it_would_be(path: tuple[str | int, ...], line: int) -> None:
    assert line_of(TEXT, path) == line


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(VALUES, st.data())
def test_every_marked_value_is_found(value: object, data: st.DataObject) -> None:
    """A value that is written alone on a line of its own is found on that line."""
    path: list[str | int] = []
    place = value
    while isinstance(place, list | dict) and place:
        step = data.draw(
            st.sampled_from(range(len(place)) if isinstance(place, list) else [*place])
        )
        path.append(step)
        place = place[step]
    text = json.dumps(_with_mark(value, path), indent=1)
    marked = 1 + next(
        number for number, line in enumerate(text.split("\n")) if '"\\u0000mark"' in line
    )
    assert Lines(text).of(path) == marked


def _with_mark(value: object, path: list[str | int]) -> object:
    if not path:
        return "\0mark"
    first, *rest = path
    if isinstance(value, list):
        return [_with_mark(each, rest) if at == first else each for at, each in enumerate(value)]
    assert isinstance(value, dict)
    return {name: _with_mark(each, rest) if name == first else each for name, each in value.items()}


def test_what_cannot_be_skipped_hides_only_what_is_in_it() -> None:
    text = '{"a":\n1, "b":\n' + "[" * 100_000 + "]" * 100_000 + "}"
    assert line_of(text, ("b", 0)) == 1
