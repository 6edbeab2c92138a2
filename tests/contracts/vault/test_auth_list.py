"""The list of auth methods: passed over, refused, chosen, and given back at the end."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from scale_secrets.errors import (
    BadAnswerError,
    DeniedError,
    ScaleSecretsError,
    UnreachableError,
    UsageError,
)
from scale_secrets.operation import operation
from scale_secrets.values import SecretValue
from tests.contracts.store_contract import assert_value_free
from tests.contracts.vault.scene import PASSWORD, WRONG, Scene, refused, value_in, written
from tests.support.fault_proxy import FaultServer, Forward, Reply
from tests.support.openbao import ROOT_TOKEN, RootError
from tests.support.vault import NOWHERE, VALUE, opened


def test_methods_without_ingredients_are_passed_over(scene: Scene, tmp_path: Path) -> None:
    auth = (
        {"method": "kubernetes", "role": "labels", "token_file": str(NOWHERE / "token")},
        {"method": "jwt", "role": "ci", "token_variable": "ABSENT"},
        {"method": "cert"},
        {"method": "token"},
    )
    assert scene.read(*auth, environ={"VAULT_TOKEN": ROOT_TOKEN}) == VALUE


def test_when_none_applies_each_one_says_why(scene: Scene) -> None:
    auth = (
        {"method": "kubernetes", "role": "labels"},
        {"method": "jwt", "role": "ci", "token_variable": "ABSENT"},
        {"method": "jwt", "role": "ci"},
        {"method": "approle", "role_id": "x"},
        {"method": "userpass", "username": "ada"},
        {"method": "cert"},
        {"method": "token"},
    )
    message = refused(lambda: scene.read(*auth)).message
    for reason in (
        "serviceaccount/token",
        "variable ABSENT",
        "id-token: write",
        "VAULT_SECRET_ID",
        "password_file",
        "VAULT_CLIENT_CERT",
        "VAULT_TOKEN",
        ".vault-token",
    ):
        assert reason in message


def test_a_refusal_ends_the_search(scene: Scene) -> None:
    auth = ({"method": "approle", "role_id": "x"}, {"method": "token"})
    environ = {"VAULT_SECRET_ID": "wrong", "VAULT_TOKEN": ROOT_TOKEN}
    refused(lambda: scene.read(*auth, environ=environ))


def test_the_users_choice_picks_one_method(scene: Scene) -> None:
    auth = ({"method": "approle", "role_id": "x"}, {"method": "token"})
    environ = {"VAULT_SECRET_ID": "wrong", "VAULT_TOKEN": ROOT_TOKEN}
    assert scene.read(*auth, environ=environ, auth_method="token") == VALUE


def test_a_mount_that_is_not_there_says_so(scene: Scene) -> None:
    auth = {"method": "userpass", "username": "ada", "mount": "elsewhere"}
    error = refused(lambda: scene.read(auth, ask=lambda _: SecretValue(PASSWORD)))
    assert "mount" in error.hint


@pytest.mark.parametrize(
    ("auth", "more"),
    [
        ({"method": "approle", "secret_id": WRONG}, {}),
        ({"method": "userpass", "username": "ada", "password": WRONG}, {}),
        ({"method": "token", "token": WRONG}, {}),
        ({"method": "ldap"}, {}),
        ({"method": "jwt"}, {}),
        ({"method": "kubernetes", "role": 7}, {}),
        ({"method": "token"}, {"auth_method": "jwt"}),
    ],
)
def test_a_wrong_table_is_an_error_that_repeats_no_value(
    scene: Scene, auth: dict[str, str], more: dict[str, str]
) -> None:
    with pytest.raises(UsageError) as caught:
        scene.read(auth, **more)
    assert_value_free(caught.value, WRONG)


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_file_that_holds_no_credential_is_passed_over(
    scene: Scene, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "file"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    error = refused(lambda: scene.read({"method": "token", "token_file": str(file)}))
    assert f"token: file {file}" in error.message


def logging_in_at(*answers: Reply) -> ScaleSecretsError:
    auth = [{"method": "userpass", "username": "ada"}]
    with (
        FaultServer(*answers) as server,
        opened(server.url, {}, auth=auth, ask=lambda _: SecretValue(PASSWORD)) as store,
        pytest.raises(ScaleSecretsError) as caught,
    ):
        store.get("scale/key", None, operation(2))
    assert b"data/scale" not in b"".join(server.requests)
    assert_value_free(caught.value, PASSWORD)
    assert "userpass as ada" in caught.value.message
    return caught.value


def test_a_login_that_wants_a_second_factor_says_so() -> None:
    body = {"auth": {"client_token": "", "mfa_requirement": {"mfa_request_id": "1"}}}
    error = logging_in_at(Reply(200, json.dumps(body).encode()))
    assert isinstance(error, DeniedError)
    assert "second factor" in error.message


@pytest.mark.parametrize("body", [b"{}", b'{"auth": null}', b"<html>", b"", b"[]", b"{"])
def test_a_login_without_a_token_is_a_bad_answer(body: bytes) -> None:
    assert isinstance(logging_in_at(Reply(200, body)), BadAnswerError)


@pytest.mark.parametrize("status", [500, 503, 429, 307])
def test_a_login_that_fails_for_long_is_unreachable(status: int) -> None:
    assert isinstance(logging_in_at(Reply(status, b"{}")), UnreachableError)


def test_a_login_rides_out_a_passing_weakness(scene: Scene) -> None:
    forward = Forward(int(scene.bao.url.rpartition(":")[2]))
    auth = {"method": "userpass", "username": "ada"}
    with FaultServer(Reply(503, b"{}"), Reply(429, b"{}"), forward) as server:
        assert scene.read(auth, url=server.url, ask=lambda _: SecretValue(PASSWORD)) == VALUE


def test_a_token_gained_by_login_is_revoked_at_the_end(scene: Scene) -> None:
    before = scene.accessors
    auth = [{"method": "userpass", "username": "ada"}]
    with opened(scene.bao.url, {}, auth=auth, ask=lambda _: SecretValue(PASSWORD)) as store:
        assert value_in(store) == VALUE
        assert value_in(store) == VALUE
        (gained,) = scene.accessors - before
    with pytest.raises(RootError):
        scene.bao.root("POST", "auth/token/lookup-accessor", {"accessor": gained})


def test_a_token_is_revoked_after_an_error_too(scene: Scene) -> None:
    before = scene.accessors
    auth = [{"method": "userpass", "username": "ada"}]
    with opened(scene.bao.url, {}, auth=auth, ask=lambda _: SecretValue(PASSWORD)) as store:
        with pytest.raises(ScaleSecretsError):
            store.get("not/allowed", None, operation(5))
        assert len(scene.accessors - before) == 1
    assert scene.accessors == before


def test_closing_never_fails_or_lasts_when_the_server_is_gone(scene: Scene) -> None:
    login = Reply(200, json.dumps({"auth": {"client_token": "t"}}).encode())
    auth = [{"method": "userpass", "username": "ada"}]
    server = FaultServer(login, Reply(403, b'{"errors": []}'))
    with opened(server.url, {}, auth=auth, ask=lambda _: SecretValue(PASSWORD)) as store:
        with server, pytest.raises(DeniedError):
            store.get("scale/key", None, operation(5))
        begin = time.monotonic()
    assert time.monotonic() - begin < 6


def test_a_forked_child_leaves_its_parents_token_alone(scene: Scene) -> None:
    auth = [{"method": "userpass", "username": "ada"}]
    with opened(scene.bao.url, {}, auth=auth, ask=lambda _: SecretValue(PASSWORD)) as store:
        assert value_in(store) == VALUE
        child = os.fork()
        if child == 0:
            try:
                store.close()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert value_in(store) == VALUE


@pytest.mark.parametrize("way", ["setting", "variable"])
def test_a_namespace_holds_for_login_and_read(scene: Scene, way: str) -> None:
    bao, name = scene.bao, f"team-{way}"
    bao.root("POST", f"sys/namespaces/{name}", {})
    inside = {"namespace": name}
    options = {"type": "kv", "options": {"version": "2"}}
    bao.root("POST", "sys/mounts/secret", options, namespace=name)
    bao.root("POST", "secret/data/scale/key", {"data": {"value": way}}, namespace=name)
    bao.root("POST", "sys/auth/userpass", {"type": "userpass"}, namespace=name)
    policy = bao.policy("secret/data/scale/* [read]", namespace=name)
    user = {"password": PASSWORD, "token_policies": [policy]}
    bao.root("POST", "auth/userpass/users/eve", user, namespace=name)
    read = scene.read(
        {"method": "userpass", "username": "eve"},
        ask=lambda _: SecretValue(PASSWORD),
        environ={} if way == "setting" else {"VAULT_NAMESPACE": name},
        **(inside if way == "setting" else {}),
    )
    assert read == way


def test_a_wrapped_secret_id_of_a_namespace_is_recognised(scene: Scene, tmp_path: Path) -> None:
    bao, name = scene.bao, "team-wrapped"
    bao.root("POST", f"sys/namespaces/{name}", {})
    options = {"type": "kv", "options": {"version": "2"}}
    bao.root("POST", "sys/mounts/secret", options, namespace=name)
    bao.root("POST", "secret/data/scale/key", {"data": {"value": name}}, namespace=name)
    bao.root("POST", "sys/auth/approle", {"type": "approle"}, namespace=name)
    policy = bao.policy("secret/data/scale/* [read]", namespace=name)
    path = "auth/approle/role/app"
    bao.root("POST", path, {"token_policies": [policy]}, namespace=name)
    role_id = bao.root("GET", f"{path}/role-id", namespace=name)["data"]["role_id"]
    made = bao.root("POST", f"{path}/secret-id", {}, namespace=name, wrap_ttl="60s")
    auth = {
        "method": "approle",
        "role_id": role_id,
        "wrapped_secret_id_file": written(tmp_path, made["wrap_info"]["token"]),
    }
    assert scene.read(auth, namespace=name) == name
