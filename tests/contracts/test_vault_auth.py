"""Every way to a token, on a real OpenBao: logged in, refused, passed over, and given back."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from scale_secrets.errors import (
    BadAnswerError,
    DeniedError,
    ScaleSecretsError,
    TrustError,
    UnreachableError,
    UsageError,
)
from scale_secrets.operation import operation
from scale_secrets.stores.vault.store import VaultStore
from scale_secrets.values import SecretValue
from tests.contracts.store_contract import assert_value_free
from tests.support.fault_proxy import FaultServer, Forward, Reply
from tests.support.openbao import ROOT_TOKEN, OpenBao, RootError
from tests.support.tls import Pair
from tests.support.vault import NOWHERE, opened

VALUE = "live_" + "0123456789abcdef" * 2
PASSWORD = "correct horse battery staple"
WRONG = "canary-credential"  # a constant, because tracebacks quote the lines of these tests


@dataclass
class Scene:
    """A server with every auth method mounted, and one secret that their roles may read."""

    bao: OpenBao
    signing: ec.EllipticCurvePrivateKey
    client: Pair
    reviewer: FaultServer

    def read(self, *auth: dict[str, str], url: str = "", **more: Any) -> str:
        more = {"environ": {}, "auth": list(auth), **more}
        with opened(url or self.bao.url, **more) as store:
            return value_in(store)

    def signed(self, **claims: Any) -> str:
        body = {"sub": "ci", "aud": "vault", "exp": int(time.time()) + 60, **claims}
        return jwt.encode(body, self.signing, algorithm="ES256")

    def service_account(self) -> str:
        account = {"namespace": "apps", "serviceaccount": {"name": "labels", "uid": "1"}}
        subject = "system:serviceaccount:apps:labels"
        return self.signed(sub=subject, aud=["vault"], **{"kubernetes.io": account})

    def wrapped_secret_id(self, ttl: str = "60s") -> str:
        path = "auth/approle/role/app/secret-id"
        return str(self.bao.root("POST", path, {}, wrap_ttl=ttl)["wrap_info"]["token"])

    def secret_id(self) -> str:
        made = self.bao.root("POST", "auth/approle/role/app/secret-id", {})
        return str(made["data"]["secret_id"])

    @property
    def role_id(self) -> str:
        return str(self.bao.root("GET", "auth/approle/role/app/role-id")["data"]["role_id"])

    @property
    def accessors(self) -> set[str]:
        return set(self.bao.root("LIST", "auth/token/accessors")["data"]["keys"])


def value_in(store: VaultStore) -> str:
    fields = store.get("scale/key", None, operation(10)).content.fields
    assert fields is not None
    return fields["value"].reveal()


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    review = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "status": {
            "authenticated": True,
            "audiences": ["vault"],
            "user": {"username": "system:serviceaccount:apps:labels", "uid": "1"},
        },
    }
    with OpenBao() as bao, FaultServer(Reply(201, json.dumps(review).encode())) as reviewer:
        signing = ec.generate_private_key(ec.SECP256R1())
        client = bao.authority.issue("client", "labels.example")
        scene = Scene(bao, signing, client, reviewer)
        prepare(scene)
        yield scene


def prepare(scene: Scene) -> None:
    root = scene.bao.root
    root("POST", "secret/data/scale/key", {"data": {"value": VALUE}})
    policy = scene.bao.policy("secret/data/scale/* [read]")
    for method in ("approle", "jwt", "kubernetes", "userpass", "cert"):
        root("POST", f"sys/auth/{method}", {"type": method})
    token = {"token_policies": [policy], "token_ttl": "5m"}
    root("POST", "auth/approle/role/app", token)
    root("POST", "auth/userpass/users/ada", {"password": PASSWORD, **token})
    public = scene.signing.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    root("POST", "auth/jwt/config", {"jwt_validation_pubkeys": [public.decode()]})
    bound = {"bound_audiences": ["vault"], "bound_subject": "ci", "user_claim": "sub"}
    root("POST", "auth/jwt/role/ci", {"role_type": "jwt", **bound, **token})
    host = {"kubernetes_host": scene.reviewer.url, "kubernetes_ca_cert": scene.bao.authority.pem}
    root("POST", "auth/kubernetes/config", {**host, "disable_local_ca_jwt": True})
    accounts = {
        "bound_service_account_names": ["labels"],
        "bound_service_account_namespaces": ["apps"],
    }
    root("POST", "auth/kubernetes/role/labels", {**accounts, **token})
    root("POST", "auth/cert/certs/labels", {"certificate": scene.bao.authority.pem, **token})


def refused(call: Callable[[], object], *secrets: str) -> DeniedError:
    with pytest.raises(DeniedError) as caught:
        call()
    assert caught.value.hint
    assert_value_free(caught.value, VALUE, PASSWORD, *secrets)
    return caught.value


def written(directory: Path, text: str, name: str = "file") -> str:
    path = directory / name
    path.write_text(f"{text}\n")
    return str(path)


# token


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


# approle


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


# kubernetes


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


# jwt


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


# userpass


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


# cert


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


# the list of methods


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


# giving back


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


# namespaces


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
