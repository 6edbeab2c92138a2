"""Every way to a token, on a real OpenBao: from a file, by AppRole, by certificate."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scale_secrets.values import SecretValue
from tests.contracts.vault.scene import PASSWORD, WRONG, Scene, refused, written
from tests.support.openbao import ROOT_TOKEN
from tests.support.tls import Pair
from tests.support.vault import VALUE


@pytest.mark.parametrize(
    "environ",
    [
        {"VAULT_TOKEN": ROOT_TOKEN},
        {"BAO_TOKEN": ROOT_TOKEN},
        {"BAO_TOKEN": ROOT_TOKEN, "VAULT_TOKEN": "wrong"},
    ],
)
def test_a_token_comes_from_a_variable(scene: Scene, environ: dict[str, str]) -> None:
    assert scene.read({"method": "token"}, environ=environ) == VALUE


def test_a_token_comes_from_the_clis_own_file(scene: Scene, tmp_path: Path) -> None:
    written(tmp_path, ROOT_TOKEN, ".vault-token")
    assert scene.read(home=tmp_path) == VALUE


def test_an_empty_bao_variable_hides_its_vault_twin(scene: Scene, tmp_path: Path) -> None:
    written(tmp_path, ROOT_TOKEN, ".vault-token")
    environ = {"BAO_TOKEN": "", "VAULT_TOKEN": "wrong"}
    assert scene.read({"method": "token"}, environ=environ, home=tmp_path) == VALUE


def test_a_token_comes_from_a_named_file(scene: Scene, tmp_path: Path) -> None:
    written(tmp_path, ROOT_TOKEN, "sink")
    assert scene.read({"method": "token", "token_file": "sink"}, directory=tmp_path) == VALUE


def test_a_token_that_was_there_already_is_not_revoked(scene: Scene) -> None:
    token = scene.bao.token("secret/data/scale/* [read]")
    for _ in range(2):
        assert scene.read(environ={"VAULT_TOKEN": token}) == VALUE


@pytest.mark.parametrize("way", ["file", "variable", "named variable"])
def test_approle_logs_in(scene: Scene, tmp_path: Path, way: str) -> None:
    auth = {"method": "approle", "role_id": scene.role_id}
    environ = {}
    if way == "file":
        auth["secret_id_file"] = written(tmp_path, scene.secret_id())
    elif way == "variable":
        environ["VAULT_SECRET_ID"] = scene.secret_id()
    else:
        auth["secret_id_variable"] = "MY_SECRET_ID"
        environ["MY_SECRET_ID"] = scene.secret_id()
    assert scene.read(auth, environ=environ) == VALUE


def test_approle_reads_its_role_id_from_a_file(scene: Scene, tmp_path: Path) -> None:
    auth = {
        "method": "approle",
        "role_id_file": written(tmp_path, scene.role_id, "role"),
        "secret_id_file": written(tmp_path, scene.secret_id(), "secret"),
    }
    assert scene.read(auth) == VALUE


def test_approle_is_refused_a_wrong_secret_id(scene: Scene) -> None:
    auth = {"method": "approle", "role_id": scene.role_id}
    environ = {"VAULT_SECRET_ID": WRONG}
    error = refused(lambda: scene.read(auth, environ=environ), WRONG, scene.role_id)
    assert "approle" in error.message


def wrapped(scene: Scene, directory: Path, token: str) -> Callable[[], str]:
    auth = {
        "method": "approle",
        "role_id": scene.role_id,
        "wrapped_secret_id_file": written(directory, token),
    }
    return lambda: scene.read(auth)


def test_a_wrapped_secret_id_works_once(scene: Scene, tmp_path: Path) -> None:
    token = scene.wrapped_secret_id()
    read = wrapped(scene, tmp_path, token)
    assert read() == VALUE
    error = refused(read, token)
    assert "used already" in error.message
    assert "stolen" in error.hint


def test_a_wrapping_that_was_made_elsewhere_is_not_unwrapped(scene: Scene, tmp_path: Path) -> None:
    """A thief unwraps the secret-id and wraps it anew, so that nobody notices."""
    stolen = {"secret_id": scene.secret_id()}
    forged = scene.bao.root("POST", "sys/wrapping/wrap", stolen, wrap_ttl="60s")
    token = str(forged["wrap_info"]["token"])
    error = refused(wrapped(scene, tmp_path, token), token)
    assert "not made for" in error.message
    assert scene.bao.root("POST", "sys/wrapping/lookup", {"token": token})["data"]


def test_a_wrapping_of_a_path_that_looks_like_the_roles_is_not_unwrapped(
    scene: Scene, tmp_path: Path
) -> None:
    path = "secret/data/auth/approle/role/app/secret-id"
    scene.bao.root("POST", path, {"data": {"secret_id": scene.secret_id()}})
    token = str(scene.bao.root("GET", path, wrap_ttl="60s")["wrap_info"]["token"])
    assert "not made for" in refused(wrapped(scene, tmp_path, token), token).message


def test_an_expired_wrapping_says_so(scene: Scene, tmp_path: Path) -> None:
    token = scene.wrapped_secret_id("1s")
    time.sleep(1.5)
    assert "expired" in refused(wrapped(scene, tmp_path, token), token).message


def test_userpass_asks_for_the_password(scene: Scene) -> None:
    prompts = []

    def ask(prompt: str) -> SecretValue:
        prompts.append(prompt)
        return SecretValue(PASSWORD)

    assert scene.read({"method": "userpass", "username": "ada"}, ask=ask) == VALUE
    assert prompts == [f"password of ada at {scene.bao.url}"]


def test_userpass_reads_the_password_from_a_file(scene: Scene, tmp_path: Path) -> None:
    file = written(tmp_path, PASSWORD)
    assert scene.read({"method": "userpass", "username": "ada", "password_file": file}) == VALUE


def test_userpass_is_refused_a_wrong_password(scene: Scene) -> None:
    auth = {"method": "userpass", "username": "ada"}
    error = refused(lambda: scene.read(auth, ask=lambda _: SecretValue(WRONG)), WRONG)
    assert "userpass as ada" in error.message


def certified(scene: Scene, pair: Pair, role: str = "labels") -> str:
    return scene.read(
        {"method": "cert", "role": role},
        url=scene.bao.tls_url,
        ca_cert=str(scene.bao.authority.file),
        client_cert=str(pair.certificate),
        client_key=str(pair.key),
    )


def test_a_client_certificate_logs_in(scene: Scene) -> None:
    assert certified(scene, scene.client) == VALUE


def test_a_client_certificate_is_refused_another_role(scene: Scene) -> None:
    error = refused(lambda: certified(scene, scene.client, "others"))
    assert "cert as others" in error.message
