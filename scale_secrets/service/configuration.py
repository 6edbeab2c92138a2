"""Reading the manifest and the user's own configuration, and refusing those nobody can trust.

A manifest decides where keys are read from. One that another user could have written is not read
at all, and looking for one never leaves the repository or the home directory.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scale_secrets.errors import ManifestError, UsageError
from scale_secrets.files import writable_by_others
from scale_secrets.frozen import frozen
from scale_secrets.model import Manifest, Origin
from scale_secrets.surroundings import Surroundings, canonical_address
from scale_secrets.validation.manifest import MANIFEST_NAME, parse_manifest, store_spec
from scale_secrets.validation.schema import require_valid, shipped_schema, shipped_violations

MANIFEST_VARIABLE = "SCALE_SECRETS_MANIFEST"
TRUSTED_FILE = "trusted"  # one address a line, beside config.toml
_MAX_BYTES = 1 << 20


@frozen
class UserConfig:
    """The user's own: stores in ``config.toml``, and the addresses in ``trusted`` beside it."""

    path: Path
    trusted: frozenset[str] = frozenset()
    stores: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))


def find_manifest(named: Path | None, surroundings: Surroundings) -> Path | None:
    """The manifest's path: ``named``, else the variable's, else the first one upward.

    Upward ends at the repository's root (a directory with ``.git``) or the home directory; from a
    directory that is under neither, only that directory is looked at.
    """
    explicit = named or (
        Path(surroundings.environ[MANIFEST_VARIABLE])
        if surroundings.environ.get(MANIFEST_VARIABLE)
        else None
    )
    if explicit:
        return surroundings.cwd / explicit
    for directory in _upward(surroundings):
        candidate = directory / MANIFEST_NAME
        if candidate.is_file() or candidate.is_symlink():
            return candidate
    return None


def _upward(surroundings: Surroundings) -> list[Path]:
    here = surroundings.cwd
    chain = [here, *here.parents]
    homes = (surroundings.home, surroundings.home.resolve())  # HOME may lead through a link
    for index, directory in enumerate(chain):
        if (directory / ".git").exists() or directory in homes:
            return chain[: index + 1]
    return [here]


def read_manifest(path: Path, config: UserConfig) -> Manifest:
    """Read, check and parse a file. Raises ``ManifestError``."""
    return with_overrides(_toml(path), path.absolute(), config)


def with_overrides(document: Mapping[str, Any], path: Path | None, config: UserConfig) -> Manifest:
    """Parse a manifest with the stores of the user's own configuration over its own."""
    return parse_manifest(
        document, path=path, overrides=config.stores, override_directory=config.path.parent
    )


def own_stores(config: UserConfig) -> Manifest:
    """What stands in for a manifest where there is none: the user's own stores."""
    stores = {
        name: store_spec(name, table, Origin.USER, config.path.parent)
        for name, table in config.stores.items()
    }
    return Manifest("", MappingProxyType(stores), MappingProxyType({}))


def read_user_config(surroundings: Surroundings) -> UserConfig:
    """The user's configuration; empty when there is none. Raises ``ManifestError``."""
    directory = surroundings.config_directory
    path = directory / "config.toml"
    document = _toml(path) if path.exists() else {}
    if set(document) - {"stores"}:
        raise ManifestError(
            f"{path}: only [stores.NAME] may stand here",
            hint="modes, guards and secrets belong to the manifest",
        )
    stores = document.get("stores", {})
    schema = shipped_schema("manifest")
    broken = shipped_violations(
        stores, {"$defs": schema["$defs"], **schema["properties"]["stores"]}
    )
    if broken:
        raise ManifestError(f"{path}: stores.{broken[0].path} {broken[0].rule}")
    return UserConfig(path, _read_trusted(directory / TRUSTED_FILE), MappingProxyType(stores))


def _read_trusted(path: Path) -> frozenset[str]:
    if not path.exists():
        return frozenset()
    lines = (line.partition("#")[0].strip() for line in _text(path).splitlines())
    return frozenset(canonical_address(line) for line in lines if line)


def with_config(surroundings: Surroundings, config: UserConfig) -> Surroundings:
    """The surroundings with the addresses that the user's configuration trusts."""
    return replace(surroundings, trusted=surroundings.trusted | config.trusted)


def trust(address: str, config: UserConfig) -> str:
    """Add an address to the user's trusted ones; returns its canonical form."""
    from scale_secrets.files import write_private

    canonical = canonical_address(address)
    if canonical not in config.trusted:
        directory = config.path.parent
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = directory / TRUSTED_FILE
        before = _read(path) if path.exists() else b""
        separator = b"" if not before or before.endswith(b"\n") else b"\n"
        write_private(path, before + separator + canonical.encode() + b"\n")
    return canonical


def read_own_schema(path: Path) -> Mapping[str, Any]:
    """A user's JSON Schema. Raises ``UsageError`` that names the file."""
    import json

    try:
        schema = json.loads(path.read_bytes())
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise UsageError(f"{path}: {reason}", hint="schema = … names it") from None
    except ValueError:
        raise UsageError(f"{path}: is not JSON", hint="schema = … names it") from None
    if not isinstance(schema, dict):
        raise UsageError(f"{path}: a JSON Schema is an object", hint="schema = … names it")
    require_valid(schema, place=str(path))
    return schema


def _toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        # tomllib's messages may repeat a character or a key: only the place is kept.
        where = str(error).rpartition("(at ")[2].rstrip(")")
        raise ManifestError(
            f"{path}: is not valid TOML at {where}", hint="strings stand in quotes"
        ) from None


def _text(path: Path) -> str:
    try:
        return _read(path).decode()
    except UnicodeDecodeError:
        raise ManifestError(f"{path}: is not UTF-8", hint="save it as UTF-8") from None


def _read(path: Path) -> bytes:
    """The bytes of a file that only its reader or root could have written."""
    try:  # without waiting, should it be a pipe that nobody writes to
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise ManifestError(
            f"{path}: {(error.strerror or 'cannot be read').lower()}",
            hint="scale-secrets init writes a manifest; --manifest names another",
        ) from None
    try:
        _require_ours(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(_MAX_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(data) > _MAX_BYTES:
        raise ManifestError(f"{path}: is larger than 1 MiB", hint="is this the right file?")
    return data


def _require_ours(path: Path, status: os.stat_result) -> None:
    """Refuse a file that somebody else could have written, as the state is at this moment."""
    own = {0, os.geteuid()}
    if not stat.S_ISREG(status.st_mode):
        raise ManifestError(f"{path}: is not a regular file")
    if status.st_uid not in own:
        raise ManifestError(
            f"{path}: belongs to another user (uid {status.st_uid})",
            hint="chown it to yourself once you have read it",
        )
    parent = path.absolute().parent.stat()
    sticky = bool(parent.st_mode & stat.S_ISVTX)
    if writable_by_others(status) or (writable_by_others(parent) and not sticky):
        what = path if writable_by_others(status) else path.absolute().parent
        raise ManifestError(
            f"{what}: can be written by others", hint=f"chmod go-w {what}, and read it again"
        )
    if parent.st_uid not in own and not sticky:
        raise ManifestError(
            f"{path.absolute().parent}: belongs to another user (uid {parent.st_uid})",
            hint="keep the manifest in a directory of your own",
        )
