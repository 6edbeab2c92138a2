"""The local store: reads and writes one age file.

Invariants: each call reads the file anew, so it never answers from a stale copy; a write holds the
lock from reading to replacing, and is refused unless we could read the result again.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from scale_secrets.errors import DeniedError, NotFoundError, ScaleSecretsError
from scale_secrets.files import read_trusted, sweep_temporaries, wrapped, write_private
from scale_secrets.operation import Operation
from scale_secrets.stores.interface import (
    BatchReader,
    Change,
    Identified,
    Record,
    Store,
    VersionInfo,
    Writer,
)
from scale_secrets.stores.local import codec, crypt
from scale_secrets.stores.local.document import (
    Document,
    current_version,
    find,
    info,
    infos,
    with_deletion,
    written,
)
from scale_secrets.stores.local.identity import Identity, load_identities
from scale_secrets.stores.local.lock import exclusive
from scale_secrets.stores.local.places import Places, canonical_path
from scale_secrets.stores.local.recipients import load_recipients
from scale_secrets.surroundings import Surroundings


def utc_now() -> datetime:
    return datetime.now(UTC)


class LocalStore(Store, Writer, BatchReader, Identified):
    def __init__(
        self, places: Places, surroundings: Surroundings, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._places = places
        self._surroundings = surroundings
        self._now = now
        self._loaded_identities: Sequence[Identity] | None = None

    def get(self, path: str, version: str | None, operation: Operation) -> Record:
        return _record(self._read(operation), path, version)

    def get_many(
        self, requests: Sequence[tuple[str, str | None]], operation: Operation
    ) -> Sequence[Record | ScaleSecretsError]:
        document = self._read(operation)
        return [_record_or_error(document, path, version) for path, version in requests]

    def versions(self, path: str, operation: Operation) -> Sequence[VersionInfo]:
        return infos(self._read(operation).entry(canonical_path(path)))

    def list(self, prefix: str, operation: Operation) -> Sequence[str]:
        below = prefix.rstrip("/") + "/"
        paths = self._read(operation).entries
        return sorted(
            path for path in paths if not prefix or path == prefix or path.startswith(below)
        )

    def put(self, path: str, change: Change, operation: Operation) -> VersionInfo:
        canonical_path(path)
        if change.expected is None:
            # what is current as the write begins, so that a writer who comes in between is noticed
            standing = current_version(self._read_or_empty(operation), path)
            change = replace(change, expected=standing)
        document = self._update(
            lambda before: written(before, path, change, self._now()), operation
        )
        entry = document.entry(path)
        return info(entry, entry.current)

    def delete(self, path: str, operation: Operation) -> None:
        """Mark the current version deleted; ``undelete`` restores it, a write replaces it."""
        self._update(lambda before: with_deletion(before, path, deleted=True), operation)

    def undelete(self, path: str, operation: Operation) -> None:
        """Restore the current version."""
        self._update(lambda before: with_deletion(before, path, deleted=False), operation)

    def whoami(self, operation: Operation) -> Mapping[str, str]:
        operation.deadline.require(f"looking at {self._places.store}")
        facts = {
            "principal": ", ".join(one.recipient for one in self._identities()),
            "identity": str(self._places.identity),
            "file": str(self._places.store),
            "recipients": str(len(load_recipients(self._places.recipients))),
        }
        try:
            status = self._places.store.lstat()
        except OSError as error:
            raise wrapped(error, f"looking at {self._places.store}") from None
        return {
            **facts,
            "owner": str(status.st_uid),
            "mode": f"{stat.S_IMODE(status.st_mode):04o}",
        }

    def _update(self, change: Callable[[Document], Document], operation: Operation) -> Document:
        """Replace the file by what ``change`` makes of it, under the lock."""
        place = self._places.store
        operation.deadline.require(f"writing {place}")
        recipients = load_recipients(self._places.recipients)
        with exclusive(self._places.lock, operation):
            document = change(self._read_or_empty(operation))
            content = codec.dump(document)
            data = crypt.encrypt(content, recipients)
            self._require_readable(data)
            operation.deadline.require(f"writing {place}")
            sweep_temporaries(place)
            write_private(place, data)
        return document

    def _require_readable(self, data: bytes) -> None:
        """Refuse a write that would lock us out: the plainest proof is to read it."""
        try:
            crypt.decrypt(data, self._identities(), str(self._places.store))
        except DeniedError:
            ours = self._identities()[0].recipient
            raise DeniedError(
                f"{self._places.recipients} does not name us, so we could not read what we write",
                hint=f"add the line {ours}, or use the identity of one of its recipients",
            ) from None

    def _read_or_empty(self, operation: Operation) -> Document:
        try:
            return self._read(operation)
        except NotFoundError:
            if self._places.store.exists():  # something else is missing, such as the identity
                raise
            return Document()

    def _read(self, operation: Operation) -> Document:
        place = self._places.store
        operation.deadline.require(f"reading {place}")
        try:
            data = read_trusted(place, what="store", follow=False)
        except NotFoundError:
            raise NotFoundError(
                f"the store {place} does not exist",
                hint="make it with `scale-secrets init`, or by a first `scale-secrets put`",
            ) from None
        try:
            content = crypt.decrypt(data, self._identities(), str(place))
        except DeniedError as error:
            raise DeniedError(error.message, hint=self._who_may_read()) from None
        return codec.parse(content, str(place))

    def _who_may_read(self) -> str:
        ours = ", ".join(one.recipient for one in self._identities())
        try:
            theirs = ", ".join(one.text for one in load_recipients(self._places.recipients))
        except ScaleSecretsError:
            theirs = f"unknown, since {self._places.recipients} cannot be read"
        return (
            f"ours in {self._places.identity} is {ours}; the store's recipients: {theirs}; "
            "name the right identity, or let one of them add yours and write again"
        )

    def _identities(self) -> Sequence[Identity]:
        if self._loaded_identities is None:  # once: a passphrase costs a question and a second
            self._loaded_identities = load_identities(self._places.identity, self._surroundings)
        return self._loaded_identities


def _record(document: Document, path: str, version: str | None) -> Record:
    found = find(document, canonical_path(path), version)
    labels = document.entry(path).labels
    return Record(path, str(found.number), found.content, found.created, labels)


def _record_or_error(
    document: Document, path: str, version: str | None
) -> Record | ScaleSecretsError:
    try:
        return _record(document, path, version)
    except ScaleSecretsError as error:
        return error
