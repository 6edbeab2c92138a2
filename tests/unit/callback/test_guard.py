"""Which requests are judged, and what a refused one is answered."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence

import pytest

from scale_secrets.callback.guard import UNAUTHORIZED, UNAVAILABLE, Answer, Guard
from scale_secrets.callback.verifier import CallbackVerifier
from scale_secrets.errors import UnreachableError, UsageError
from scale_secrets.model import Refusal
from scale_secrets.values import SecretValue

KEY = "live_auth_" + "0123456789abcdef" * 2


def guard(*paths: str) -> Guard:
    return Guard(CallbackVerifier([SecretValue(KEY)]), paths)


@pytest.mark.parametrize("path", ["", "/", "/health", "/a/b", "*"])
def test_without_paths_everything_is_guarded(path: str) -> None:
    assert guard().watches(path)


@pytest.mark.parametrize(
    "path",
    ["/cb", "/cb/", "//cb", "/cb//", "/CB", "/cb/below", "/./cb", "/x/../cb", "/cb/../x",
     "/x//../cb/", "/cb/./below", "/../cb"],
)  # fmt: skip
def test_a_guarded_path_is_guarded_in_every_spelling(path: str) -> None:
    assert guard("/cb").watches(path)
    assert guard("/other", "/cb/").watches(path)


@pytest.mark.parametrize("path", ["", "/", "/cbx", "/x/cb", "/c", "/health", "/cb-2"])
def test_what_lies_beside_it_is_not(path: str) -> None:
    assert not guard("/cb").watches(path)


def test_one_guarded_form_of_a_path_suffices() -> None:
    """An application below another sees its own part of the path, and the whole."""
    assert guard("/cb").watches("/api/cb", "/cb")
    assert guard("/api/cb").watches("/cb", "/api/cb")
    assert not guard("/cb").watches("/api/x", "/x")


def test_the_root_guards_everything() -> None:
    assert guard("/").watches("/anything/below")


@pytest.mark.parametrize("paths", ["/cb", ["cb"], ["/cb", ""]], ids=["text", "relative", "empty"])
def test_bad_paths_are_an_error(paths: Sequence[str]) -> None:
    with pytest.raises(UsageError, match="begins with a slash"):
        Guard(CallbackVerifier([SecretValue(KEY)]), paths)


def test_a_genuine_request_is_not_answered() -> None:
    assert guard().refusal([("scale-callback-auth", KEY)]) is None


def test_a_refused_one_is_answered_without_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    one = guard()
    with caplog.at_level(logging.INFO, "scale_secrets"):
        assert one.refusal([("scale-callback-auth", KEY + "0")]) is UNAUTHORIZED
    assert b"key" not in UNAUTHORIZED.body.lower()
    assert UNAUTHORIZED.status == 401
    assert one.verifier.refused[Refusal.WRONG] == 1
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        "callback refused: the header scale-callback-auth is none of the accepted keys"
    )
    assert KEY not in caplog.text


def _no_keys() -> Sequence[SecretValue]:
    raise UnreachableError("vault: it does not answer")


def test_without_keys_scale_is_asked_to_come_again(caplog: pytest.LogCaptureFixture) -> None:
    one = Guard(CallbackVerifier(_no_keys))
    assert one.refusal([("scale-callback-auth", KEY)]) is UNAVAILABLE
    assert UNAVAILABLE.status == 503
    assert "Retry-After" in UNAVAILABLE.headers
    (record,) = caplog.records
    assert record.getMessage() == "callback not judged: vault: it does not answer"


@pytest.mark.parametrize("answer", [UNAUTHORIZED, UNAVAILABLE], ids=["401", "503"])
def test_an_answer_tells_its_own_length(answer: Answer) -> None:
    assert answer.headers["Content-Length"] == str(len(answer.body))


def test_keys_that_may_wait_for_a_store_hold_up_no_event_loop() -> None:
    """The keys come only after the loop has gone on, which it could not if it waited for them."""
    went_on = threading.Event()

    def keys() -> Sequence[SecretValue]:
        assert went_on.wait(30)
        return [SecretValue(KEY)]

    async def both() -> Answer | None:
        asked = asyncio.create_task(
            Guard(CallbackVerifier(keys)).refusal_async([("scale-callback-auth", KEY)])
        )
        await asyncio.sleep(0)
        went_on.set()
        return await asked

    assert asyncio.run(both()) is None


def test_fixed_keys_need_no_thread() -> None:
    async def judged() -> tuple[Answer | None, int]:
        before = threading.active_count()
        answer = await guard().refusal_async([("scale-callback-auth", "wrong")])
        return answer, threading.active_count() - before

    assert asyncio.run(judged()) == (UNAUTHORIZED, 0)
