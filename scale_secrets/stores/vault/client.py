"""Requests to the server's API: token, namespace and time-out added, failures made errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import field
from typing import Any

from scale_secrets.errors import DeadlineError, UnreachableError
from scale_secrets.frozen import frozen
from scale_secrets.net.messages import Answer, Request
from scale_secrets.net.retry import retrying
from scale_secrets.net.transport import Transport
from scale_secrets.operation import Deadline, Operation
from scale_secrets.stores.vault.answers import document_of, failure
from scale_secrets.stores.vault.settings import Settings
from scale_secrets.values import SecretValue

MERGE_PATCH = "application/merge-patch+json"

# Statuses that the API itself gives with a JSON body; anything else was said by someone between.
_SPOKEN_IN_JSON = (400, 403, 404)


@frozen
class Question:
    """One request. ``doing`` begins each message, ``capability`` is what a policy must grant.

    ``expects``: statuses of 300 and above that the asker understands itself.
    """

    method: str
    path: str  # below /v1/, percent-encoded, with its query
    doing: str
    capability: str
    body: bytes | None = field(default=None, repr=False)
    expects: tuple[int, ...] = ()
    content_type: str = "application/json"


class Client:
    """``token_of`` gives the token to ask with (None: none); it is called for every request."""

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        token_of: Callable[[Operation], SecretValue | None],
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._token_of = token_of
        self._index: str | None = None  # how far the last node was; empty where none says it

    def ask(
        self, question: Question, operation: Operation, *, within: float | None = None
    ) -> Answer:
        """The answer to one attempt, within the seconds ``within`` at most.

        Raises what the status means, unless ``question.expects`` it.
        """
        asked_before = self._index is not None
        answer = self._once(question, operation, within)
        if operation.strong and self._index and not asked_before:
            answer = self._once(question, operation, within)  # now that there is what to demand
        if answer.status < 300:
            return answer
        if answer.status in question.expects:
            return answer
        error = failure(answer, doing=question.doing, capability=question.capability)
        if answer.status in _SPOKEN_IN_JSON and not isinstance(error, UnreachableError):
            document_of(answer, doing=question.doing)  # a login page's 403 is no refusal
        raise error

    def ask_again(self, question: Question, operation: Operation) -> Answer:
        """``ask``, repeated while that may help: for what may safely be done twice."""
        return retrying(
            lambda: self.ask(question, operation), operation, attempts=self._settings.attempts
        )

    def write_once(self, question: Question, operation: Operation, *, within: float) -> Answer:
        """``ask``, repeated only while the server certainly did not carry it out."""

        def attempt() -> Answer | UnreachableError:
            try:
                return self.ask(question, operation, within=within)
            except UnreachableError as error:
                if error.sent:
                    return error  # final: what becomes of it is not known
                raise

        outcome = retrying(attempt, operation, attempts=self._settings.attempts)
        if isinstance(outcome, UnreachableError):
            raise outcome
        return outcome

    def _once(self, question: Question, operation: Operation, within: float | None) -> Answer:
        token = self._token_of(operation)
        headers = self._headers(question, token)
        if operation.strong and self._index:
            from scale_secrets.stores.vault.consistency import by_the_active_node

            headers |= by_the_active_node(self._index)
        url = f"{self._settings.address}/v1/{question.path}"
        request = Request(question.method, url, headers, question.body)
        answer = self._send(request, question, operation, within)
        self._index = answer.headers.get("x-vault-index", self._index or "")
        return answer

    def _headers(self, question: Question, token: SecretValue | None) -> dict[str, str]:
        headers = {"X-Vault-Request": "true"}  # what an agent demands against forged requests
        if token is not None:
            headers["X-Vault-Token"] = token.reveal()
        if self._settings.namespace:
            headers["X-Vault-Namespace"] = self._settings.namespace
        if question.body is not None:
            headers["Content-Type"] = question.content_type
        return headers

    def _send(
        self, request: Request, question: Question, operation: Operation, within: float | None
    ) -> Answer:
        caps = [cap for cap in (within, self._settings.request_timeout) if cap is not None]
        left = operation.deadline.remaining()
        if not caps or min(caps) >= left:
            return self._transport.send(request, operation, doing=question.doing)
        capped = Operation(Deadline(min(caps)), operation.command, operation.environment)
        try:
            return self._transport.send(request, capped, doing=question.doing)
        except DeadlineError as error:
            raise UnreachableError(
                f"{question.doing}: no answer within {min(caps):.3g} s",
                hint="check the network and the server's health, or allow more with --timeout "
                "and VAULT_CLIENT_TIMEOUT",
                sent=error.sent,
                retryable=True,
            ) from None


def json_body(document: Any) -> bytes:
    return json.dumps(document).encode()


def no_token(_: Operation) -> None:
    """For questions that need no token, and must not carry one."""
