"""Signing a request of ``requests``, and what its answer does to the signature.

``requests`` keeps the Authorization header on a redirect within one host and port, and its
sessions may be taught to keep it anywhere. So the header is taken off the request as soon as the
answer is a redirect: what is copied from it is sent without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scale_secrets.http.auth import REPEATABLE, authorization
from scale_secrets.values import SecretValue

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

    from scale_secrets.http.auth import ScaleAuth

_HEADER = "Authorization"


def sign(request: PreparedRequest, auth: ScaleAuth) -> None:
    """Attach the header, and a hook that sees the answer before any redirect is followed."""
    key = auth.key_for(request.url or "")
    request.headers[_HEADER] = authorization(key)

    def answered(response: Response, **how: Any) -> Response:
        return _answered(response, auth, key, how)

    request.register_hook("response", answered)


def _answered(
    response: Response, auth: ScaleAuth, key: SecretValue, how: dict[str, Any]
) -> Response:
    """``how``: what the session gave its adapter; a repetition is sent in the same way."""
    if response.status_code == 401:
        response = _again(response, auth, key, how)
    if response.is_redirect:
        response.request.headers.pop(_HEADER, None)
    return response


def _again(
    response: Response, auth: ScaleAuth, refused: SecretValue, how: dict[str, Any]
) -> Response:
    """The answer to a repetition with another key, or the same answer when there is none."""
    request = response.request
    if request.headers.get(_HEADER) != authorization(refused):
        return response  # what was refused is not our key: a redirect was followed without it
    key = auth.key_after(refused)
    adapter = getattr(response, "connection", None)  # set by the adapters of requests itself
    body_is_whole = isinstance(request.body, str | bytes | None)  # and not a stream, read by now
    if key is None or adapter is None or request.method not in REPEATABLE or not body_is_whole:
        return response
    response.close()
    request.headers[_HEADER] = authorization(key)
    repeated: Response = adapter.send(request, **how)
    repeated.history.append(response)
    return repeated
