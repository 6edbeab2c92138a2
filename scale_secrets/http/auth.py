"""``ScaleAuth``: one object that signs for ``requests`` and for ``httpx``, sync and async.

Invariants (SEP007): the address is judged before the key is asked for; a foreign one is refused,
not merely left unsigned; a redirect is never followed with the key, whatever its target.
Neither library is imported before it hands in a request of its own.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar, cast

from scale_secrets.http.hosts import Hosts
from scale_secrets.http.source import KeySource
from scale_secrets.keys import basic_token
from scale_secrets.separation.hosts import Origin
from scale_secrets.values import MASK, SecretValue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    import httpx
    from requests import PreparedRequest

R = TypeVar("R")

# What may be asked again after a 401. A POST may not: it could create a task, and cost money.
REPEATABLE = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))


class ScaleAuth:
    """HTTP Basic with a Scale key: ``session.auth = …`` or ``httpx.Client(auth=…)``.

    Signing raises ``SeparationError`` (SEP007) for a host that gets no key, ``KeyFormatError``
    for a key that no header can carry, and what the source raises when it has no key.
    After a 401 the source is asked once for another key; if it has one, an idempotent request
    whose body can be sent again is repeated once with it.
    """

    def __init__(self, source: KeySource, hosts: Hosts) -> None:
        self._source = source
        self._hosts = hosts

    def __repr__(self) -> str:
        return f"ScaleAuth({self.home})"

    @property
    def home(self) -> Origin:
        """The origin of the base URL."""
        return self._hosts.own

    @property
    def may_wait(self) -> bool:
        """Whether ``key_for`` and ``key_after`` may wait for a store."""
        return self._source.may_wait

    def key_for(self, address: str) -> SecretValue:
        """The key to send to this address now. May wait for the source."""
        self._hosts.require(address)
        return self._source.current()

    def key_after(self, refused: SecretValue) -> SecretValue | None:
        """Another key than the one that Scale refused, if there is one. May wait."""
        return self._source.renewed(refused)

    def __call__(self, request: R) -> R:
        """Sign a prepared request of ``requests``. Generic, since httpx types its auths so too."""
        from scale_secrets.http.for_requests import sign

        sign(cast("PreparedRequest", request), self)
        return request

    @property  # type: ignore[misc]  # read-only: nobody is to assign the class of an auth
    def __class__(self) -> type:
        """What ``isinstance`` sees: to ``httpx``, an auth of its own, whose flows it runs.

        httpx tells an auth by its class, and treats every other callable as one that signs and
        sees no answer. Inheriting would import httpx for those who use ``requests``.
        """
        return getattr(sys.modules.get("httpx"), "Auth", ScaleAuth)

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """What ``httpx.Client`` runs."""
        from scale_secrets.http.for_httpx import sync_flow

        return sync_flow(request, self)

    def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """What ``httpx.AsyncClient`` runs."""
        from scale_secrets.http.for_httpx import async_flow

        return async_flow(request, self)


class HeaderText(str):
    """What a client is given to send: text whose ``repr`` and pickle are the mask.

    Clients keep it in a request's headers, which programs print, crash reports repeat and caches
    of answers store.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return MASK

    def __reduce_ex__(self, protocol: object) -> tuple[type[str], tuple[str]]:
        return str, (MASK,)

    def __copy__(self) -> HeaderText:
        return self

    def __deepcopy__(self, memo: object) -> HeaderText:
        return self


def authorization(key: SecretValue) -> HeaderText:
    """The header's value, the same for every client. Raises ``KeyFormatError``."""
    return HeaderText(basic_token(key).reveal())


def bearer(key: SecretValue) -> HeaderText:
    """The same for Scale's API version 2, of a key that version 1 could be sent as well."""
    basic_token(key)
    return HeaderText(f"Bearer {key.reveal()}")
