"""Whatever spelling of a path a framework's router takes to a guarded handler, the guard watches.

The routers are the real ones. Paths are made of the pieces in which routers are known to differ.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aiohttp.web import Resource, UrlDispatcher
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Mount, Route
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from scale_secrets.callback.guard import Guard
from scale_secrets.callback.verifier import CallbackVerifier
from scale_secrets.values import SecretValue

GUARD = Guard(CallbackVerifier([SecretValue("key")]), ["/scale"])
PIECES = ["/", "//", "scale", "Scale", "SCALE", "callbacks", ".", "..", "x", "%2f", ";", "\\", " "]
paths = st.lists(st.sampled_from(PIECES), max_size=8).map(lambda parts: "/" + "".join(parts))


def _starlette(made: Route | Mount) -> Callable[[str], bool]:
    def reaches(asked: str) -> bool:
        scope = {"type": "http", "method": "POST", "path": asked, "root_path": ""}
        return made.matches(scope)[0] is not Match.NONE

    return reaches


async def _handler(request: Request) -> Response:
    return Response()


def _werkzeug(*rules: str) -> Callable[[str], bool]:
    routes = Map([Rule(rule, endpoint=rule) for rule in rules])

    def reaches(asked: str) -> bool:
        try:
            routes.bind("example.com").match(asked, method="POST")
        except HTTPException:  # not found, or sent elsewhere, to ask again
            return False
        return True

    return reaches


def _view(request: HttpRequest, rest: str = "") -> HttpResponse:
    return HttpResponse()


def _django(pattern: URLPattern) -> Callable[[str], bool]:
    return lambda asked: pattern.resolve(asked.removeprefix("/")) is not None


def _aiohttp(pattern: str) -> Callable[[str], bool]:
    resource: Resource = UrlDispatcher().add_resource(pattern)
    return lambda asked: resource._match(asked) is not None


ROUTERS: dict[str, Callable[[str], bool]] = {
    "starlette, a path": _starlette(Route("/scale/callbacks", _handler)),
    "starlette, whatever lies below": _starlette(Route("/scale/{rest:path}", _handler)),
    "starlette, an application": _starlette(Mount("/scale", Route("/callbacks", _handler))),
    "werkzeug, a path": _werkzeug("/scale/callbacks", "/scale/callbacks/"),
    "werkzeug, whatever lies below": _werkzeug("/scale/<path:rest>", "/scale"),
    "django, a path": _django(path("scale/callbacks", _view)),
    "django, whatever lies below": _django(path("scale/<path:rest>", _view)),
    "aiohttp, a path": _aiohttp("/scale/callbacks"),
    "aiohttp, whatever lies below": _aiohttp("/scale/{rest:.*}"),
}


@pytest.mark.parametrize("router", ROUTERS)
def test_every_router_leads_to_its_handler(router: str) -> None:
    assert ROUTERS[router]("/scale/callbacks")
    assert not ROUTERS[router]("/health")


@pytest.mark.parametrize("router", ROUTERS)
@given(asked=paths)
@example(asked="/scale/../health")
@example(asked="/scale//callbacks")
def test_no_router_leads_around_the_guard(router: str, asked: str) -> None:
    if ROUTERS[router](asked):
        assert GUARD.watches(asked)
