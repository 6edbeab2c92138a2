"""Logging in with an identity token: Kubernetes, JWT, and one that GitHub mints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scale_secrets.errors import (
    TrustError,
)
from tests.contracts.vault.scene import WRONG, Scene, refused, written
from tests.support.fault_proxy import FaultServer, Reply
from tests.support.vault import VALUE


def test_kubernetes_logs_in(scene: Scene, tmp_path: Path) -> None:
    service_account = scene.service_account()
    auth = {"method": "kubernetes", "role": "labels", "token_file": "token"}
    written(tmp_path, service_account, "token")
    assert scene.read(auth, directory=tmp_path) == VALUE
    assert service_account.encode() in scene.reviewer.requests[-1]


def test_kubernetes_names_the_role_it_was_refused(scene: Scene, tmp_path: Path) -> None:
    service_account = scene.service_account()
    file = written(tmp_path, service_account)
    auth = {"method": "kubernetes", "role": "others", "token_file": file}
    error = refused(lambda: scene.read(auth), service_account)
    assert "kubernetes as others" in error.message


def test_a_jwt_comes_from_a_file(scene: Scene, tmp_path: Path) -> None:
    file = written(tmp_path, scene.signed())
    assert scene.read({"method": "jwt", "role": "ci", "token_file": file}) == VALUE


def test_a_jwt_comes_from_a_variable(scene: Scene) -> None:
    auth = {"method": "jwt", "role": "ci", "token_variable": "VAULT_ID_TOKEN"}
    assert scene.read(auth, environ={"VAULT_ID_TOKEN": scene.signed()}) == VALUE


@pytest.mark.parametrize("claims", [{"sub": "other"}, {"aud": "other"}, {"exp": 1}])
def test_a_jwt_with_other_claims_is_refused(scene: Scene, claims: dict[str, Any]) -> None:
    token = scene.signed(**claims)
    auth = {"method": "jwt", "role": "ci", "token_variable": "ID_TOKEN"}
    error = refused(lambda: scene.read(auth, environ={"ID_TOKEN": token}), token)
    assert "jwt as ci" in error.message


def github(url: str, *, trusted: bool = True) -> dict[str, str]:
    return {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/token?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": WRONG,
        "SCALE_SECRETS_TRUSTED": url if trusted else "",
    }


def test_a_jwt_is_minted_by_github_actions(scene: Scene) -> None:
    auth = {"method": "jwt", "role": "ci", "audience": "https://vault.example"}
    minted = json.dumps({"value": scene.signed()}).encode()
    with FaultServer(Reply(503, b""), Reply(200, minted)) as actions:
        assert scene.read(auth, environ=github(actions.url)) == VALUE
        head = actions.requests[1]
    assert b"GET /token?api-version=2.0&audience=https%3A%2F%2Fvault.example HTTP" in head
    assert f"Authorization: Bearer {WRONG}".encode() in head


def test_minting_that_is_refused_says_which_permission_lacks(scene: Scene) -> None:
    with FaultServer(Reply(403, b"{}")) as actions:
        environ = github(actions.url)
        error = refused(lambda: scene.read({"method": "jwt", "role": "ci"}, environ=environ), WRONG)
    assert "id-token: write" in error.hint


def test_a_minting_address_without_tls_gets_nothing(scene: Scene) -> None:
    with FaultServer(Reply(200, b"{}")) as thief:
        environ = github(thief.url, trusted=False)
        with pytest.raises(TrustError):
            scene.read({"method": "jwt", "role": "ci"}, environ=environ)
        assert thief.connections == 0
