"""Kind ``local``: the embedded default, one age file with versions and stages inside.

Settings: ``path`` (default ``.scale-secrets/store.age``), ``identity`` (default: the file that
``SCALE_SECRETS_IDENTITY`` names, else ``identity.txt`` of the user's configuration), ``recipients``
(default: the store's path with ``.recipients`` appended). Relative paths begin where the store is
configured. Anyone with an identity of a recipient can read the file with ``age -d -i``.
"""

from __future__ import annotations

from collections.abc import Callable
from os.path import realpath

from scale_secrets.model import Container, StoreSpec
from scale_secrets.stores.interface import Store
from scale_secrets.stores.local.places import canonical_path, places
from scale_secrets.surroundings import Surroundings


def containers(spec: StoreSpec, surroundings: Surroundings) -> Callable[[str], Container]:
    """Told apart by the store's file, whatever symbolic links lead there."""
    file = realpath(places(spec, surroundings).store)
    return lambda path: Container("local", file, canonical_path(path))


def open(spec: StoreSpec, surroundings: Surroundings) -> Store:  # noqa: A001 - the kinds' common name
    """Make the store ready. Reads no file yet."""
    from scale_secrets.stores.local.store import LocalStore

    return LocalStore(places(spec, surroundings), surroundings)
