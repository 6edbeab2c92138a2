"""What is particular to Vault and OpenBao, on a real server: mounts, stages, labels, trust."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scale_secrets.errors import (
    ConflictError,
    DeniedError,
    NotFoundError,
    SoftDeletedError,
    TrustError,
    UnreachableError,
    UsageError,
)
from scale_secrets.model import Origin
from scale_secrets.operation import operation
from scale_secrets.stores import vault
from scale_secrets.stores.interface import ABSENT, Change, VersionInfo
from scale_secrets.stores.vault import listing
from scale_secrets.stores.vault.store import VaultStore
from scale_secrets.surroundings import Surroundings
from scale_secrets.values import SecretValue
from tests.support.fault_proxy import FaultServer, Forward, Reply
from tests.support.openbao import BINARY, ROOT_TOKEN, OpenBao
from tests.support.vault import NOWHERE, fresh, opened, spec_of, surroundings_of

VALUE = "live_" + "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def bao() -> Iterator[OpenBao]:
    with OpenBao() as server:
        yield server


@pytest.fixture
def store(bao: OpenBao) -> Iterator[VaultStore]:
    with opened(bao.url) as made:
        yield made


def fill(bao: OpenBao, path: str, *values: object) -> None:
    for value in values:
        bao.root("POST", f"secret/data/{path}", {"data": {"value": value}})


def value_of(store: VaultStore, path: str, version: str | None = None) -> str:
    fields = store.get(path, version, operation(5)).content.fields
    assert fields is not None
    return fields["value"].reveal()


def put(store: VaultStore, path: str, text: str = VALUE, **more: object) -> VersionInfo:
    change = Change(SecretValue(text), **{"field": "value", **more})  # type: ignore[arg-type]
    return store.put(path, change, operation(5))


def port_of(bao: OpenBao) -> int:
    return int(bao.url.rpartition(":")[2])


# mounts


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


# fields


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


# versions and stages


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


# writing


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


# lists


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


# who we are


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


# trust


def around(**environ: str) -> Surroundings:
    return surroundings_of({"VAULT_TOKEN": "s.canary", **environ})


def test_an_address_that_only_a_manifest_names_gets_nothing(tmp_path: Path) -> None:
    (tmp_path / ".vault-token").write_text("s.canary")
    with FaultServer(Reply()) as thief:
        spec = spec_of(thief.url, origin=Origin.MANIFEST, mount="secret")
        for surroundings in (
            around(),
            around(VAULT_ADDR="https://vault.example.com:8200", BAO_AGENT_ADDR="unix:///run/bao"),
            surroundings_of(home=tmp_path),
        ):
            with pytest.raises(TrustError):
                vault.open(spec, surroundings)
        assert thief.connections == 0


@pytest.mark.parametrize("name", ["VAULT_ADDR", "BAO_ADDR", "SCALE_SECRETS_TRUSTED"])
def test_an_address_that_the_surroundings_name_is_asked(name: str) -> None:
    with FaultServer(Reply(403, b'{"errors": []}')) as server:
        spec = spec_of(server.url, origin=Origin.MANIFEST, mount="secret")
        store = vault.open(spec, around(**{name: f"{server.url}/"}))
        with pytest.raises(DeniedError):
            store.get("a", None, operation(5))
        assert b"X-Vault-Token: s.canary" in server.requests[0]
        store.close()


def test_a_manifest_without_an_address_goes_where_the_variable_says() -> None:
    with FaultServer(Reply(403, b'{"errors": []}')) as server:
        spec = spec_of("", origin=Origin.MANIFEST, mount="secret")
        store = vault.open(spec, around(VAULT_ADDR=server.url))
        with pytest.raises(DeniedError):
            store.get("a", None, operation(5))
        store.close()
        assert len(server.requests) == 1


def test_opening_sends_nothing() -> None:
    with FaultServer(Reply()) as server:
        vault.open(spec_of(server.url), around()).close()
        assert server.connections == 0


def test_reading_with_a_token_needs_neither_hvac_nor_requests(bao: OpenBao) -> None:
    path = fresh()
    fill(bao, path, VALUE)
    script = (
        "import sys\n"
        "from scale_secrets.operation import operation\n"
        "from tests.support.vault import spec_of, surroundings_of\n"
        "from scale_secrets.stores import vault\n"
        "before = set(sys.modules)\n"
        "around = surroundings_of({'VAULT_TOKEN': sys.argv[2]})\n"
        "store = vault.open(spec_of(sys.argv[1], mount='secret'), around)\n"
        "print(store.get(sys.argv[3], None, operation()).version)\n"
        "store.close()\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new & {'hvac', 'requests', 'urllib3', 'boto3', 'yaml', 'jsonschema'}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, bao.url, ROOT_TOKEN, path],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.split("\n")[:2] == ["1", "[]"]


def test_a_passed_deadline_asks_nothing() -> None:
    with FaultServer(Reply()) as server, opened(server.url) as store:
        with pytest.raises(UnreachableError):
            store.get("a", None, operation(0))
        assert server.connections == 0
