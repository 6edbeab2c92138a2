"""The aiohttp middleware; its behaviour over HTTP is with the other frameworks'."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from scale_secrets.callback.aiohttp import callback_middleware
from scale_secrets.callback.verifier import CallbackVerifier
from scale_secrets.errors import UnreachableError, UsageError
from scale_secrets.values import SecretValue

KEY = "live_auth_" + "0123456789abcdef" * 2


async def handler(request: web.Request) -> web.StreamResponse:
    return web.Response(text="reached")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/cb", {"scale-callback-auth": KEY}, 200),
        ("/cb", {}, 401),
        ("/%63b", {}, 401),
        ("/health", {}, 200),
    ],
)
def test_what_is_not_scale_s_does_not_reach_a_guarded_handler(
    path: str, headers: dict[str, str], status: int
) -> None:
    guard = callback_middleware(CallbackVerifier([SecretValue(KEY)]), paths=["/cb"])
    request = make_mocked_request("POST", path, headers=headers)
    answer = asyncio.run(_answer(guard, request))
    assert answer.status == status
    assert answer.keep_alive is (False if status == 401 else None)


async def _answer(guard: object, request: web.Request) -> web.StreamResponse:
    return await guard(request, handler)  # type: ignore[no-any-return, operator]


def test_without_keys_scale_is_asked_to_come_again() -> None:
    def keys() -> Sequence[SecretValue]:
        raise UnreachableError("the store does not answer")

    request = make_mocked_request("POST", "/", headers={"scale-callback-auth": KEY})
    assert asyncio.run(_answer(callback_middleware(CallbackVerifier(keys)), request)).status == 503


def test_without_aiohttp_a_person_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.setitem(sys.modules, "aiohttp.web", None)
    with pytest.raises(UsageError, match="not installed") as caught:
        callback_middleware(CallbackVerifier([SecretValue(KEY)]))
    assert caught.value.hint == "pip install aiohttp"
