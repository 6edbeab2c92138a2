"""A credential goes only where the surroundings, not a manifest, send it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scale_secrets.errors import (
    DeniedError,
    TrustError,
    UnreachableError,
)
from scale_secrets.model import Origin
from scale_secrets.operation import operation
from scale_secrets.stores import vault
from scale_secrets.surroundings import Surroundings
from tests.support.fault_proxy import FaultServer, Reply
from tests.support.openbao import ROOT_TOKEN, OpenBao
from tests.support.vault import (
    VALUE,
    fill,
    fresh,
    opened,
    spec_of,
    surroundings_of,
)


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
