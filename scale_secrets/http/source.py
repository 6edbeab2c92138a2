"""Where a client's key comes from at the moment it is sent: fixed, or kept fresh by another."""

from __future__ import annotations

from abc import ABC, abstractmethod

from scale_secrets.values import SecretValue


class KeySource(ABC):
    """Safe to call from any thread. An event loop calls from one when a source ``may_wait``."""

    may_wait = True

    @abstractmethod
    def current(self) -> SecretValue:
        """The key to send now. Raises the store's error when no key young enough can be had."""

    @abstractmethod
    def renewed(self, refused: SecretValue) -> SecretValue | None:
        """Another key than the one that was refused, asked for once; None when there is none."""


class FixedKey(KeySource):
    """A key as it was fetched: it is never another."""

    may_wait = False

    def __init__(self, key: SecretValue) -> None:
        self._key = key

    def current(self) -> SecretValue:
        return self._key

    def renewed(self, refused: SecretValue) -> SecretValue | None:
        return None
