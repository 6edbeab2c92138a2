"""``SecretValue``: nothing but its two doors shows the value."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import logging
import pickle
import pprint
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_secrets.bundle import Bundle, Secret
from scale_secrets.model import Coordinate, Mode, SecretSpec, SecretType
from scale_secrets.values import MASK, SecretValue

TEXT = "live_" + "0123456789abcdef" * 2
VALUE = SecretValue(TEXT)


@dataclass(frozen=True)
class Holder:
    name: str
    value: SecretValue


SHOWN: dict[str, Callable[[Any], object]] = {
    "repr": repr,
    "str": str,
    "format": format,
    "format with a width": lambda value: format(value, ">60"),
    "format with a conversion": lambda value: f"{value!r} {value!s} {value!a}",
    "f-string": lambda value: f"{value}",
    "f-string with =": lambda value: f"{value=}",
    "%s": lambda value: "%s" % value,  # noqa: UP031 - an old form that people use
    "%r": lambda value: "%r" % (value,),  # noqa: UP031
    "str.format": "{0} {0!r}".format,
    "str.format_map": lambda value: "{value}".format_map({"value": value}),
    "ascii": ascii,
    "in a list": lambda value: str([value, (value,), {"k": value}]),
    "in a dataclass": lambda value: str(Holder("a", value)),
    "pprint": lambda value: pprint.pformat({"k": [value]}),
    "dir": lambda value: str(dir(value)),
    "its doc": lambda value: str(value.__doc__),
    "json with default=str": lambda value: json.dumps({"k": value}, default=str),
    "an exception's text": lambda value: str(ValueError("wrong", value)),
}


@pytest.mark.parametrize("way", SHOWN)
def test_printing_shows_a_mask(way: str) -> None:
    shown = str(SHOWN[way](VALUE))
    assert TEXT not in shown
    assert TEXT[:12] not in shown


@pytest.mark.parametrize("way", ["repr", "str", "format", "f-string", "%s", "ascii"])
def test_the_mask_does_not_tell_the_length(way: str) -> None:
    assert SHOWN[way](VALUE) == SHOWN[way](SecretValue("")) == MASK


REFUSED: dict[str, Callable[[Any], object]] = {
    "pickle": pickle.dumps,
    **{
        f"pickle protocol {n}": lambda value, n=n: pickle.dumps(value, n)  # type: ignore[misc]
        for n in range(pickle.HIGHEST_PROTOCOL + 1)
    },
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "deepcopy of what holds it": lambda value: copy.deepcopy({"k": [value]}),
    "dataclass asdict": lambda value: dataclasses.asdict(Holder("a", value)),
    "dataclass astuple": lambda value: dataclasses.astuple(Holder("a", value)),
    "json": lambda value: json.dumps({"k": value}),
    "json as a key": lambda value: json.dumps({(value,): 1}),
    "vars": vars,
    "__getstate__": lambda value: value.__getstate__(),
    "iteration": list,
    "unpacking": lambda value: [*value],
    "membership": lambda value: "live" in value,
    "len": len,
    "an index": lambda value: value[0],
    "bool": bool,
    "not": lambda value: not value,
    "hash": hash,
    "a set": lambda value: {value},
    "== a string": lambda value: value == TEXT,
    "== bytes": lambda value: TEXT.encode() == value,
    "!= a string": lambda value: value != TEXT,
    "order": lambda value: value < value,  # noqa: PLR0124
    "+": lambda value: "Basic " + value,
    "join": lambda value: "".join([value]),
    "bytes": bytes,
    "int": int,
    "float": float,
    "an attribute set": lambda value: setattr(value, "x", 1),
    "an attribute deleted": lambda value: delattr(value, "_data"),
    "a file's name": Path,
}


@pytest.mark.parametrize("way", REFUSED)
def test_what_could_show_or_spread_the_value_is_refused(way: str) -> None:
    with pytest.raises((TypeError, AttributeError)) as caught:
        REFUSED[way](VALUE)
    told = "".join(traceback.format_exception(caught.value))
    assert TEXT not in told


def test_it_has_no_dict_for_anything_to_look_into() -> None:
    assert not hasattr(VALUE, "__dict__")
    assert not hasattr(VALUE, "__weakref__")


def test_a_traceback_with_locals_shows_a_mask() -> None:
    def deepest(key: SecretValue, holder: Holder) -> None:
        held = [key, holder]
        raise RuntimeError(f"no use for {held}")

    try:
        deepest(VALUE, Holder("a", VALUE))
    except RuntimeError as error:
        told = "".join(
            traceback.TracebackException.from_exception(error, capture_locals=True).format()
        )
    assert "held = " in told
    assert MASK in told
    assert TEXT not in told


def test_a_log_shows_a_mask() -> None:
    stream = io.StringIO()
    log = logging.Logger("of the test")
    log.addHandler(logging.StreamHandler(stream))
    log.warning("got %s, %r and %s", VALUE, VALUE, {"k": VALUE})
    try:
        raise ValueError(VALUE)
    except ValueError:
        log.exception("failed with %s", Holder("a", VALUE), stack_info=True)
    assert stream.getvalue().count(MASK) >= 4
    assert TEXT not in stream.getvalue()


def test_what_holds_values_shows_masks_as_well() -> None:
    spec = SecretSpec("api_key", Coordinate("local", "a"), SecretType.API_KEY, "SCALE_API_KEY")
    secret = Secret(spec, VALUE, "1", datetime.now(UTC))
    bundle = Bundle(("live",), Mode.LIVE, {"api_key": secret}, {"SCALE_PROJECT": "x"})
    for holder in (secret, bundle, bundle.variables(), dict(bundle)):
        assert TEXT not in repr(holder)
        assert TEXT not in f"{holder}"


@given(st.text())
def test_text_comes_back_as_it_went_in(text: str) -> None:
    value = SecretValue(text)
    assert value.reveal() == text
    assert value.reveal_bytes() == text.encode()
    assert value.is_text
    assert value.empty == (text == "")


@given(st.binary())
def test_bytes_come_back_as_they_went_in(data: bytes) -> None:
    value = SecretValue(data)
    assert value.reveal_bytes() == data
    if value.is_text:
        assert value.reveal().encode() == data
    else:
        with pytest.raises(ValueError, match="binary, not UTF-8 text") as caught:
            value.reveal()
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__, "the decoding error holds the bytes"


@given(st.binary(), st.binary())
def test_two_are_the_same_when_their_bytes_are(one: bytes, other: bytes) -> None:
    assert SecretValue(one).same_as(SecretValue(other)) == (one == other)
    assert (SecretValue(one) == SecretValue(other)) == (one == other)
    assert (SecretValue(one) != SecretValue(other)) == (one != other)


def test_text_and_its_encoding_are_the_same() -> None:
    assert SecretValue("ü").same_as(SecretValue(b"\xc3\xbc"))


@pytest.mark.parametrize("given_", [None, 3, bytearray(b"x"), memoryview(b"x"), ["live_x"], VALUE])
def test_another_type_is_refused_by_the_name_of_its_type(given_: Any) -> None:
    with pytest.raises(TypeError, match=f"not {type(given_).__name__}"):
        SecretValue(given_)


def test_text_that_utf8_cannot_hold_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="valid Unicode text") as caught:
        SecretValue(f"{TEXT}\ud800")
    assert TEXT not in str(caught.value)
    assert caught.value.__suppress_context__, "the encoding error holds the text"
