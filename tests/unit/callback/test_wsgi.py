"""The WSGI middleware: a refused request's body is not touched, a genuine one's arrives whole."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from scale_secrets.callback.verifier import CallbackVerifier
from scale_secrets.callback.wsgi import CallbackMiddleware
from scale_secrets.values import SecretValue

KEY = "live_auth_" + "0123456789abcdef" * 2
BODY = b'{"task_id": 1}'


class Untouchable(io.RawIOBase):
    """A body that must not be read."""

    def readinto(self, _: Any) -> int:
        raise AssertionError("the body was read")


def echo(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [environ["wsgi.input"].read(len(BODY))]


def call(
    middleware: CallbackMiddleware, body: Any, **variables: str
) -> tuple[str, dict[str, str], bytes]:
    """One request; the standard library's validator holds both sides to PEP 3333."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/cb",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "CONTENT_LENGTH": str(len(BODY)),
        "wsgi.input": body,
        **variables,
    }
    setup_testing_defaults(environ)
    answered: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        answered[:] = [status, dict(headers)]
        return answered.append

    result = validator(middleware)(environ, start_response)
    try:
        content = b"".join(result)
    finally:
        result.close()  # type: ignore[attr-defined]
    return answered[0], answered[1], content


def guarded(*paths: str) -> CallbackMiddleware:
    return CallbackMiddleware(echo, CallbackVerifier([SecretValue(KEY)]), paths=paths)


def test_a_genuine_callback_reaches_the_application_with_its_body() -> None:
    answer = call(guarded(), io.BytesIO(BODY), HTTP_SCALE_CALLBACK_AUTH=KEY)
    assert (answer[0], answer[2]) == ("200 OK", BODY)


@pytest.mark.parametrize(
    "variables", [{}, {"HTTP_SCALE_CALLBACK_AUTH": "wrong"}], ids=["missing", "wrong"]
)
def test_of_a_refused_one_the_body_is_not_read(variables: dict[str, str]) -> None:
    status, headers, content = call(guarded(), Untouchable(), **variables)
    assert (status, content) == ("401 Unauthorized", b"Unauthorized\n")
    assert headers["Content-Length"] == str(len(content))


def test_an_answer_to_head_has_no_body() -> None:
    status, _, content = call(guarded(), io.BytesIO(), REQUEST_METHOD="HEAD")
    assert (status, content) == ("401 Unauthorized", b"")


@pytest.mark.parametrize(
    ("script", "path", "status"),
    [
        ("", "/cb", "401 Unauthorized"),
        ("/api", "/cb", "401 Unauthorized"),
        ("/cb", "", "401 Unauthorized"),
        ("/cb", "/below", "401 Unauthorized"),
        ("", "/health", "200 OK"),
        ("/api", "/health", "200 OK"),
    ],
)
def test_the_path_counts_as_the_application_and_as_the_server_sees_it(
    script: str, path: str, status: str
) -> None:
    answer = call(guarded("/cb"), io.BytesIO(BODY), SCRIPT_NAME=script, PATH_INFO=path)
    assert answer[0] == status


def test_a_path_may_have_any_characters() -> None:
    path = "/rückruf".encode().decode("latin-1")  # as WSGI hands it over
    assert call(guarded("/rückruf"), Untouchable(), PATH_INFO=path)[0] == "401 Unauthorized"
    broken = "/r\xff"
    assert call(guarded("/rückruf"), io.BytesIO(BODY), PATH_INFO=broken)[0] == "200 OK"
