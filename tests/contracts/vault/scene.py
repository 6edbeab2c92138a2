"""A server with every auth method mounted, and what the tests of the methods share."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from scale_secrets.errors import DeniedError
from scale_secrets.stores.vault.store import VaultStore
from tests.contracts.store_contract import assert_value_free
from tests.support.fault_proxy import FaultServer, Reply
from tests.support.openbao import OpenBao
from tests.support.tls import Pair
from tests.support.vault import VALUE, opened, value_of

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
    return value_of(store, "scale/key")


@contextmanager
def prepared() -> Iterator[Scene]:
    """A server with everything mounted."""
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
