"""SEP001, as a function of slot, value and mode."""

from __future__ import annotations

import pytest

from scale_secrets.model import Coordinate, Finding, Mode, SecretSpec, SecretType
from scale_secrets.separation.shapes import check_shape, check_text
from scale_secrets.values import SecretValue
from tests.support.project import LIVE_BASIC, LIVE_KEY, TEST_KEY

API, CALLBACK, OPAQUE = SecretType.API_KEY, SecretType.CALLBACK_KEY, SecretType.OPAQUE
LIVE_CALLBACK, TEST_CALLBACK = "live_auth_" + "ab" * 16, "test_auth_" + "cd" * 16
NO_SHAPE = "0f" * 16


def findings(
    type_: SecretType,
    text: str | bytes,
    mode: Mode,
    *,
    allow_unknown_shape: bool = False,
    any_mode: bool = False,
) -> list[Finding]:
    spec = SecretSpec(
        "key",
        Coordinate("main", "path"),
        type_,
        "KEY",
        allow_unknown_shape=allow_unknown_shape,
        any_mode=any_mode,
    )
    found = list(check_shape(spec, SecretValue(text), mode, "the place"))
    assert {(one.id, one.place) for one in found} <= {("SEP001", "the place")}
    shown = repr(found)
    assert (text if isinstance(text, str) and text else "\0") not in shown
    return found


@pytest.mark.parametrize(
    ("type_", "text", "mode"),
    [
        (API, LIVE_KEY, Mode.LIVE),
        (API, TEST_KEY, Mode.TEST),
        (CALLBACK, LIVE_CALLBACK, Mode.LIVE),
        (CALLBACK, TEST_CALLBACK, Mode.TEST),
        (CALLBACK, NO_SHAPE, Mode.TEST),  # Scale documents no shape of callback keys
        (OPAQUE, TEST_KEY, Mode.TEST),
        (OPAQUE, "anything", Mode.LIVE),
        (OPAQUE, "live_" + "a" * 35, Mode.TEST),  # another vendor's
        (OPAQUE, b"\x00\xff", Mode.TEST),
        (OPAQUE, "", Mode.TEST),
    ],
)
def test_what_agrees_is_no_finding(type_: SecretType, text: str | bytes, mode: Mode) -> None:
    assert findings(type_, text, mode) == []


@pytest.mark.parametrize(
    ("type_", "text", "mode", "says"),
    [
        (API, LIVE_KEY, Mode.TEST, "a live key stands in an environment of mode test"),
        (API, TEST_KEY, Mode.LIVE, "a test key stands in an environment of mode live"),
        (API, NO_SHAPE, Mode.TEST, "neither live nor test"),
        (API, "", Mode.TEST, "neither live nor test"),
        (API, b"live_\xff", Mode.LIVE, "neither live nor test"),
        (API, TEST_KEY + "\n", Mode.TEST, "neither live nor test"),
        (API, TEST_CALLBACK, Mode.TEST, "a callback key stands where an API key belongs"),
        (CALLBACK, LIVE_CALLBACK, Mode.TEST, "a live key stands"),
        (CALLBACK, TEST_KEY, Mode.TEST, "an API key stands where a callback key belongs"),
        (OPAQUE, f"url={LIVE_KEY}", Mode.TEST, "a live key stands"),
        (OPAQUE, LIVE_BASIC, Mode.TEST, "a live key stands"),
    ],
)
def test_what_contradicts_is_one(
    type_: SecretType, text: str | bytes, mode: Mode, says: str
) -> None:
    (found,) = findings(type_, text, mode)
    assert says in found.message
    assert found.mend


def test_an_unknown_shape_may_be_allowed_but_never_a_known_wrong_one() -> None:
    assert findings(API, NO_SHAPE, Mode.TEST, allow_unknown_shape=True) == []
    assert findings(API, LIVE_KEY, Mode.TEST, allow_unknown_shape=True)


def test_a_callback_key_may_serve_both_modes_when_the_manifest_says_so() -> None:
    assert findings(CALLBACK, LIVE_CALLBACK, Mode.TEST, any_mode=True) == []
    assert findings(CALLBACK, LIVE_KEY, Mode.TEST, any_mode=True)


def test_text_that_is_no_slot_may_hold_this_modes_key_and_not_the_others() -> None:
    text = SecretValue(f"a={TEST_KEY}")
    assert list(check_text(text, Mode.TEST, "x")) == []
    assert [one.id for one in check_text(text, Mode.LIVE, "x")] == ["SEP001"]
