"""``CallbackVerifier``: what is accepted, and each trap of a static shared secret."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_secrets.callback import verifier as module
from scale_secrets.callback.verifier import LONGEST, CallbackVerifier
from scale_secrets.errors import CallbackRefused, KeyFormatError, UnreachableError, UsageError
from scale_secrets.model import Refusal
from scale_secrets.values import SecretValue

CURRENT = "live_auth_" + "0123456789abcdef" * 2
NEXT = "live_auth_" + "fedcba9876543210" * 2
HEADER = "scale-callback-auth"


@pytest.fixture
def verifier() -> CallbackVerifier:
    return CallbackVerifier([SecretValue(CURRENT), SecretValue(NEXT)])


def sent(*values: str | bytes) -> list[tuple[str, str | bytes]]:
    return [("host", "example.com"), *((HEADER, value) for value in values)]


@pytest.mark.parametrize("key", [CURRENT, NEXT], ids=["current", "next"])
def test_every_accepted_key_is_accepted(verifier: CallbackVerifier, key: str) -> None:
    verifier.verify(sent(key))
    assert verifier.accepts(key.encode())
    assert not any(verifier.refused.values())


REFUSED: dict[str, tuple[list[tuple[str, str | bytes]], Refusal]] = {
    "none": (sent(), Refusal.MISSING),
    "empty": (sent(""), Refusal.EMPTY),
    "white space": (sent(" \t"), Refusal.EMPTY),
    "wrong": (sent("wrong"), Refusal.WRONG),
    "a prefix": (sent(CURRENT[:-1]), Refusal.WRONG),
    "a longer one": (sent(CURRENT + "0"), Refusal.WRONG),
    "of another case": (sent(CURRENT.upper()), Refusal.WRONG),
    "the same twice": (sent(CURRENT, CURRENT), Refusal.DUPLICATE),
    "two accepted": (sent(CURRENT, NEXT), Refusal.DUPLICATE),
    "joined by a comma": (sent(f"{CURRENT},{CURRENT}"), Refusal.DUPLICATE),
    "with a look-alike": ([*sent(CURRENT), ("scale_callback_auth", "x")], Refusal.LOOK_ALIKE),
    "a look-alike alone": ([("Scale-Callback_Auth", CURRENT)], Refusal.LOOK_ALIKE),
    "not ASCII": (sent("é"), Refusal.MALFORMED),
    "no Unicode": (sent("\udcff"), Refusal.MALFORMED),
    "high bytes": (sent(CURRENT.encode() + b"\xe9"), Refusal.MALFORMED),
    "a space within": (sent("live auth"), Refusal.MALFORMED),
    "a line break": (sent(CURRENT + "\n"), Refusal.MALFORMED),
    "a NUL": (sent(CURRENT + "\0"), Refusal.MALFORMED),
    "too long": (sent("x" * (LONGEST + 1)), Refusal.TOO_LONG),
}


@pytest.mark.parametrize("case", REFUSED)
def test_anything_else_is_refused_and_counted_by_its_reason(
    verifier: CallbackVerifier, case: str
) -> None:
    headers, reason = REFUSED[case]
    with pytest.raises(CallbackRefused) as caught:
        verifier.verify(headers)
    assert caught.value.reason is reason
    assert verifier.refused == {one: int(one is reason) for one in Refusal}


def test_a_refusal_shows_neither_key(verifier: CallbackVerifier) -> None:
    given = "live_auth_" + "00ff" * 8
    with pytest.raises(CallbackRefused) as caught:
        verifier.verify(sent(given))
    error = caught.value
    shown = f"{error!r} {error} {error.hint} {error.args} {error.__context__!r} {verifier!r}"
    assert not any(key in shown for key in (given, CURRENT, NEXT))


def test_asking_whether_a_value_is_accepted_counts_nothing(verifier: CallbackVerifier) -> None:
    assert not verifier.accepts(None)
    assert not verifier.accepts(b"")
    assert not verifier.accepts(b"wrong")
    assert not any(verifier.refused.values())


@given(st.text() | st.binary())
def test_no_other_value_is_accepted(value: str | bytes) -> None:
    one = CallbackVerifier([SecretValue(CURRENT)])
    data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    with pytest.raises(CallbackRefused):
        one.verify(sent(value))
    assert one.accepts(data) == (data == CURRENT.encode())


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
def test_whatever_a_header_can_carry_may_be_a_key(key: str) -> None:
    CallbackVerifier([SecretValue(key)]).verify(sent(key))


def test_no_key_is_an_error() -> None:
    with pytest.raises(UsageError, match="no callback key"):
        CallbackVerifier([])


@pytest.mark.parametrize("others", [[], [SecretValue(CURRENT)]], ids=["alone", "beside another"])
def test_an_empty_key_is_an_error(others: list[SecretValue]) -> None:
    with pytest.raises(KeyFormatError, match="would accept anybody"):
        CallbackVerifier([*others, SecretValue("")])


@pytest.mark.parametrize(
    "key",
    [CURRENT + "\n", " " + CURRENT, "a b", "schlüssel", b"\xff", "\x7f", "x" * (LONGEST + 1)],
    ids=["line break", "leading space", "space", "umlaut", "binary", "delete", "too long"],
)
def test_a_key_that_no_header_can_carry_is_an_error_that_does_not_show_it(
    key: str | bytes,
) -> None:
    with pytest.raises(KeyFormatError, match="cannot arrive in a header") as caught:
        CallbackVerifier([SecretValue(key)])
    assert CURRENT not in str(caught.value)


@pytest.mark.parametrize("key", [CURRENT, CURRENT.encode(), None], ids=["str", "bytes", "None"])
def test_a_key_in_the_clear_is_refused_without_showing_it(key: object) -> None:
    with pytest.raises(UsageError, match="a callback key is a SecretValue") as caught:
        CallbackVerifier([key])  # type: ignore[list-item]
    assert CURRENT not in str(caught.value)


def test_a_function_is_asked_for_the_keys_each_time() -> None:
    keys = [SecretValue(CURRENT)]
    fresh = CallbackVerifier(lambda: keys)
    assert fresh.may_wait
    fresh.verify(sent(CURRENT))
    keys[:] = [SecretValue(NEXT)]
    fresh.verify(sent(NEXT))
    with pytest.raises(CallbackRefused):
        fresh.verify(sent(CURRENT))


def test_a_function_is_not_asked_for_what_no_key_could_be() -> None:
    """Whoever sends nothing like a key makes nobody read a store."""
    asked: list[int] = []

    def keys() -> Sequence[SecretValue]:
        asked.append(1)
        return [SecretValue(CURRENT)]

    fresh = CallbackVerifier(keys)
    for headers, reason in REFUSED.values():
        if reason not in (Refusal.WRONG, Refusal.DUPLICATE):
            with pytest.raises(CallbackRefused):
                fresh.verify(headers)
    assert not asked


@pytest.mark.parametrize("keys", [[], [SecretValue("")]], ids=["none", "an empty one"])
def test_a_function_without_a_usable_key_refuses_everybody(keys: list[SecretValue]) -> None:
    fresh = CallbackVerifier(lambda: keys)
    with pytest.raises(UsageError if not keys else KeyFormatError):
        fresh.verify(sent(CURRENT))
    assert fresh.refused[Refusal.UNAVAILABLE] == 1


def test_a_store_s_failure_is_no_refusal() -> None:
    def keys() -> Sequence[SecretValue]:
        raise UnreachableError("the store does not answer")

    fresh = CallbackVerifier(keys)
    with pytest.raises(UnreachableError):
        fresh.verify(sent(CURRENT))
    with pytest.raises(UnreachableError):
        fresh.accepts(CURRENT.encode())
    assert fresh.refused[Refusal.UNAVAILABLE] == 1


@pytest.mark.parametrize("value", [CURRENT, NEXT, "wrong"], ids=["first", "last", "none"])
def test_every_key_is_compared_whatever_the_others_said(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    keys = [SecretValue(key) for key in (CURRENT, "live_auth_" + "0" * 32, NEXT)]
    verifier = CallbackVerifier(keys)
    compared: list[tuple[int, int]] = []
    genuine = hmac.compare_digest

    def counting(a: bytes, b: bytes) -> bool:
        compared.append((len(a), len(b)))
        return genuine(a, b)

    monkeypatch.setattr(module, "compare_digest", counting)
    assert verifier.accepts(value.encode()) == (value != "wrong")
    assert compared == [(32, 32)] * 3  # digests: neither length nor content of a key


def test_what_is_compared_differs_from_verifier_to_verifier() -> None:
    """Under a random key, or a digest could be computed and approached byte by byte."""
    digests = {CallbackVerifier([SecretValue(CURRENT)])._fixed for _ in range(8)}
    assert len(digests) == 8


def test_threads_lose_no_count(verifier: CallbackVerifier) -> None:
    def refuse() -> None:
        for _ in range(500):
            with pytest.raises(CallbackRefused):
                verifier.verify(sent("wrong"))

    threads = [threading.Thread(target=refuse) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verifier.refused[Refusal.WRONG] == 2000


def test_counts_are_looked_up_by_the_reason_s_word(verifier: CallbackVerifier) -> None:
    with pytest.raises(CallbackRefused):
        verifier.verify(sent())
    assert verifier.refused["missing"] == 1  # type: ignore[index]
