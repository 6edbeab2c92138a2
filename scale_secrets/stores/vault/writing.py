"""Writing one field by compare-and-swap, with all other fields and labels kept.

Invariants: no write without ``cas``; labels stand before the value does, so that no value is ever
unlabelled; a write without an answer is read back, and never repeated blindly. Within these a
loser of the race may leave its labels, but never its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scale_secrets.errors import (
    ConflictError,
    ScaleSecretsError,
    UnreachableError,
    UsageError,
    WriteInDoubtError,
)
from scale_secrets.model import Stage
from scale_secrets.operation import Operation
from scale_secrets.stores.interface import ABSENT, Change, VersionInfo
from scale_secrets.stores.vault.answers import data_of, document_of, member
from scale_secrets.stores.vault.client import MERGE_PATCH, Client, Question, json_body
from scale_secrets.stores.vault.jsontext import dumps, same
from scale_secrets.stores.vault.kv import Seen, gone_metadata, labels_of, moment, version_of
from scale_secrets.stores.vault.mounts import Place

# The share of the time left that a write may take: the rest is for reading back what became of it.
_SHARE = 0.75


def write(client: Client, place: Place, change: Change, operation: Operation) -> VersionInfo:
    """See ``interface.Writer.put``. Raises ``UsageError`` on KV version 1, which has no CAS."""
    doing = place.doing("write")
    field = _checked_field(place, change, doing)
    seen = see(client, place, operation)
    _require_expected(seen, change.expected, doing)
    _label(client, place, seen, change.labels or {}, operation)
    fields = {**seen.fields, field: change.value.reveal()}
    base = int(seen.version)
    api = place.api("data")
    question = Question(
        "POST",
        api,
        doing,
        f"create and update on {api}",
        f'{{"data":{dumps(fields)},"options":{{"cas":{base}}}}}'.encode(),
    )
    try:
        within = max(operation.deadline.require(doing) * _SHARE, 0.001)
        answer = client.write_once(question, operation, within=within)
        data = data_of(answer, doing=doing)
    except UnreachableError as error:
        if not error.sent:
            raise
        return _settle(client, place, base, fields, operation, cause=error)
    return _info(data, doing)


def _checked_field(place: Place, change: Change, doing: str) -> str:
    if place.mount.version == 1:
        raise UsageError(
            f"{doing}: a mount of KV version 1 has no compare-and-swap, so it is read-only here",
            hint=f"bao kv enable-versioning {place.mount.path} turns the mount into version 2",
        )
    if change.field is None:
        raise UsageError(
            f"{doing}: a Vault secret has named fields only", hint="name one, such as #value"
        )
    if not change.value.is_text:
        raise UsageError(f"{doing}: Vault holds text only", hint="encode the value as base64")
    return change.field


def see(client: Client, place: Place, operation: Operation, version: int | None = None) -> Seen:
    """The container as it stands now, or one version of it."""
    doing = place.doing("read, before writing," if version is None else "read back")
    api = place.api("data")
    query = "" if version is None else f"?version={version}"
    answer = client.ask_again(
        Question("GET", api + query, doing, f"read on {api}", expects=(404,)), operation
    )
    if answer.status == 404:
        metadata = gone_metadata(document_of(answer, doing=doing))
        if metadata is None:
            return Seen(ABSENT, {}, {})
        return Seen(version_of(metadata, doing=doing), {}, labels_of(metadata), deleted=True)
    data = data_of(answer, doing=doing)
    metadata = member(data, "metadata", dict, doing=doing)
    fields = member(data, "data", dict, doing=doing)
    return Seen(version_of(metadata, doing=doing), fields, labels_of(metadata))


def _require_expected(seen: Seen, expected: str | None, doing: str) -> None:
    if expected is None or expected == seen.version:
        return
    if expected == ABSENT and seen.deleted:
        raise ConflictError(
            f"{doing}: it must not exist, and exists as deleted version {seen.version}",
            hint="restore it with undelete, or write without demanding that it be new",
        )
    raise ConflictError(
        f"{doing}: another version is current than the expected one",
        hint="read the secret again and repeat",
    )


def _label(
    client: Client, place: Place, seen: Seen, labels: Mapping[str, str], operation: Operation
) -> None:
    """Merge ``labels`` into the custom metadata, unless they all stand there already."""
    if labels.items() <= seen.labels.items():
        return
    api = place.api("metadata")
    doing = place.doing("write labels of")
    patch = Question(
        "PATCH",
        api,
        doing,
        f"patch on {api}",
        json_body({"custom_metadata": dict(labels)}),
        (404, 405),
        MERGE_PATCH,
    )
    status = client.ask_again(patch, operation).status
    if status == 404:
        # Metadata must exist to be patched. This makes it, and wipes nobody else's labels.
        make = Question("POST", api, doing, f"create on {api}", json_body({"max_versions": 0}))
        client.ask_again(make, operation)
        status = client.ask_again(patch, operation).status
    if status == 405:  # a server from before PATCH
        read = Question("GET", api, doing, f"read on {api}", expects=(404,))
        answer = client.ask_again(read, operation)
        standing = {} if answer.status == 404 else labels_of(data_of(answer, doing=doing))
        merged = json_body({"custom_metadata": {**standing, **labels}})
        client.ask_again(Question("POST", api, doing, f"update on {api}", merged), operation)


def _settle(
    client: Client,
    place: Place,
    base: int,
    fields: dict[str, Any],
    operation: Operation,
    *,
    cause: UnreachableError,
) -> VersionInfo:
    """What became of a write that got no answer: done, not done, or overtaken."""
    doing = place.doing("write")
    try:
        ours = see(client, place, operation, base + 1)
        if ours.version == str(base + 1) and same(ours.fields, fields):
            return VersionInfo(ours.version, None, frozenset({Stage.CURRENT}))
        current = see(client, place, operation)
    except ScaleSecretsError:
        raise WriteInDoubtError(
            f"{doing}: the server gave no answer, and reading back failed too",
            hint=f"look whether version {base + 1} holds the value before writing again",
            sent=True,
        ) from None
    if current.version == str(base):
        raise cause
    raise ConflictError(
        f"{doing}: another writer came first", hint="read the secret again and repeat"
    )


def _info(data: dict[str, Any], doing: str) -> VersionInfo:
    return VersionInfo(
        version_of(data, doing=doing),
        moment(data.get("created_time")),
        frozenset({Stage.CURRENT}),
    )
