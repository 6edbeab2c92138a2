"""What leaves through a door: errors without frames, and everything else untouched."""

from __future__ import annotations

import inspect
import traceback

import pytest

from scale_secrets.errors import DeniedError
from scale_secrets.service.frameless import frameless


@frameless
def door(fails: type[Exception] | None = None) -> str:
    """A door."""
    return inside(fails)


def inside(fails: type[Exception] | None) -> str:
    if fails is None:
        return "open"
    try:
        raise LookupError("what the server sent")
    except LookupError as error:
        raise fails("closed") from error


def names_of(error: BaseException) -> list[str]:
    return [frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)]


def test_a_result_passes() -> None:
    assert door() == "open"


def test_an_error_of_the_tree_loses_its_frames_and_causes() -> None:
    with pytest.raises(DeniedError, match="closed") as caught:
        door(DeniedError)
    assert "inside" not in names_of(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_bug_keeps_all_that_leads_to_it() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        door(ZeroDivisionError)
    assert "inside" in names_of(caught.value)
    assert isinstance(caught.value.__cause__, LookupError)


def test_a_door_looks_like_what_it_leads_to() -> None:
    assert door.__doc__ == "A door."
    assert list(inspect.signature(door).parameters) == ["fails"]
