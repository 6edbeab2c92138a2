"""The store's token: found or gained at the first question, kept, and given back at the end.

Methods are tried in order. One that lacks its ingredients is passed over, with its reason kept;
one that had them and was refused ends the search: trying another identity would hide the error.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from scale_secrets.errors import DeniedError, ScaleSecretsError, UsageError
from scale_secrets.net.messages import Request
from scale_secrets.net.transport import Transport
from scale_secrets.operation import Operation, operation
from scale_secrets.stores.vault.auth.context import Context, Gained, MissingError, Options
from scale_secrets.stores.vault.settings import Settings
from scale_secrets.surroundings import Surroundings
from scale_secrets.values import SecretValue

_REVOKING = 5.0  # seconds for giving a token back: a courtesy, which must not hold up the end


class Session:
    def __init__(
        self, settings: Settings, surroundings: Surroundings, transport: Transport
    ) -> None:
        self._settings = settings
        self._surroundings = surroundings
        self._transport = transport
        self._lock = threading.Lock()
        self._gained: Gained | None = None
        self._process = 0

    def token(self, during: Operation) -> SecretValue:
        """Raises ``DeniedError`` when no method applies, or one was refused."""
        with self._lock:
            if self._gained is None:
                self._gained = self._log_in(during)
                self._process = os.getpid()
            return self._gained.token

    def close(self) -> None:
        """Revoke a token gained by login, unless a parent process gained it. Never raises."""
        gained, self._gained = self._gained, None
        if gained is None or not gained.by_login or self._process != os.getpid():
            return
        headers = {"X-Vault-Token": gained.token.reveal(), "X-Vault-Request": "true"}
        if self._settings.namespace:
            headers["X-Vault-Namespace"] = self._settings.namespace
        url = f"{self._settings.address}/v1/auth/token/revoke-self"
        try:
            self._transport.send(
                Request("POST", url, headers),
                operation(_REVOKING, command="logout"),
                doing="revoke the token",
            )
        except ScaleSecretsError:
            return  # it will expire by itself

    def _log_in(self, during: Operation) -> Gained:
        from scale_secrets.stores.vault.auth.methods import METHODS

        context = Context(self._settings, self._surroundings, self._transport, during)
        reasons = []
        for table in self._tables():
            name = str(table["method"])
            if name not in METHODS:
                raise UsageError(
                    f'store "{self._settings.store}": unknown auth method {name}',
                    hint=f"one of: {', '.join(METHODS)}",
                )
            try:
                return METHODS[name](Options(name, table, self._settings), context)
            except MissingError as missing:
                reasons.append(f"{name}: {missing}")
        raise DeniedError(
            f'store "{self._settings.store}": no auth method applies here ({"; ".join(reasons)})',
            hint="provide what one of them lacks, or name another method under auth",
        )

    def _tables(self) -> Sequence[Mapping[str, Any]]:
        """What to try: all that is configured, or the user's choice among it."""
        choice = self._settings.auth_method
        configured = self._settings.auth
        if not configured:
            return ({"method": choice or "token"},)
        if choice is None:
            return configured
        chosen = [table for table in configured if table["method"] == choice]
        if not chosen:
            raise UsageError(
                f'store "{self._settings.store}": auth method {choice} is not configured',
                hint=f"configured: {', '.join(str(table['method']) for table in configured)}",
            )
        return chosen
