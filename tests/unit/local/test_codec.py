"""The document inside a local store: what is written is read back, and nothing else is."""

from __future__ import annotations

import copy
import json
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_secrets.errors import BadAnswerError, UsageError
from scale_secrets.stores.interface import Change
from scale_secrets.stores.local import codec
from scale_secrets.stores.local.document import (
    Document,
    current_version,
    with_deletion,
    written,
)
from scale_secrets.values import SecretValue

NOW = datetime(2026, 2, 1, 8, tzinfo=UTC)
CANARY = "live_" + "0123456789abcdef" * 2
VALUES = st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.binary())


def put(document: Document, path: str, value: str | bytes, field: str | None = None) -> Document:
    expected = current_version(document, path)
    labels = {"scale-mode": "test"}
    return written(document, path, Change(SecretValue(value), field, expected, labels), NOW)


def sample() -> Document:
    document = put(Document(), "scale/test/whole", CANARY)
    document = put(document, "scale/test/whole", bytes(range(256)))
    document = put(document, "scale/test/fields", CANARY, "api_key")
    return with_deletion(document, "scale/test/whole", deleted=True)


@given(st.lists(st.tuples(st.sampled_from("ab"), VALUES, st.sampled_from(["x", "y"])), max_size=8))
def test_every_document_is_read_back_equal(writes: list[tuple[str, str | bytes, str]]) -> None:
    document = sample()
    for path, value, field in writes:
        document = put(document, path, value, field)
    assert codec.parse(codec.dump(document), "here") == document


def test_the_form_is_the_documented_one() -> None:
    document = put(Document(), "scale/test/api-key", "text", "api_key")
    document = put(document, "scale/test/api-key", b"\xff", "seed")
    assert json.loads(codec.dump(document)) == {
        "format": "scale-secrets/local",
        "version": 1,
        "containers": {
            "scale/test/api-key": {
                "labels": {"scale-mode": "test"},
                "stages": {"current": 2, "previous": 1},
                "versions": [
                    {
                        "number": 1,
                        "created": "2026-02-01T08:00:00+00:00",
                        "fields": {"api_key": {"text": "text"}},
                    },
                    {
                        "number": 2,
                        "created": "2026-02-01T08:00:00+00:00",
                        "fields": {"api_key": {"text": "text"}, "seed": {"base64": "/w=="}},
                    },
                ],
            }
        },
    }


Damage = Callable[[dict[str, Any]], Any]


def fields(document: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = document["containers"]["scale/test/fields"]
    return entry


def version(document: dict[str, Any]) -> dict[str, Any]:
    one: dict[str, Any] = fields(document)["versions"][0]
    return one


DAMAGES: dict[str, Damage] = {
    "other-format": lambda raw: raw.update(format="other"),
    "no-format": lambda raw: raw.pop("format"),
    "no-version": lambda raw: raw.pop("version"),
    "version-zero": lambda raw: raw.update(version=0),
    "version-true": lambda raw: raw.update(version=True),
    "version-text": lambda raw: raw.update(version="1"),
    "unknown-member": lambda raw: raw.update(more=CANARY),
    "containers-list": lambda raw: raw.update(containers=[CANARY]),
    "entry-text": lambda raw: raw["containers"].update(x=CANARY),
    "entry-unknown-member": lambda raw: fields(raw).update(more=CANARY),
    "no-versions": lambda raw: fields(raw).update(versions=[]),
    "versions-object": lambda raw: fields(raw).update(versions={}),
    "version-twice": lambda raw: fields(raw)["versions"].append(version(raw)),
    "number-text": lambda raw: version(raw).update(number="1"),
    "number-true": lambda raw: version(raw).update(number=True),
    "number-zero": lambda raw: version(raw).update(number=0),
    "stage-unknown": lambda raw: fields(raw)["stages"].update(latest=1),
    "stage-dangling": lambda raw: fields(raw)["stages"].update(previous=7),
    "stage-true": lambda raw: fields(raw)["stages"].update(current=True),
    "no-current": lambda raw: fields(raw)["stages"].pop("current"),
    "label-number": lambda raw: fields(raw)["labels"].update(a=1),
    "labels-list": lambda raw: fields(raw).update(labels=[]),
    "created-number": lambda raw: version(raw).update(created=1),
    "created-nonsense": lambda raw: version(raw).update(created=CANARY),
    "created-without-zone": lambda raw: version(raw).update(created="2026-02-01T08:00:00"),
    "deleted-number": lambda raw: version(raw).update(deleted=1),
    "whole-and-fields": lambda raw: version(raw).update(whole={"text": CANARY}),
    "neither": lambda raw: version(raw).pop("fields"),
    "fields-list": lambda raw: version(raw).update(fields=[CANARY]),
    "value-bare": lambda raw: version(raw)["fields"].update(x=CANARY),
    "value-number": lambda raw: version(raw)["fields"].update(x={"text": 1}),
    "value-twice": lambda raw: version(raw)["fields"].update(x={"text": CANARY, "base64": ""}),
    "value-surrogate": lambda raw: version(raw)["fields"].update(x={"text": CANARY + "\ud800"}),
    "value-not-base64": lambda raw: version(raw)["fields"].update(x={"base64": CANARY}),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_document_that_deviates_is_corrupt(damage: Damage) -> None:
    raw = json.loads(codec.dump(sample()))
    whole = copy.deepcopy(raw)
    damage(raw)
    assert json.dumps(raw) != json.dumps(whole)
    assert_corrupt(json.dumps(raw).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        CANARY.encode(),
        b'{"format": "' + CANARY.encode(),
        b'{"a": "' + CANARY.encode() + b'", "a": 1}',
        b"[" * 100_000,
        b"9" * 5_000,
    ],
)
def test_what_is_no_such_document_is_corrupt(data: bytes) -> None:
    assert_corrupt(data)


def test_a_name_that_stands_twice_is_corrupt() -> None:
    text = codec.dump(sample()).replace(b'"format":', b'"version": 1, "format":')
    assert json.loads(text) == json.loads(codec.dump(sample()))
    assert_corrupt(text)


def test_a_newer_format_is_no_damage() -> None:
    raw = {"format": codec.FORMAT, "version": codec.FORMAT_VERSION + 1, "secrets": CANARY}
    with pytest.raises(UsageError, match="format version 2 is newer") as caught:
        codec.parse(json.dumps(raw).encode(), "here")
    assert "upgrade" in caught.value.hint


def assert_corrupt(data: bytes) -> None:
    with pytest.raises(BadAnswerError, match=r"^here: corrupt: ") as caught:
        codec.parse(data, "here")
    assert "backup" in caught.value.hint
    error = caught.value
    assert error.__cause__ is None
    assert CANARY not in "".join(traceback.format_exception(error)) + repr(error.__context__)
