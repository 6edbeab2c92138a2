"""What the server's answers mean: each status as one of the project's errors. Pure.

The server's own text is never repeated: it may quote the request. It is only searched for the few
phrases that tell causes of one status apart.
"""

from __future__ import annotations

from typing import Any

from scale_secrets.errors import (
    BadAnswerError,
    ConflictError,
    DeniedError,
    NotFoundError,
    ScaleSecretsError,
    UnreachableError,
    UsageError,
)
from scale_secrets.net.messages import Answer
from scale_secrets.net.retry import ThrottledError, parse_retry_after
from scale_secrets.stores.vault.jsontext import loads

_CAS_MISMATCH = b"check-and-set parameter did not match"
_CAS_REQUIRED = b"check-and-set parameter required"
_PLAIN_TO_TLS = b"HTTP request to an HTTPS server"


def data_of(answer: Answer, *, doing: str) -> dict[str, Any]:
    """The ``data`` member of a good answer. Raises ``BadAnswerError`` when there is none."""
    data: dict[str, Any] = member(document_of(answer, doing=doing), "data", dict, doing=doing)
    return data


def document_of(answer: Answer, *, doing: str) -> dict[str, Any]:
    document = loads(answer.body, doing=doing)
    if not isinstance(document, dict):
        raise unexpected(doing)
    return document


def member(table: dict[str, Any], name: str, kind: type, *, doing: str) -> Any:
    """A member of the type that the API documents; never a ``KeyError``."""
    value = table.get(name)
    if not isinstance(value, kind):
        raise unexpected(doing)
    return value


def unexpected(doing: str) -> BadAnswerError:
    return BadAnswerError(
        f"{doing}: the answer is not what the Vault API promises",
        hint="check that the address is a Vault or OpenBao server's",
        sent=True,
    )


def failure(answer: Answer, *, doing: str, capability: str) -> ScaleSecretsError:
    """The error that a status of 300 or more means.

    ``capability``: what the policy must grant, such as ``read on secret/data/a``.
    """
    status = answer.status
    if status == 403:
        return DeniedError(
            f"{doing}: permission denied",
            hint=f"the token has expired or is unknown, or its policy lacks {capability}: "
            "the server does not tell these apart",
        )
    if status == 404:
        return NotFoundError(f"{doing}: not found", hint="check path and mount")
    if status == 429:
        return ThrottledError(
            f"{doing}: the server asks for fewer requests (status 429)",
            hint="try again later, or raise the rate quota",
            retry_after=parse_retry_after(answer.headers.get("retry-after")),
        )
    if 300 <= status < 400:
        return _redirected(doing)
    if status == 503:
        return _unavailable(answer, doing)
    if status >= 500 or status in (412, 472, 473):
        return UnreachableError(
            f"{doing}: the server failed (status {status})",
            hint="see the server's log; ask again when it is healthy",
            sent=True,
            retryable=True,
        )
    return _refused(answer, doing)


def _redirected(doing: str) -> UnreachableError:
    """A standby during an election answers so, and will soon forward by itself."""
    return UnreachableError(
        f"{doing}: the server redirects elsewhere, where no token is sent",
        hint="name the active server's address, or allow the standbys to forward requests",
        retryable=True,
    )


def _unavailable(answer: Answer, doing: str) -> UnreachableError:
    if b"sealed" in answer.body.lower():
        return UnreachableError(
            f"{doing}: the server is sealed", hint="unseal it: bao operator unseal"
        )
    return UnreachableError(
        f"{doing}: the server is not available (status 503)",
        hint="it may be starting or changing its leader: try again",
        sent=True,
        retryable=True,
    )


def _refused(answer: Answer, doing: str) -> ScaleSecretsError:
    if _CAS_MISMATCH in answer.body or _CAS_REQUIRED in answer.body:
        return ConflictError(
            f"{doing}: another writer came first", hint="read the secret again and repeat"
        )
    if _PLAIN_TO_TLS in answer.body:
        return UnreachableError(
            f"{doing}: the server speaks TLS on this port", hint="write https:// in the address"
        )
    return UsageError(
        f"{doing}: the server refused the request as wrong (status {answer.status})",
        hint="the server's log or audit log says why",
    )
