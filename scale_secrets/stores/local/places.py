"""Where a local store's files are, from its settings and the surroundings. Pure: reads no file."""

from __future__ import annotations

import os
from pathlib import Path

from scale_secrets.errors import UsageError
from scale_secrets.frozen import frozen
from scale_secrets.model import StoreSpec
from scale_secrets.surroundings import Surroundings

DEFAULT_PATH = ".scale-secrets/store.age"
IDENTITY_VARIABLE = "SCALE_SECRETS_IDENTITY"


@frozen
class Places:
    """Absolute paths. ``name`` is the store's, for messages."""

    name: str
    store: Path
    identity: Path
    recipients: Path

    @property
    def lock(self) -> Path:
        return beside(self.store, ".lock")


def places(spec: StoreSpec, surroundings: Surroundings) -> Places:
    """Raises ``UsageError`` for a setting that is no text."""
    base = spec.directory or surroundings.cwd
    store = _setting(spec, "path", base, surroundings) or absolute(Path(DEFAULT_PATH), base)
    return Places(
        spec.name,
        store,
        _setting(spec, "identity", base, surroundings) or default_identity(surroundings),
        _setting(spec, "recipients", base, surroundings) or default_recipients(store),
    )


def default_identity(surroundings: Surroundings) -> Path:
    """The identity file where no setting names one: the variable's, else the user's own."""
    named = surroundings.environ.get(IDENTITY_VARIABLE, "")
    if named:
        return absolute(_expanded(named, surroundings), surroundings.cwd)
    return surroundings.config_directory / "identity.txt"


def default_recipients(store: Path) -> Path:
    return beside(store, ".recipients")


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def absolute(path: Path, base: Path) -> Path:
    """``path`` below ``base``, without ``..``, so that equal places compare equal."""
    return Path(os.path.normpath(base / path))


def canonical_path(path: str) -> str:
    """The path of a secret, as it stands. Raises ``UsageError`` for one with several spellings."""
    if any(part in ("", ".", "..") for part in path.split("/")) or not path.isprintable():
        raise UsageError(
            "the path of a secret in a local store has an empty, '.' or '..' part, or a control "
            "character",
            hint="for example scale/live/api-key",
        )
    return path


def _setting(spec: StoreSpec, name: str, base: Path, surroundings: Surroundings) -> Path | None:
    value = spec.settings.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise UsageError(f"store {spec.name!r}: {name} is not a file's path")
    return absolute(_expanded(value, surroundings), base)


def _expanded(text: str, surroundings: Surroundings) -> Path:
    """``~/`` is the home directory, the only expansion there is."""
    return surroundings.home / text[2:] if text.startswith("~/") else Path(text)
