"""Vault and OpenBao: the KV engine, versions 1 and 2, by its HTTP API.

KV version 1 has no compare-and-swap, so two writers could not be kept apart: it is read only.
A pending version is the sibling path ``PATH.pending``, since KV has no staging labels.

This module stays cheap: what opening a store needs is imported when one is opened, and hvac only
by a login.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scale_secrets.model import Container, StoreSpec
from scale_secrets.surroundings import Surroundings

if TYPE_CHECKING:
    from scale_secrets.stores.vault.store import VaultStore


def containers(spec: StoreSpec, surroundings: Surroundings) -> Callable[[str], Container]:
    """Address, and namespace, mount and path in one: the server itself joins the three."""
    from scale_secrets.stores.vault.paths import clean_path, joined
    from scale_secrets.stores.vault.settings import settings_of
    from scale_secrets.surroundings import canonical_address

    settings = settings_of(spec, surroundings.environ)
    address = canonical_address(settings.address)

    def container(path: str) -> Container:
        place = joined(settings.namespace, settings.mount, clean_path(path, spec.name))
        return Container("vault", address, place)

    return container


def open(spec: StoreSpec, surroundings: Surroundings) -> VaultStore:  # noqa: A001 - the Kind's name
    """Ready to be asked; the mount, and a token, are sought at the first question.

    Raises ``TrustError`` when only a manifest names the address, ``UsageError`` for bad settings.
    """
    from scale_secrets.stores.vault.opening import open_store

    return open_store(spec, surroundings)
