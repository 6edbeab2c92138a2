"""Fields, versions and stages, as a real server keeps them."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from scale_secrets.errors import (
    DeniedError,
    NotFoundError,
    SoftDeletedError,
    UsageError,
)
from scale_secrets.operation import operation
from scale_secrets.stores.interface import Change
from scale_secrets.stores.vault.store import VaultStore
from scale_secrets.values import SecretValue
from tests.support.fault_proxy import FaultServer, Forward
from tests.support.openbao import BINARY, ROOT_TOKEN, OpenBao
from tests.support.vault import (
    NOWHERE,
    VALUE,
    fill,
    fresh,
    opened,
    port_of,
    put,
    value_of,
)

JSON_FIELDS = b"""{"text": "a", "int": 7, "big": 123456789012, "float": 1.25, "true": true,
 "null": null, "list": [1, "x"], "object": {"b": [null, 2.5], "\\u00e9": "\\u00e9"}}"""


def test_fields_that_are_no_text_read_as_compact_json(bao: OpenBao, store: VaultStore) -> None:
    path = fresh()
    bao.root("POST", f"secret/data/{path}", {"data": json.loads(JSON_FIELDS)})
    fields = store.get(path, None, operation(5)).content.fields
    assert fields is not None
    assert {name: value.reveal() for name, value in fields.items()} == {
        "text": "a",
        "int": "7",
        "big": "123456789012",
        "float": "1.25",
        "true": "true",
        "list": '[1,"x"]',
        "object": '{"b":[null,2.5],"\\u00e9":"\\u00e9"}',
    }


@pytest.mark.parametrize("field", ["text", "int", "big", "float", "true"])
def test_a_field_reads_as_the_official_cli_prints_it(
    bao: OpenBao, store: VaultStore, field: str
) -> None:
    path = fresh()
    bao.root("POST", f"secret/data/{path}", {"data": json.loads(JSON_FIELDS)})
    printed = subprocess.run(
        [str(BINARY), "kv", "get", f"-field={field}", "-mount=secret", path],
        env={"BAO_ADDR": bao.url, "BAO_TOKEN": ROOT_TOKEN, "HOME": str(NOWHERE)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    fields = store.get(path, None, operation(5)).content.fields
    assert fields is not None
    assert fields[field].reveal() == printed.removesuffix("\n")


def test_a_write_keeps_the_other_fields_with_their_types(bao: OpenBao, store: VaultStore) -> None:
    path = fresh()
    data = json.loads(JSON_FIELDS)
    bao.root("POST", f"secret/data/{path}", {"data": data})
    put(store, path, field="new")
    kept = bao.root("GET", f"secret/data/{path}")["data"]["data"]
    assert kept == {**data, "new": VALUE}


@pytest.mark.parametrize(
    "change", [Change(SecretValue(VALUE)), Change(SecretValue(b"\xff\xfe"), "value")]
)
def test_what_kv_cannot_hold_is_refused(store: VaultStore, change: Change) -> None:
    path = fresh()
    with pytest.raises(UsageError):
        store.put(path, change, operation(5))
    with pytest.raises(NotFoundError):
        store.get(path, None, operation(5))


def test_a_hundred_secrets_are_read_over_one_connection(bao: OpenBao) -> None:
    base = fresh()
    paths = [f"{base}/{number}" for number in range(100)]
    for path in paths:
        fill(bao, path, path)
    with FaultServer(Forward(port_of(bao))) as server:
        with opened(server.url) as store:
            assert [value_of(store, path) for path in paths] == paths
        assert server.connections == 1


def test_forked_children_never_get_each_others_secrets(bao: OpenBao, store: VaultStore) -> None:
    base = fresh()
    paths = [f"{base}/{number}" for number in range(12)]
    for path in paths:
        fill(bao, path, path)
    assert value_of(store, paths[0]) == paths[0]  # a connection that is there to be shared
    children = []
    for path in paths:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if all(value_of(store, path) == path for _ in range(20)) else 2
            finally:
                os._exit(code)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert codes == [0] * 12


def test_previous_is_the_newest_readable_version_below_current(
    bao: OpenBao, store: VaultStore
) -> None:
    path = fresh()
    fill(bao, path, "1", "2", "3", "4")
    bao.root("POST", f"secret/delete/{path}", {"versions": [3]})
    bao.root("PUT", f"secret/destroy/{path}", {"versions": [2]})
    assert value_of(store, path, "previous") == "1"
    infos = store.versions(path, operation(5))
    assert [(info.version, info.state) for info in infos] == [
        ("4", "available"),
        ("3", "deleted"),
        ("2", "destroyed"),
        ("1", "available"),
    ]
    assert [info.version for info in infos if "previous" in info.stages] == ["1"]
    assert all(info.created is not None and info.created.tzinfo is not None for info in infos)


def test_pending_is_the_sibling_path(bao: OpenBao, store: VaultStore) -> None:
    path = fresh()
    fill(bao, path, "current")
    fill(bao, f"{path}.pending", "pending")
    record = store.get(path, "pending", operation(5))
    assert record.path == path
    assert value_of(store, path, "pending") == "pending"
    assert value_of(store, path) == "current"


def test_deleted_destroyed_and_missing_are_told_apart(bao: OpenBao, store: VaultStore) -> None:
    path = fresh()
    fill(bao, path, "1", "2")
    bao.root("DELETE", f"secret/data/{path}")
    with pytest.raises(SoftDeletedError):
        store.get(path, None, operation(5))
    assert value_of(store, path, "1") == "1"
    bao.root("PUT", f"secret/destroy/{path}", {"versions": [2]})
    with pytest.raises(NotFoundError, match="destroyed"):
        store.get(path, None, operation(5))
    with pytest.raises(NotFoundError, match="not found"):
        store.get(path, "7", operation(5))


@pytest.mark.parametrize("version", ["0", "-1", "latest", "1.0", "²"])
def test_a_version_that_is_no_number_is_refused(store: VaultStore, version: str) -> None:
    with pytest.raises(UsageError):
        store.get("a", version, operation(5))


def test_metadata_that_may_not_be_read_says_so(bao: OpenBao) -> None:
    path = fresh()
    fill(bao, path, "1", "2")
    token = bao.token(f"secret/data/{path} [read]")
    with opened(bao.url, {"VAULT_TOKEN": token}) as store:
        for ask in (
            lambda: store.versions(path, operation(5)),
            lambda: store.get(path, "previous", operation(5)),
        ):
            with pytest.raises(DeniedError) as caught:
                ask()
            assert f"secret/metadata/{path}" in caught.value.hint


def test_kv_version_1_has_one_version(bao: OpenBao) -> None:
    path = fresh()
    bao.root("POST", f"kv1/{path}", {"value": VALUE})
    with opened(bao.url, mount="kv1") as store:
        assert value_of(store, path, "1") == VALUE
        assert store.labels(path, operation(5)) == {}
        with pytest.raises(NotFoundError, match="no other versions"):
            store.get(path, "2", operation(5))
