"""What a local store holds, as data, and how a write changes it. Pure: no file, no clock.

Invariants of an entry: it has at least one version; version numbers rise and are never used twice;
``current`` always names one of the versions, the other stages do or are absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from types import MappingProxyType

from scale_secrets.errors import ConflictError, NotFoundError, SoftDeletedError, UsageError
from scale_secrets.frozen import frozen
from scale_secrets.model import Stage
from scale_secrets.stores.interface import ABSENT, Change, Content, VersionInfo

KEPT_VERSIONS = 20  # of one entry; a version that holds a stage is kept in any case


@frozen
class Version:
    number: int
    created: datetime
    content: Content
    deleted: bool = False


@frozen
class Entry:
    """One container: its versions, oldest first, and what points to them."""

    versions: tuple[Version, ...]
    stages: Mapping[Stage, int]
    labels: Mapping[str, str]

    @property
    def current(self) -> Version:
        return next(one for one in self.versions if one.number == self.stages[Stage.CURRENT])


@frozen
class Document:
    """The whole store: entries by path."""

    entries: Mapping[str, Entry] = field(default_factory=lambda: MappingProxyType({}))

    def entry(self, path: str) -> Entry:
        if path not in self.entries:
            raise NotFoundError(
                f"{path}: no such secret",
                hint="see `scale-secrets list`, or write it with `scale-secrets put`",
            )
        return self.entries[path]

    def with_entry(self, path: str, entry: Entry) -> Document:
        return Document(MappingProxyType({**self.entries, path: entry}))


def current_version(document: Document, path: str) -> str:
    """What an unnamed expectation expects: the current version, or ``ABSENT``."""
    entry = document.entries.get(path)
    return ABSENT if entry is None else str(entry.current.number)


def find(document: Document, path: str, version: str | None) -> Version:
    """The version that a number or stage (None: current) names.

    Raises ``NotFoundError``, or ``SoftDeletedError`` for a deleted version.
    """
    entry = document.entry(path)
    wanted = version or Stage.CURRENT.value
    if wanted in Stage.__members__.values():
        number = str(entry.stages.get(Stage(wanted), ""))
    else:
        number = wanted
    for one in entry.versions:
        if str(one.number) == number:
            if one.deleted:
                raise SoftDeletedError(
                    f"{path}: version {number} is deleted",
                    hint="write a new version with `scale-secrets put`, or name another one",
                )
            return one
    known = [stage.value for stage in entry.stages] + [str(one.number) for one in entry.versions]
    raise NotFoundError(
        f"{path}: nothing is at {wanted!r}", hint=f"what there is: {', '.join(known)}"
    )


def infos(entry: Entry) -> Sequence[VersionInfo]:
    """All versions without their content, newest first."""
    return [info(entry, one) for one in reversed(entry.versions)]


def info(entry: Entry, version: Version) -> VersionInfo:
    stages = frozenset(
        stage.value for stage, number in entry.stages.items() if number == version.number
    )
    state = "deleted" if version.deleted else "available"
    return VersionInfo(str(version.number), version.created, stages, state)


def written(document: Document, path: str, change: Change, now: datetime) -> Document:
    """The document after ``change``, whose ``expected`` is a version or ``ABSENT``.

    Raises ``ConflictError`` when something else is current, and ``UsageError`` when a field would
    be written into a container with one whole value, or the other way round.
    """
    expected = change.expected
    standing = current_version(document, path)
    if standing != expected:
        is_now = "does not exist" if standing == ABSENT else f"is at version {standing}"
        wanted = "to be absent" if expected == ABSENT else f"at version {expected}"
        raise ConflictError(
            f"{path}: expected {wanted}, but it {is_now}",
            hint="read it again, then decide whether to write",
        )
    before = document.entries.get(path)
    content = _merged(path, before.current if before else None, change)
    if before is None:
        first = Version(1, now, content)
        entry = Entry((first,), MappingProxyType({Stage.CURRENT: 1}), _labels({}, change))
    else:
        new = Version(before.versions[-1].number + 1, now, content)
        stages = {
            **before.stages,
            Stage.PREVIOUS: before.stages[Stage.CURRENT],
            Stage.CURRENT: new.number,
        }
        entry = Entry(
            _pruned((*before.versions, new), frozenset(stages.values())),
            MappingProxyType(stages),
            _labels(before.labels, change),
        )
    return document.with_entry(path, entry)


def with_deletion(document: Document, path: str, *, deleted: bool) -> Document:
    """The document with the current version of ``path`` marked deleted, or restored."""
    entry = document.entry(path)
    number = entry.current.number
    versions = tuple(
        replace(one, deleted=deleted) if one.number == number else one for one in entry.versions
    )
    return document.with_entry(path, replace(entry, versions=versions))


def _merged(path: str, current: Version | None, change: Change) -> Content:
    old = current.content if current and not current.deleted else Content()
    if change.field is None:
        if old.fields is not None:
            raise UsageError(
                f"{path}: holds fields, and a whole value would remove them",
                hint="name the field to write: PATH#FIELD",
            )
        return Content(whole=change.value)
    if old.whole is not None:
        raise UsageError(
            f"{path}: holds one whole value, and a field would replace it",
            hint="write it without #FIELD, or choose another path",
        )
    return Content(fields=MappingProxyType({**(old.fields or {}), change.field: change.value}))


def _labels(old: Mapping[str, str], change: Change) -> Mapping[str, str]:
    return MappingProxyType({**old, **(change.labels or {})})


def _pruned(versions: tuple[Version, ...], staged: frozenset[int]) -> tuple[Version, ...]:
    newest = {one.number for one in versions[-KEPT_VERSIONS:]}
    return tuple(one for one in versions if one.number in newest | staged)
