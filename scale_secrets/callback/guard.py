"""What every middleware does before the application sees a request: which paths, which answer.

Invariants: the decision needs the request's head alone, so a refused body is never read; an
answer tells neither a key nor which rule was broken, and the log tells the rule alone.
"""

from __future__ import annotations

import logging
import posixpath
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scale_secrets.callback.headers import Headers
from scale_secrets.callback.verifier import CallbackVerifier
from scale_secrets.errors import CallbackRefused, ScaleSecretsError, UsageError

_log = logging.getLogger("scale_secrets")


@dataclass(frozen=True, slots=True)
class Answer:
    """``headers``: without those of the connection, which are the server's."""

    status: int
    phrase: str
    headers: Mapping[str, str]

    @property
    def body(self) -> bytes:
        return f"{self.phrase}\n".encode()


def _answer(status: int, phrase: str, name: str, value: str) -> Answer:
    body = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(phrase) + 1)}
    return Answer(status, phrase, MappingProxyType({**body, name: value}))


# A 401 names a way to authenticate (RFC 9110 section 11.6.1); no registered one fits.
UNAUTHORIZED = _answer(401, "Unauthorized", "WWW-Authenticate", "ScaleCallbackAuth")
# It may well be Scale's: whatever is no 2xx is sent again, up to 20 times in 24 hours.
UNAVAILABLE = _answer(503, "Service Unavailable", "Retry-After", "60")


class Guard:
    """``paths``: what is guarded, and whatever lies below; empty means everything.

    Raises ``UsageError`` for a path that does not begin with a slash.
    """

    def __init__(self, verifier: CallbackVerifier, paths: Collection[str] = ()) -> None:
        if not all(path.startswith("/") for path in paths):
            raise UsageError(
                "the guarded paths are a list, and each begins with a slash",
                hint='for example paths=["/scale/callbacks"]',
            )
        self.verifier = verifier
        self._paths = tuple(_folded(path) for path in paths)

    def watches(self, *paths: str) -> bool:
        """Whether one of the forms of a request's path is guarded.

        Routers differ in what they take for the same path, and one that is guarded without need
        costs less than one that is not: case, repeated and final slashes and dots do not count.
        """
        if not self._paths:
            return True
        forms = {form for path in paths for form in (_folded(path), _resolved(path))}
        return any(
            form == one or form.startswith(one.rstrip("/") + "/")
            for form in forms
            for one in self._paths
        )

    def refusal(self, headers: Headers) -> Answer | None:
        """The answer in the application's place; None when the request is Scale's. May wait."""
        try:
            self.verifier.verify(headers)
        except CallbackRefused as refused:
            _log.warning("%s", refused.message)
            return UNAUTHORIZED
        except ScaleSecretsError as error:
            _log.error("callback not judged: %s", error.message)
            return UNAVAILABLE
        return None

    async def refusal_async(self, headers: Headers) -> Answer | None:
        """The same without holding up the event loop of asyncio."""
        if not self.verifier.may_wait:
            return self.refusal(headers)
        from asyncio import to_thread

        return await to_thread(self.refusal, headers)


def _folded(path: str) -> str:
    while "//" in path:
        path = path.replace("//", "/")
    return path.casefold().rstrip("/") or "/"


def _resolved(path: str) -> str:
    return posixpath.normpath(_folded(path))
