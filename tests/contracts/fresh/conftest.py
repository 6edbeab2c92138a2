"""A scene with one key, on each kind of store that changes while programs run."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.contracts.fresh.scene import AwsScene, Scene, VaultScene
from tests.support.fresh import OLD

if TYPE_CHECKING:
    from tests.support.moto_server import MotoServer
    from tests.support.openbao import OpenBao


@pytest.fixture(params=["vault", "aws"])
def scene(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    prefix, names = f"fresh/{uuid.uuid4().hex}", ("api_key",)
    made: Scene
    if request.param == "vault":
        bao: OpenBao = request.getfixturevalue("openbao")
        made = VaultScene(bao, prefix, names)
    else:
        moto: MotoServer = request.getfixturevalue("moto")
        made = AwsScene(moto, prefix, names)
    with made:
        made.write("api_key", OLD)
        for name, text in made.environ.items():
            monkeypatch.setenv(name, text)
        yield made


@pytest.fixture
def vault(openbao: OpenBao, monkeypatch: pytest.MonkeyPatch) -> Iterator[VaultScene]:
    """The same on Vault alone, with two keys."""
    with VaultScene(openbao, f"fresh/{uuid.uuid4().hex}", ("api_key", "other")) as made:
        for name in made.names:
            made.write(name, OLD)
        for name, text in made.environ.items():
            monkeypatch.setenv(name, text)
        yield made


@pytest.fixture
def login(vault: VaultScene, openbao: OpenBao, tmp_path: Path) -> dict[str, Any]:
    """The manifest of a user who logs in by password."""
    user = vault.prefix.replace("/", "-")
    policy = openbao.policy(f"secret/data/{vault.prefix}/* [read]")
    if "userpass/" not in openbao.root("GET", "sys/auth"):
        openbao.root("POST", "sys/auth/userpass", {"type": "userpass"})
    account = {"password": "p", "token_policies": [policy]}
    openbao.root("POST", f"auth/userpass/users/{user}", account)
    password = tmp_path / "password"
    password.write_text("p")
    method = {"method": "userpass", "username": user, "password_file": str(password)}
    return vault.manifest(stores={"main": {**vault.store, "auth": [method]}})
