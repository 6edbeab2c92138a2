"""What a key's shape tells, where it is known to be one and where it is not."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from scale_secrets.bundle import Bundle, Secret
from scale_secrets.errors import KeyFormatError
from scale_secrets.keys import (
    API_KEY_PATTERN,
    CALLBACK_KEY_PATTERN,
    SENDABLE_PATTERN,
    KeyKind,
    Shape,
    basic_token,
    classify,
    detect,
)
from scale_secrets.model import Coordinate, Mode, SecretSpec, SecretType
from scale_secrets.separation.shapes import check_shape
from scale_secrets.validation.bundle import bundle_document
from scale_secrets.validation.schema import shipped_schema
from scale_secrets.values import SecretValue

HEX32, HEX24 = "0123456789abcdef" * 2, "0123456789ab" * 2
LIVE, TEST = Shape(KeyKind.API, Mode.LIVE), Shape(KeyKind.API, Mode.TEST)
UNKNOWN = Shape(KeyKind.UNKNOWN)

SHAPES = {
    f"live_{HEX32}": LIVE,
    f"test_{HEX32}": TEST,
    "live_ScaleRocks": LIVE,  # the documentation's example
    f"{HEX32}|{HEX24}|test": TEST,  # the SDK's developer guide
    f"{HEX32}|{HEX24}|live": LIVE,
    f"scaleint_{HEX32}|{HEX24}": UNKNOWN,
    f"scaleint_{HEX32}|{HEX24}|live": LIVE,
    f"live_auth_{HEX32}": Shape(KeyKind.CALLBACK, Mode.LIVE),
    f"test_auth_{HEX32}": Shape(KeyKind.CALLBACK, Mode.TEST),
    HEX32: UNKNOWN,
    "": UNKNOWN,
    "live_": UNKNOWN,
    "live_auth_": UNKNOWN,
    "|live": UNKNOWN,
    "LIVE_key": UNKNOWN,
    " live_key": UNKNOWN,
    "live_key ": UNKNOWN,
    "live_key\n": UNKNOWN,  # Python's $ would match before it
    "test_key\r\n": UNKNOWN,
    "live_k:y": UNKNOWN,  # the colon would end the user name
    "live_kéy": UNKNOWN,
    "live_key|test": UNKNOWN,  # contradicts itself
    "test_key|live": UNKNOWN,
    "live_auth_key|test": UNKNOWN,
}


@pytest.mark.parametrize(("text", "shape"), SHAPES.items(), ids=repr)
def test_a_known_slot_is_classified_by_its_shape(text: str, shape: Shape) -> None:
    assert classify(SecretValue(text)) == shape


def test_bytes_that_are_no_text_are_no_known_shape() -> None:
    assert classify(SecretValue(b"live_\xff")) == UNKNOWN


@given(st.text(max_size=40))
def test_no_text_is_of_both_modes(text: str) -> None:
    matching = [
        mode
        for patterns in (API_KEY_PATTERN, CALLBACK_KEY_PATTERN)
        for mode, pattern in patterns.items()
        if re.search(pattern, text)
    ]
    assert len(matching) <= 1


keys = st.from_regex(
    re.compile(
        r"((live|test)_(auth_)?[0-9a-f]{32}|(scaleint_)?[0-9a-f]{32}\|[0-9a-f]{24}\|(live|test))"
    ),
    fullmatch=True,
)


class TestDetect:
    """In foreign text, where other vendors' keys begin alike."""

    @pytest.mark.parametrize(
        "text",
        [
            "live_" + "a" * 35,  # Lob
            "test_" + "0" * 35,
            "live_" + "Ab" * 20,  # GoCardless
            "test_" + "aB3" * 9,  # Column
            "sk_live_" + "a" * 24,  # Stripe
            "sk_live_" + HEX32,
            "live_" + HEX32.upper(),
            "live_" + HEX32[:-1],
            "latest_" + HEX32,
            "live_stream_url",
            f"live_{HEX32}|{HEX24}|test",  # contradicts itself
            f"scaleint_{HEX32}|{HEX24}",  # nobody documents its mode
            HEX32,
            "bGl2ZV9",
        ],
    )
    def test_what_is_no_scale_key_for_certain_is_left_alone(self, text: str) -> None:
        assert list(detect(text)) == []

    @given(keys, st.sampled_from(["", " ", '"', "=", "://", "\n", "'", "(", "é"]))
    def test_a_key_is_found_where_it_stands_with_its_mode(self, key: str, mark: str) -> None:
        text = f"before{mark or ' '}{key}{mark}"
        (found,) = detect(text)
        assert text[found.start : found.end] == key
        assert found.shape == classify(SecretValue(key))

    @given(keys, st.booleans())
    def test_a_key_is_found_inside_a_basic_token(self, key: str, named: bool) -> None:
        token = b64encode(f"{key}:".encode()).decode()
        (found,) = detect(f"Basic {token}" if named else token)
        assert found.shape == classify(SecretValue(key))

    @given(st.text(alphabet="livetsau_0123456789abcdef|:=+/ \n", max_size=200))
    def test_positions_lie_within_the_text(self, text: str) -> None:
        assert all(0 <= one.start < one.end <= len(text) for one in detect(text))

    @pytest.mark.timeout(20)
    def test_a_large_text_takes_no_more_than_linear_time(self) -> None:
        for part in ("bGl2ZV9", "live_", "0123456789abcdef", "M" * 80 + " ", "a|"):
            assert not list(detect(part * (2_000_000 // len(part))))


class TestBasicToken:
    def test_it_is_the_documentations_vector(self) -> None:
        token = basic_token(SecretValue("live_ScaleRocks"))
        assert token.reveal() == "Basic bGl2ZV9TY2FsZVJvY2tzOg=="

    @given(
        st.text(alphabet=[chr(code) for code in range(0x21, 0x7F) if chr(code) != ":"], min_size=1)
    )
    def test_the_key_is_the_user_and_the_password_blank(self, key: str) -> None:
        scheme, _, token = basic_token(SecretValue(key)).reveal().partition(" ")
        assert scheme == "Basic"
        assert b64decode(token, validate=True).decode().partition(":") == (key, ":", "")

    @pytest.mark.parametrize(
        ("key", "why"),
        [
            ("", "empty"),
            ("live_a:b", "colon"),
            ("live_a\n", "control character"),
            ("live_a\x00", "control character"),
            ("live a", "space"),
            ("live_é", "not ASCII"),
            ("live_\x7f", "not ASCII"),
            (b"live_\xff", "not ASCII"),
        ],
    )
    def test_what_clients_would_send_differently_is_refused(
        self, key: str | bytes, why: str
    ) -> None:
        with pytest.raises(KeyFormatError) as caught:
            basic_token(SecretValue(key))
        assert why in str(caught.value)
        assert "live" not in str(caught.value) + caught.value.hint


VALIDATORS: dict[Mode, Any] = {
    mode: Draft202012Validator(shipped_schema(f"bundle-{mode}")) for mode in Mode
}


class TestSchemas:
    """The bundle schemas hold the same rules as the code."""

    @pytest.mark.parametrize("mode", Mode)
    def test_the_patterns_are_those_of_the_code(self, mode: Mode) -> None:
        definitions = shipped_schema(f"bundle-{mode}")["$defs"]
        patterns = {
            name: part["pattern"] for name, part in definitions.items() if "pattern" in part
        }
        assert patterns == {
            "sendable": SENDABLE_PATTERN,
            "liveApiKey": API_KEY_PATTERN[Mode.LIVE],
            "testApiKey": API_KEY_PATTERN[Mode.TEST],
            "liveCallbackKey": CALLBACK_KEY_PATTERN[Mode.LIVE],
            "testCallbackKey": CALLBACK_KEY_PATTERN[Mode.TEST],
        }

    values = st.one_of(
        st.sampled_from([*SHAPES]),
        keys,
        st.from_regex(
            re.compile(r"(live_|test_|)(auth_|)[a-z:|é\n]{0,4}(\|live|\|test|)"), fullmatch=True
        ),
        st.text(max_size=12),
        st.binary(max_size=8),
    )

    @settings(max_examples=2000, deadline=None)
    @given(
        value=values,
        kind=st.sampled_from([SecretType.API_KEY, SecretType.CALLBACK_KEY]),
        unknown=st.booleans(),
        any_mode=st.booleans(),
        mode=st.sampled_from(Mode),
    )
    def test_schema_and_sep001_agree_on_every_sendable_key(
        self, value: str | bytes, kind: SecretType, unknown: bool, any_mode: bool, mode: Mode
    ) -> None:
        api = kind is SecretType.API_KEY
        spec = SecretSpec(
            "key",
            Coordinate("main", "key"),
            kind,
            "KEY",
            allow_unknown_shape=unknown and api,
            any_mode=any_mode and not api,
        )
        secret = SecretValue(value)
        bundle = Bundle(("e",), mode, {"key": Secret(spec, secret, "1")})
        valid = VALIDATORS[mode].is_valid(bundle_document(bundle))
        refused = bool(list(check_shape(spec, secret, mode, "here")))
        sendable = secret.is_text and re.search(SENDABLE_PATTERN, secret.reveal()) is not None
        assert valid == (sendable and not refused)
