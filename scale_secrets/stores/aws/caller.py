"""Calls to AWS: clients made when needed, each call under its operation's deadline.

Invariants: what leaves this module is an answer or one of the project's errors, with no foreign
error behind it; a question is repeated while that may help, a command only when it surely was not
carried out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from botocore import xform_name
from botocore.client import BaseClient
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.parsers import ResponseParserError

from scale_secrets.errors import DeadlineError, ScaleSecretsError, UnreachableError
from scale_secrets.net.retry import retrying
from scale_secrets.net.transport import Transport
from scale_secrets.operation import Operation
from scale_secrets.stores.aws.faults import from_botocore, from_client_error
from scale_secrets.stores.aws.reading import Answer
from scale_secrets.stores.aws.session import (
    keep_quiet,
    make_session,
    prepare,
    tls_of,
    within,
)
from scale_secrets.stores.aws.settings import Settings, sts_endpoint
from scale_secrets.stores.aws.wire import Wire, asking
from scale_secrets.surroundings import Surroundings

T = TypeVar("T")

# Beside its own errors, botocore lets out what files, processes and odd answers make it trip on.
_FOREIGN = (BotoCoreError, ResponseParserError, ValueError, LookupError, TypeError, OSError)


class Caller:
    """One store's way to AWS. ``place`` begins every message."""

    def __init__(self, name: str, settings: Settings, surroundings: Surroundings) -> None:
        self.place = f'store "{name}"'
        self._settings = settings
        self._surroundings = surroundings
        self._session = make_session(settings, surroundings, Wire(self._transport))
        self._sender: Transport | None = None
        self._credentials: Credentials | None = None
        self._prepared = False
        self._clients: dict[tuple[str, str], BaseClient] = {}
        # botocore makes clients in one thread at a time, and may send a request for one.
        self._lock = threading.RLock()

    def ask(
        self, action: str, operation: Operation, *, about: str = "", region: str = "", **asked: Any
    ) -> Answer:
        """The answer to a question, which may safely be put twice.

        ``action``: an IAM action such as ``secretsmanager:GetSecretValue``. ``about``: the secret,
        for messages. ``region``: other than the store's own.
        """
        return retrying(
            lambda: self._call(action, operation, about, region, asked),
            operation,
        )

    def tell(
        self, action: str, operation: Operation, *, about: str, region: str = "", **told: Any
    ) -> Answer:
        """The answer to a command. An error that is ``sent`` leaves open whether it was done."""

        def once() -> Answer:
            try:
                return self._call(action, operation, about, region, told)
            except UnreachableError as error:
                error.retryable = error.retryable and not error.sent
                raise

        return retrying(once, operation)

    def region(self, operation: Operation) -> str:
        """The region that counts for this store. Raises ``UsageError`` when there is none."""
        client = self._translated(
            lambda: self._client("secretsmanager", "", operation, self.place), self.place
        )
        return str(client.meta.region_name)

    @property
    def source(self) -> str:
        """Where the credentials came from, in botocore's words; empty before the first call."""
        return str(getattr(self._credentials, "method", ""))

    def close(self) -> None:
        if self._sender is not None:
            self._sender.close()

    def _call(
        self, action: str, operation: Operation, about: str, region: str, parameters: Answer
    ) -> Answer:
        service, _, name = action.partition(":")
        place = f"{self.place}: {about}" if about else self.place
        client = self._translated(lambda: self._client(service, region, operation, place), place)
        method = getattr(client, xform_name(name))

        def call() -> Answer:
            with asking(operation, place):
                answer: Answer = method(**parameters)
                return answer

        return self._translated(call, place, action, str(client.meta.region_name))

    def _translated(
        self, call: Callable[[], T], place: str, action: str = "sts:AssumeRole", region: str = ""
    ) -> T:
        """``call()``, with foreign errors told in the project's words."""
        failure: ScaleSecretsError
        try:
            return call()
        except ClientError as error:
            failure = from_client_error(error, place=place, action=action, region=region)
        except _FOREIGN as error:
            failure = from_botocore(error, place=place)
        raise failure  # outside of the handler, so that no foreign error stands behind it

    def _client(self, service: str, region: str, operation: Operation, place: str) -> BaseClient:
        keep_quiet()
        self._ready_credentials(operation, place)
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._make_client(service, region)
            return self._clients[service, region]

    def _make_client(self, service: str, region: str) -> BaseClient:
        endpoint = (
            self._settings.endpoint
            if service == "secretsmanager"
            else sts_endpoint(self._surroundings.environ)
        )
        return self._session.create_client(
            service, region_name=region or self._settings.region, endpoint_url=endpoint
        )

    def _ready_credentials(self, operation: Operation, place: str) -> None:
        """Find the credentials, or renew those that are about to expire."""
        known = self._credentials
        if known is not None and not getattr(known, "refresh_needed", bool)():
            return
        doing = f"{place}: looking for AWS credentials"
        try:
            with asking(operation, doing):
                self._credentials = within(self._find_credentials, operation, doing=doing)
        except DeadlineError as error:
            error.sent = False  # the call itself has not begun
            raise

    def _find_credentials(self) -> Credentials:
        with self._lock:
            if not self._prepared:
                prepare(self._session, self._settings, self._surroundings)
                self._prepared = True
        found = self._session.get_credentials()
        if found is None:
            raise NoCredentialsError
        found.get_frozen_credentials()
        return found

    def _transport(self) -> Transport:
        with self._lock:
            if self._sender is None:
                self._sender = Transport(tls_of(self._session), self._surroundings.environ)
            return self._sender
