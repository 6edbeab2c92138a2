"""The decrypted content of a local store: one JSON document, described here.

::

    {"format": "scale-secrets/local", "version": 1,
     "containers": {
       "scale/test/api-key": {
         "labels": {"scale-mode": "test"},
         "stages": {"current": 2, "previous": 1},
         "versions": [
           {"number": 1, "created": "2026-01-31T08:00:00+00:00", "deleted": true,
            "whole": {"text": "…"}},
           {"number": 2, "created": "2026-02-01T08:00:00+00:00",
            "fields": {"api_key": {"text": "…"}, "seed": {"base64": "…"}}}]}}}

``labels`` and ``deleted`` may be left out. Reading is strict: a document that deviates anywhere is
refused as corrupt, because a store that is believed by half would be written back by half. No
message holds a value.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from scale_secrets.errors import BadAnswerError, UsageError
from scale_secrets.model import Stage
from scale_secrets.stores.interface import Content
from scale_secrets.stores.local.document import Document, Entry, Version
from scale_secrets.values import SecretValue

FORMAT = "scale-secrets/local"
FORMAT_VERSION = 1


class _BrokenRuleError(Exception):
    """Where the document deviates, and from which rule."""


def dump(document: Document) -> bytes:
    """The JSON text of a document, in UTF-8, readable for a person after ``age -d``."""
    containers = {path: _entry_out(entry) for path, entry in sorted(document.entries.items())}
    whole = {"format": FORMAT, "version": FORMAT_VERSION, "containers": containers}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode() + b"\n"


def parse(data: bytes, place: str) -> Document:
    """Read a document. ``place`` names the store in messages.

    Raises ``BadAnswerError`` for a corrupt one and ``UsageError`` for one of a newer format.
    """
    try:
        raw = json.loads(data.decode(), object_pairs_hook=_object)
        top = _mapping(raw, "the document")
        if top.get("format") != FORMAT:
            raise _BrokenRuleError(f"'format' is not {FORMAT!r}")
        version = top.get("version")
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise UsageError(
                f"{place}: format version {version} is newer than this program reads",
                hint="upgrade scale-secrets",
            )
        _require_members(top, "the document", {"format", "version", "containers"})
        if version != FORMAT_VERSION or isinstance(version, bool):
            raise _BrokenRuleError(f"'version' is not {FORMAT_VERSION}")
        containers = _mapping(top["containers"], "'containers'")
        return Document(
            MappingProxyType({path: _entry_in(path, one) for path, one in containers.items()})
        )
    except _BrokenRuleError as broken:
        rule = str(broken)
    except (ValueError, RecursionError):  # their text quotes the document
        rule = "it is not JSON in UTF-8"
    raise BadAnswerError(
        f"{place}: corrupt: {rule}", hint="restore the file from git or from a backup"
    )


def _entry_out(entry: Entry) -> dict[str, Any]:
    return {
        "labels": dict(entry.labels),
        "stages": {stage.value: number for stage, number in entry.stages.items()},
        "versions": [_version_out(version) for version in entry.versions],
    }


def _version_out(version: Version) -> dict[str, Any]:
    out: dict[str, Any] = {"number": version.number, "created": version.created.isoformat()}
    if version.deleted:
        out["deleted"] = True
    if version.content.whole is not None:
        out["whole"] = _value_out(version.content.whole)
    else:
        fields = version.content.fields or {}
        out["fields"] = {name: _value_out(value) for name, value in fields.items()}
    return out


def _value_out(value: SecretValue) -> dict[str, str]:
    if value.is_text:
        return {"text": value.reveal()}
    return {"base64": base64.b64encode(value.reveal_bytes()).decode()}


def _entry_in(path: str, raw: Any) -> Entry:
    where = f"{path!r}"
    members = _mapping(raw, where)
    _require_members(members, where, {"stages", "versions"}, {"labels"})
    if not isinstance(members["versions"], list):
        raise _BrokenRuleError(f"{where}: 'versions' is not a list")
    versions = tuple(_version_in(where, one) for one in members["versions"])
    numbers = [version.number for version in versions]
    if numbers != sorted(set(numbers)):
        raise _BrokenRuleError(f"{where}: version numbers do not rise")
    stages = _stages_in(where, members["stages"], numbers)
    labels = _mapping(members.get("labels", {}), f"{where}: 'labels'")
    if not all(isinstance(label, str) for label in labels.values()):
        raise _BrokenRuleError(f"{where}: a label is not text")
    return Entry(versions, stages, MappingProxyType(labels))


def _stages_in(where: str, raw: Any, numbers: list[int]) -> Mapping[Stage, int]:
    stages = _mapping(raw, f"{where}: 'stages'")
    for name, number in stages.items():
        if name not in Stage.__members__.values():
            raise _BrokenRuleError(f"{where}: unknown stage")
        if type(number) is not int or number not in numbers:
            raise _BrokenRuleError(f"{where}: stage {name!r} names no version")
    if Stage.CURRENT.value not in stages:
        raise _BrokenRuleError(f"{where}: no version is current")
    return MappingProxyType({Stage(name): number for name, number in stages.items()})


def _version_in(where: str, raw: Any) -> Version:
    members = _mapping(raw, f"{where}: a version")
    _require_members(members, where, {"number", "created"}, {"deleted", "whole", "fields"})
    number = members["number"]
    if type(number) is not int or number < 1:
        raise _BrokenRuleError(f"{where}: a version's number is not a positive integer")
    where = f"{where} version {number}"
    deleted = members.get("deleted", False)
    if not isinstance(deleted, bool):
        raise _BrokenRuleError(f"{where}: 'deleted' is neither true nor false")
    if ("whole" in members) == ("fields" in members):
        raise _BrokenRuleError(f"{where}: needs either 'whole' or 'fields'")
    if "whole" in members:
        content = Content(whole=_value_in(where, members["whole"]))
    else:
        fields = _mapping(members["fields"], f"{where}: 'fields'")
        content = Content(
            fields=MappingProxyType({name: _value_in(where, one) for name, one in fields.items()})
        )
    return Version(number, _time_in(where, members["created"]), content, deleted)


def _time_in(where: str, raw: Any) -> datetime:
    try:
        created = datetime.fromisoformat(raw)
    except (TypeError, ValueError):
        created = None
    if created is None or created.tzinfo is None:
        raise _BrokenRuleError(f"{where}: 'created' is not a time with its zone")
    return created


def _value_in(where: str, raw: Any) -> SecretValue:
    members = _mapping(raw, f"{where}: a value")
    try:
        match members:
            case {"text": str(text), **rest} if not rest:
                return SecretValue(text)
            case {"base64": str(text), **rest} if not rest:
                return SecretValue(base64.b64decode(text, validate=True))
    except ValueError:  # binascii.Error is one
        pass  # the same rule is broken as by a value of another shape
    raise _BrokenRuleError(f"{where}: a value is neither one 'text' nor one 'base64'") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _BrokenRuleError("a name stands twice in one object")
    return members


def _mapping(raw: Any, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise _BrokenRuleError(f"{where} is not an object")
    return raw


def _require_members(
    members: Mapping[str, Any], where: str, needed: set[str], allowed: set[str] | None = None
) -> None:
    for name in sorted(needed - members.keys()):
        raise _BrokenRuleError(f"{where}: {name!r} is missing")
    if members.keys() - needed - (allowed or set()):
        raise _BrokenRuleError(f"{where}: holds something unknown")
