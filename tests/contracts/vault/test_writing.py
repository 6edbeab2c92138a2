"""Writing to a real server: what stays, what is refused, and labels before values."""

from __future__ import annotations

import pytest

from scale_secrets.errors import (
    ConflictError,
    DeniedError,
    NotFoundError,
    UsageError,
)
from scale_secrets.operation import operation
from scale_secrets.stores.interface import ABSENT
from scale_secrets.stores.vault.store import VaultStore
from tests.support.fault_proxy import FaultServer, Forward, Reply
from tests.support.openbao import OpenBao
from tests.support.vault import (
    fill,
    fresh,
    opened,
    port_of,
    put,
)


def test_a_deleted_secret_is_not_absent(bao: OpenBao, store: VaultStore) -> None:
    path = fresh()
    fill(bao, path, "1")
    bao.root("DELETE", f"secret/data/{path}")
    with pytest.raises(ConflictError, match="deleted version 1"):
        put(store, path, expected=ABSENT)
    assert put(store, path, expected="1").version == "2"


def test_kv_version_1_is_read_only(bao: OpenBao) -> None:
    path = fresh()
    with opened(bao.url, mount="kv1") as store, pytest.raises(UsageError) as caught:
        put(store, path)
    assert "enable-versioning" in caught.value.hint


def test_a_mount_that_demands_cas_is_written(bao: OpenBao, store: VaultStore) -> None:
    path = fresh()
    bao.root("POST", f"secret/metadata/{path}", {"cas_required": True})
    assert put(store, path).version == "1"
    assert put(store, path).version == "2"


def labels_of(bao: OpenBao, path: str) -> object:
    return bao.root("GET", f"secret/metadata/{path}")["data"]["custom_metadata"]


def test_labels_stand_before_the_value_does(bao: OpenBao) -> None:
    path = fresh()
    at_write: list[object] = []

    def look() -> None:
        at_write.append(labels_of(bao, path))

    passing = Forward(port_of(bao))
    # the mount, the read, a patch of nothing, the creation, the patch; then the value
    script = (*(passing,) * 5, Forward(port_of(bao), before=look))
    with FaultServer(*script) as server, opened(server.url) as store:
        put(store, path, labels={"scale-mode": "live"})
        assert b"/data/" in server.requests[5]
    assert at_write == [{"scale-mode": "live"}]


def test_labels_of_others_and_settings_of_the_path_stay(bao: OpenBao, store: VaultStore) -> None:
    path = fresh()
    others = {"custom_metadata": {"owner": "labels"}, "max_versions": 5}
    bao.root("POST", f"secret/metadata/{path}", others)
    put(store, path, labels={"scale-mode": "test"})
    metadata = bao.root("GET", f"secret/metadata/{path}")["data"]
    assert metadata["custom_metadata"] == {"owner": "labels", "scale-mode": "test"}
    assert metadata["max_versions"] == 5
    assert store.labels(path, operation(5)) == {"owner": "labels", "scale-mode": "test"}
    assert store.get(path, None, operation(5)).labels == {"owner": "labels", "scale-mode": "test"}


def test_labels_are_merged_on_a_server_that_knows_no_patch(bao: OpenBao) -> None:
    path = fresh()
    passing, old = Forward(port_of(bao)), Reply(405, b'{"errors": []}')
    for labels in ({"owner": "labels"}, {"scale-mode": "test"}):
        # the mount, the read, then the patch
        with FaultServer(passing, passing, old, passing) as server, opened(server.url) as store:
            put(store, path, labels=labels)
    assert labels_of(bao, path) == {"owner": "labels", "scale-mode": "test"}


def test_without_permission_for_labels_no_value_is_written(bao: OpenBao) -> None:
    path = fresh()
    token = bao.token(f"secret/data/{path} [read,create,update]")
    with opened(bao.url, {"VAULT_TOKEN": token}) as store:
        with pytest.raises(DeniedError) as caught:
            put(store, path, labels={"scale-mode": "live"})
        assert f"secret/metadata/{path}" in caught.value.hint
        with pytest.raises(NotFoundError):
            store.get(path, None, operation(5))
        assert put(store, path).version == "1"


def test_labels_that_stand_already_need_no_permission(bao: OpenBao) -> None:
    path = fresh()
    bao.root("POST", f"secret/metadata/{path}", {"custom_metadata": {"scale-mode": "live"}})
    fill(bao, path, "1")
    token = bao.token(f"secret/data/{path} [read,create,update]")
    with opened(bao.url, {"VAULT_TOKEN": token}) as store:
        assert put(store, path, labels={"scale-mode": "live"}).version == "2"
