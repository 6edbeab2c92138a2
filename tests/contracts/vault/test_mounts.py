"""Mounts and lists on a real server, and who it takes us for."""

from __future__ import annotations

import time

import pytest

from scale_secrets.errors import (
    DeniedError,
    NotFoundError,
    UsageError,
)
from scale_secrets.operation import operation
from scale_secrets.stores.vault import listing
from scale_secrets.stores.vault.store import VaultStore
from tests.support.fault_proxy import FaultServer, Forward
from tests.support.openbao import OpenBao
from tests.support.vault import (
    VALUE,
    fill,
    fresh,
    opened,
    port_of,
    put,
    value_of,
)


def test_the_mount_of_a_path_is_found_by_asking(bao: OpenBao) -> None:
    path = fresh()
    fill(bao, path, "two")
    bao.root("POST", f"kv1/{path}", {"value": "one"})
    with opened(bao.url, mount="") as store:
        assert value_of(store, f"secret/{path}") == "two"
        assert value_of(store, f"kv1/{path}") == "one"
        assert store.list(f"secret/{path}", operation(5)) == [f"secret/{path}"]


def test_a_mount_of_several_parts_is_found(bao: OpenBao) -> None:
    bao.root("POST", "sys/mounts/team/labels/kv", {"type": "kv", "options": {"version": "2"}})
    time.sleep(0.1)
    for mount, path in (("", "team/labels/kv/a"), ("team/labels/kv", "a")):
        with opened(bao.url, mount=mount) as store:
            put(store, path)
            assert value_of(store, path) == VALUE


def test_a_mount_is_asked_about_once(bao: OpenBao) -> None:
    with FaultServer(Forward(port_of(bao))) as server, opened(server.url) as store:
        for _ in range(3):
            store.list(fresh(), operation(5))
        asked = [one for one in server.requests if b"internal/ui/mounts" in one]
        assert len(asked) == 1


def test_a_version_that_is_given_spares_the_question(bao: OpenBao) -> None:
    path = fresh()
    fill(bao, path, VALUE)
    with FaultServer(Forward(port_of(bao))) as server:
        with opened(server.url, kv_version=2) as store:
            assert value_of(store, path) == VALUE
        assert len(server.requests) == 1


def test_a_token_with_nothing_inside_the_mount_is_denied(bao: OpenBao) -> None:
    token = bao.token("elsewhere/* [read]")
    with opened(bao.url, {"VAULT_TOKEN": token}) as store, pytest.raises(DeniedError) as caught:
        store.get("a", None, operation(5))
    assert "mount" in caught.value.hint


def test_a_token_for_one_path_can_read_it(bao: OpenBao) -> None:
    path = fresh()
    fill(bao, path, VALUE)
    token = bao.token(f"secret/data/{path} [read]")
    with opened(bao.url, {"VAULT_TOKEN": token}) as store:
        assert value_of(store, path) == VALUE


@pytest.mark.parametrize("path", ["sys/mounts", "cubbyhole/a"])
def test_other_engines_are_refused(bao: OpenBao, path: str) -> None:
    with opened(bao.url, mount="") as store, pytest.raises(UsageError) as caught:
        store.get(path, None, operation(5))
    assert "KV" in caught.value.message


def test_the_apis_own_path_gets_a_hint(bao: OpenBao, store: VaultStore) -> None:
    path = fresh()
    fill(bao, path, VALUE)
    with pytest.raises(NotFoundError) as caught:
        store.get(f"data/{path}", None, operation(5))
    assert path in caught.value.hint


def test_a_path_that_begins_with_data_is_legal(store: VaultStore) -> None:
    path = f"data/{fresh()}"
    put(store, path)
    assert value_of(store, path) == VALUE


@pytest.mark.parametrize("path", ["a b/ü?x=y", "100%/a#b", "a%2fb", "a+b&c;d", "a\\b", "'\"`$"])
def test_a_hard_path_comes_back_exactly(store: VaultStore, path: str) -> None:
    path = f"{fresh()}/{path}"
    put(store, path)
    assert value_of(store, path) == VALUE
    assert store.list(path.split("/")[1], operation(5)) == []
    assert store.list("/".join(path.split("/")[:2]), operation(5)) == [path]


def test_a_list_below_needs_no_permission_above(bao: OpenBao) -> None:
    base = fresh()
    for name in ("a", "b/c"):
        fill(bao, f"{base}/{name}", VALUE)
    token = bao.token(f"secret/metadata/{base}/* [list]")
    with opened(bao.url, {"VAULT_TOKEN": token}) as store:
        assert store.list(base, operation(5)) == [f"{base}/a", f"{base}/b/c"]


def test_half_a_list_is_never_given(bao: OpenBao) -> None:
    base = fresh()
    for name in ("a", "b/c"):
        fill(bao, f"{base}/{name}", VALUE)
    token = bao.token(f"secret/metadata/{base}/ [list]")
    with opened(bao.url, {"VAULT_TOKEN": token}) as store, pytest.raises(DeniedError):
        store.list(base, operation(5))


def test_a_list_is_bounded(
    bao: OpenBao, store: VaultStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = fresh()
    for name in ("a", "b", "c/d"):
        fill(bao, f"{base}/{name}", VALUE)
    monkeypatch.setattr(listing, "MAX_PATHS", 1)
    with pytest.raises(UsageError, match="more than 1 paths"):
        store.list(base, operation(5))


def test_a_mount_is_no_secret(bao: OpenBao) -> None:
    with opened(bao.url, mount="") as store, pytest.raises(UsageError, match="is a mount"):
        store.get("secret", None, operation(5))


def test_listing_everything_needs_a_mount(bao: OpenBao) -> None:
    with opened(bao.url, mount="") as store, pytest.raises(UsageError):
        store.list("", operation(5))


def test_whoami_tells_principal_policies_expiry_and_the_server(bao: OpenBao) -> None:
    token = bao.token("secret/data/a [read]", "auth/token/lookup-self [read]")
    with opened(bao.url, {"VAULT_TOKEN": token}) as store:
        told = store.whoami(operation(5))
    assert told["principal"] == "token"
    assert told["policies"].startswith("p")
    assert told["expires"].startswith("20")
    assert (told["sealed"], told["clock skew"][1:]) == ("no", "0 s")
    assert told["version"].startswith("2.")
    assert token not in str(told)


def test_whoami_with_an_unknown_token_is_denied(bao: OpenBao) -> None:
    with opened(bao.url, {"VAULT_TOKEN": "nonsense"}) as store, pytest.raises(DeniedError):
        store.whoami(operation(5))
