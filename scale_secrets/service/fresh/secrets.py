"""``FreshSecrets``: what a program holds of an environment whose values are kept fresh."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

from scale_secrets.http.auth import ScaleAuth
from scale_secrets.http.hosts import Hosts
from scale_secrets.service.application import (
    SDK_TIMEOUT,
    Secrets,
    made_client,
    require_api_key,
    require_callback_key,
)
from scale_secrets.service.fresh.hooks import Hook
from scale_secrets.service.fresh.keeper import Keeper
from scale_secrets.service.fresh.key import FreshKey
from scale_secrets.service.fresh.snapshot import Snapshot
from scale_secrets.service.naming import only_api_key
from scale_secrets.values import SecretValue

if TYPE_CHECKING:
    from scale_secrets.callback.verifier import CallbackVerifier
    from scale_secrets.http.sdk import ScaleClient


@dataclass(frozen=True, slots=True)
class FreshValue:
    """A secret as it was read last: a value and its version that belong together.

    It does not change any more; ask ``FreshSecrets`` again for what is held then. ``created``: of
    this version, where the store tells it.
    """

    name: str
    value: SecretValue
    version: str
    created: datetime | None
    _began: float = field(repr=False)
    _owner: FreshSecrets = field(repr=False, compare=False)

    def age(self) -> float:
        """Seconds since the store was asked for it; up to ``max_age`` while it is given out."""
        return self._owner.seconds_since(self._began)

    @property
    def auth(self) -> ScaleAuth:
        """For ``requests`` and ``httpx``, with the value that is held when a request is signed.

        Raises ``UsageError`` for what is no API key.
        """
        return self._owner.auth_of(self.name)


class FreshSecrets(Mapping[str, FreshValue]):
    """``fresh.api_key`` and ``fresh["name"]``: the newest value, never older than ``max_age``.

    Safe for threads, and across ``fork``. Every access raises the store's last error when nothing
    young enough can be had, and ``UsageError`` after ``close``.
    """

    def __init__(self, keeper: Keeper, first: Secrets) -> None:
        self._keeper = keeper
        self.environments = first.environments
        self.mode = first.mode
        self.base_url = first.base_url
        # Also at the interpreter's end, so that a token is given back.
        self._finalizer = weakref.finalize(self, keeper.close)

    def __enter__(self) -> FreshSecrets:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"FreshSecrets({'+'.join(self.environments)}, mode {self.mode})"

    def __getitem__(self, name: str) -> FreshValue:
        return self._value(self._keeper.held(), name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __getattr__(self, name: str) -> FreshValue:
        if name.startswith("_"):
            raise AttributeError(name)
        snapshot = self._keeper.held()
        if name not in snapshot.secrets:
            raise AttributeError(f"{self!r} holds no secret named {name!r}")
        return self._value(snapshot, name)

    @property
    def config(self) -> Mapping[str, str]:
        """What is not secret, by variable."""
        return self._held.config

    @property
    def auth(self) -> ScaleAuth:
        """That of ``api_key``, or of the only API key, whatever value it has when it is sent.

        On a 401 the store is asked at once, and where that brings another key, an idempotent
        request is repeated once with it.
        """
        specs = {name: secret.spec for name, secret in self._held.secrets.items()}
        return self.auth_of(only_api_key(specs, "+".join(self.environments)))

    def auth_of(self, name: str) -> ScaleAuth:
        """That of an API key by its name. Raises ``UsageError`` for another kind of secret."""
        require_api_key(self._held[name])
        return ScaleAuth(FreshKey(self._keeper, name, self), Hosts.of(self.base_url))

    @cached_property
    def callbacks(self) -> CallbackVerifier:
        """One verifier, whose accepted keys are those that are held when a callback comes in."""
        from scale_secrets.callback.verifier import CallbackVerifier

        require_callback_key(self._held)
        return CallbackVerifier(self._accepted)

    def scale_client(
        self,
        timeout: float = SDK_TIMEOUT,
        *,
        verify: str | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> ScaleClient:
        """The official SDK's client, as ``Secrets.scale_client`` makes it, for ``auth``."""
        return made_client(self.auth, self.base_url, timeout, verify=verify, proxies=proxies)

    def on_change(self, hook: Hook) -> Hook:
        """Call ``hook(name, old_version, new_version)`` once for each secret with a new value.

        In a thread of its own, one at a time; a version is None where the secret is not there.
        What it raises is logged by its type, and nothing else comes of it. Can decorate.
        """
        self._keeper.hooks.add(hook)
        return hook

    def refresh(self) -> None:
        """Ask the stores now, and return when that is done. Raises their error."""
        self._keeper.renew()

    async def refresh_async(self) -> None:
        """``refresh`` for asyncio."""
        from scale_secrets.service.background import in_a_thread

        await in_a_thread(self.refresh)

    def seconds_since(self, moment: float) -> float:
        """By the clock that ages are told by."""
        return self._keeper.now() - moment

    def close(self) -> None:
        """End the refreshing and give back what the stores hold. Safe to call twice."""
        self._finalizer()

    @property
    def _held(self) -> Secrets:
        return self._keeper.held().secrets

    def _accepted(self) -> Sequence[SecretValue]:
        return self._held.accepted

    def _value(self, snapshot: Snapshot, name: str) -> FreshValue:
        secret = snapshot.secrets[name]
        return FreshValue(name, secret.value, secret.version, secret.created, snapshot.began, self)
