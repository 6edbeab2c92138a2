"""What the KV engine's documents say: records, versions and stages. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import Any

from scale_secrets.errors import NotFoundError, ScaleSecretsError, SoftDeletedError
from scale_secrets.frozen import frozen
from scale_secrets.model import Stage
from scale_secrets.stores.interface import Content, Record, VersionInfo
from scale_secrets.stores.vault.answers import member, unexpected
from scale_secrets.stores.vault.jsontext import Number, field_text
from scale_secrets.values import SecretValue

ONLY_VERSION = "1"  # what the one version of a KV version 1 secret is called


@frozen
class Seen:
    """The current state of a container, before a write: its fields with their JSON types.

    ``version`` is ``ABSENT`` when there is none; a deleted version has no fields.
    """

    version: str
    fields: Mapping[str, Any] = field(repr=False)
    labels: Mapping[str, str]
    deleted: bool = False


def record_v1(path: str, data: Mapping[str, Any], *, doing: str) -> Record:
    return Record(path, ONLY_VERSION, _content(data, doing), labels={})


def record_v2(path: str, data: dict[str, Any], *, doing: str) -> Record:
    """From the ``data`` member of a good answer."""
    metadata = member(data, "metadata", dict, doing=doing)
    return Record(
        path,
        version_of(metadata, doing=doing),
        _content(member(data, "data", dict, doing=doing), doing),
        moment(metadata.get("created_time")),
        labels_of(metadata),
    )


def gone(document: Mapping[str, Any], *, doing: str) -> ScaleSecretsError:
    """What a 404 means: soft-deleted, destroyed, or missing (no metadata in the answer)."""
    metadata = gone_metadata(document)
    if metadata is None:
        return NotFoundError(
            f"{doing}: not found",
            hint="check path and version, and that the path leaves out the mount where one is "
            "named; scale-secrets list STORE: shows what there is",
        )
    version = version_of(metadata, doing=doing)
    if metadata.get("destroyed") is True:
        return NotFoundError(
            f"{doing}: version {version} was destroyed", hint="it cannot be restored: write anew"
        )
    return SoftDeletedError(
        f"{doing}: version {version} was deleted",
        hint="restore it with undelete, read an earlier version, or write a new one",
    )


def gone_metadata(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The metadata that a 404 carries when the version existed once."""
    data = document.get("data")
    metadata = data.get("metadata") if isinstance(data, dict) else None
    return metadata if isinstance(metadata, dict) else None


def version_infos(metadata: dict[str, Any], *, doing: str) -> Sequence[VersionInfo]:
    """All versions of a metadata document, newest first."""
    table = member(metadata, "versions", dict, doing=doing)
    current = member(metadata, "current_version", Number, doing=doing).text
    if not all(isinstance(entry, dict) and name.isdecimal() for name, entry in table.items()):
        raise unexpected(doing)
    names = sorted(table, key=int, reverse=True)
    states = {name: _state(table[name]) for name in names}
    previous = next((n for n in names if int(n) < int(current) and states[n] == "available"), None)
    stages = {current: Stage.CURRENT, previous: Stage.PREVIOUS}
    return [
        VersionInfo(
            name,
            moment(table[name].get("created_time")),
            frozenset({stages[name]} if name in stages else ()),
            states[name],
        )
        for name in names
    ]


def version_of(metadata: Mapping[str, Any], *, doing: str) -> str:
    version = metadata.get("version")
    if not isinstance(version, Number):
        raise unexpected(doing)
    return version.text


def labels_of(metadata: Mapping[str, Any]) -> Mapping[str, str]:
    custom = metadata.get("custom_metadata")
    if not isinstance(custom, dict):
        return {}
    return {name: text for name, text in custom.items() if isinstance(text, str)}


def moment(text: Any) -> datetime | None:
    """An RFC 3339 time of the server; None for what is none."""
    if not isinstance(text, str) or not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)


def _state(entry: Mapping[str, Any]) -> str:
    if entry.get("destroyed") is True:
        return "destroyed"
    # A deletion time may lie ahead: ``delete_version_after`` sets it when the version is written.
    deleted = moment(entry.get("deletion_time"))
    return "deleted" if deleted is not None and deleted <= datetime.now(UTC) else "available"


def _content(data: Mapping[str, Any], doing: str) -> Content:
    """Each field as text; ``null`` is no value, as for the official CLI."""
    try:
        fields = {
            name: SecretValue(field_text(value))
            for name, value in data.items()
            if value is not None
        }
    except ValueError:  # a lone surrogate, which no text can hold
        raise unexpected(doing) from None
    return Content(fields=fields)
