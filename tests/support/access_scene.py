"""An OpenBao with every auth method, nested groups, templates and namespaces, and its logins.

A login is done over HTTP as its client would do it.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.access_actor import Place, seed
from tests.support.access_scene_policies import APPROLES, PLACES, POLICIES
from tests.support.fault_proxy import FaultServer, Reply
from tests.support.openbao import OpenBao, RootError
from tests.support.raw_openbao import Connection
from tests.support.tls import Pair

PASSWORD = "correct horse battery staple"


@dataclass
class Scene:
    """``logins``: how to get a token for real, by the principal's name with its namespace."""

    bao: OpenBao
    root: Connection
    signing: ec.EllipticCurvePrivateKey
    client: Pair
    logins: dict[str, Callable[[], str]] = field(default_factory=dict)

    def post(self, path: str, body: dict[str, Any] | None = None, space: str = "") -> Any:
        return self.root.root("POST", path, body or {}, namespace=space)

    def login(self, path: str, body: dict[str, Any], space: str = "") -> str:
        return str(self.post(path, body, space)["auth"]["client_token"])

    def signed(self, **claims: Any) -> str:
        body = {"aud": "vault", "exp": int(time.time()) + 60, **claims}
        return jwt.encode(body, self.signing, algorithm="ES256")

    def entity(self, name: str, space: str = "", **body: Any) -> str:
        return str(self.post("identity/entity", {"name": name, **body}, space)["data"]["id"])

    def alias(self, entity: str, name: str, mount: str, space: str = "") -> None:
        accessor = self.root.root("GET", "sys/auth", namespace=space)["data"][mount]["accessor"]
        body = {"canonical_id": entity, "name": name, "mount_accessor": accessor}
        self.post("identity/entity-alias", body, space)

    def group(self, name: str, space: str = "", **body: Any) -> str:
        return str(self.post("identity/group", {"name": name, **body}, space)["data"]["id"])


@contextmanager
def prepared() -> Iterator[Scene]:
    review = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "status": {
            "authenticated": True,
            "audiences": ["vault"],
            "user": {"username": "system:serviceaccount:apps:labels", "uid": "1"},
        },
    }
    reply = Reply(201, json.dumps(review).encode())
    with OpenBao() as bao, FaultServer(reply) as reviewer, Connection(bao) as root:
        client = bao.authority.issue("client", "labels.example")
        scene = Scene(bao, root, ec.generate_private_key(ec.SECP256R1()), client)
        _engines(scene)
        for method in ("approle", "jwt", "kubernetes", "userpass", "cert"):
            scene.post(f"sys/auth/{method}", {"type": method})
        _approles(scene)
        _users(scene)
        _workloads(scene, reviewer.url)
        _groups(scene)
        _token_roles(scene)
        _team(scene)
        yield scene


def _engines(scene: Scene) -> None:
    scene.post("sys/namespaces/team")
    scene.post("sys/namespaces/sub", space="team")
    for space in ("team", "team/sub"):
        scene.post("sys/mounts/kv", {"type": "kv", "options": {"version": "2"}}, space)
    for space, texts in POLICIES.items():
        for name, text in texts.items():
            scene.post(f"sys/policies/acl/{name}", {"policy": text}, space)
    for place in PLACES:
        _seed_when_ready(scene.root, place)


def _seed_when_ready(root: Connection, place: Place) -> None:
    """A new KV v2 mount needs a moment."""
    for _ in range(100):
        try:
            return seed(root, place)
        except RootError as error:
            if error.status != 400:
                raise
            time.sleep(0.02)
    return seed(root, place)


def _approles(scene: Scene) -> None:
    for name, policies in APPROLES.items():
        bare = name not in ("nothing", "admin")
        _approle(scene, name, {"token_policies": policies, "token_no_default_policy": bare})
    bound = {"token_policies": ["read-scale"], "secret_id_bound_cidrs": ["127.0.0.0/8"]}
    _approle(scene, "bound", {**bound, "token_bound_cidrs": ["127.0.0.1/32"]})
    _approle(scene, "legacy", {"policies": ["read-live"], "token_type": "batch"})
    _approle(scene, "own", {"token_policies": ["own", "by-group"]}, {"name": "ann-bot"})


def _approle(
    scene: Scene, name: str, role: dict[str, Any], entity: dict[str, Any] | None = None
) -> None:
    path = f"auth/approle/role/{name}"
    scene.post(path, role)
    role_id = scene.root.root("GET", f"{path}/role-id")["data"]["role_id"]
    if entity is not None:
        scene.alias(scene.entity(**entity), role_id, "approle/")

    def login() -> str:
        secret_id = scene.post(f"{path}/secret-id")["data"]["secret_id"]
        return scene.login("auth/approle/login", {"role_id": role_id, "secret_id": secret_id})

    scene.logins[f"auth/approle/role/{name.lower()}"] = login


def _users(scene: Scene) -> None:
    """Ann by entity and template, Bob disabled, Cid by groups alone, Dan without an entity yet."""
    for name, policies in {
        "ann": ["own"],
        "bob": ["everything"],
        "cid": [],
        "dan": ["own"],
    }.items():
        _user(scene, name, policies)
    ann = scene.entity("ann", policies=["names", "missing-as-well"], metadata={"folder": "ann"})
    bob = scene.entity("bob")
    for entity, name in ((ann, "ann"), (bob, "bob"), (scene.entity("cid"), "cid")):
        scene.alias(entity, name, "userpass/")
    # A disabled entity cannot log in any more; a token that it has stays and is refused everything.
    token = scene.logins["auth/userpass/users/bob"]()
    scene.post(f"identity/entity/id/{bob}", {"disabled": True})
    scene.logins["auth/userpass/users/bob"] = lambda: token
    scene.logins["identity/entity/name/cid"] = scene.logins["auth/userpass/users/cid"]


def _user(scene: Scene, name: str, policies: list[str], space: str = "") -> None:
    body = {"password": PASSWORD, "token_policies": policies}
    scene.post(f"auth/userpass/users/{name}", body, space)
    path = f"auth/userpass/login/{name}"
    full = f"{space}auth/userpass/users/{name}"
    scene.logins[full] = lambda: scene.login(path, {"password": PASSWORD}, space)


def _workloads(scene: Scene, reviewer: str) -> None:
    public = scene.signing.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    scene.post("auth/jwt/config", {"jwt_validation_pubkeys": [public.decode()]})
    role = {"role_type": "jwt", "user_claim": "sub", "token_policies": ["read-live", "own"]}
    for name, bound in {
        "subject": {"bound_subject": "ci"},
        "anyone": {"bound_claims": {"project": ["labels"]}, "bound_audiences": ["vault"]},
    }.items():
        scene.post(f"auth/jwt/role/{name}", {"bound_audiences": ["vault"], **role, **bound})
    scene.logins["auth/jwt/role/subject"] = lambda: scene.login(
        "auth/jwt/login", {"role": "subject", "jwt": scene.signed(sub="ci")}
    )
    scene.logins["auth/jwt/role/anyone"] = lambda: scene.login(
        "auth/jwt/login", {"role": "anyone", "jwt": scene.signed(sub="x1", project="labels")}
    )
    _kubernetes(scene, reviewer)
    certificate = {"certificate": scene.bao.authority.pem, "token_policies": ["patch", "names"]}
    scene.post("auth/cert/certs/labels", certificate)
    scene.logins["auth/cert/certs/labels"] = lambda: _by_certificate(scene, "labels")


def _kubernetes(scene: Scene, reviewer: str) -> None:
    host = {"kubernetes_host": reviewer, "kubernetes_ca_cert": scene.bao.authority.pem}
    scene.post("auth/kubernetes/config", {**host, "disable_local_ca_jwt": True})
    role = {
        "bound_service_account_names": ["labels"],
        "bound_service_account_namespaces": ["apps"],
        "alias_name_source": "serviceaccount_name",
        "token_policies": ["own", "update"],
    }
    scene.post("auth/kubernetes/role/labels", role)
    account = {"namespace": "apps", "serviceaccount": {"name": "labels", "uid": "1"}}
    claims = {"sub": "system:serviceaccount:apps:labels", "aud": ["vault"]}
    scene.logins["auth/kubernetes/role/labels"] = lambda: scene.login(
        "auth/kubernetes/login",
        {"role": "labels", "jwt": scene.signed(**claims, **{"kubernetes.io": account})},
    )


def _by_certificate(scene: Scene, name: str) -> str:
    context = ssl.create_default_context(cafile=str(scene.bao.authority.file))
    context.load_cert_chain(scene.client.certificate, scene.client.key)
    url = urlsplit(scene.bao.tls_url)
    connection = http.client.HTTPSConnection(url.netloc, context=context, timeout=20)
    try:
        connection.request("POST", "/v1/auth/cert/login", json.dumps({"name": name}))
        return str(json.loads(connection.getresponse().read())["auth"]["client_token"])
    finally:
        connection.close()


def _groups(scene: Scene) -> None:
    """Cid is in ``ops``, which is in ``platform``, which is in ``company``."""
    cid = scene.root.root("GET", "identity/entity/name/cid")["data"]["id"]
    ops = scene.group("ops", policies=["read-live", "by-group"], member_entity_ids=[cid])
    platform = scene.group("platform", policies=["deny-loses"], member_group_ids=[ops])
    scene.group("company", policies=["Tree"], member_group_ids=[platform])
    scene.group("empty", policies=["everything"])
    _user(scene, "eve", [])
    eve = scene.entity("eve")
    scene.alias(eve, "eve", "userpass/")
    scene.group("editors", policies=["edit-policies", "read-scale"], member_entity_ids=[eve])
    scene.logins["identity/group/name/editors"] = scene.logins["auth/userpass/users/eve"]


def _token_roles(scene: Scene) -> None:
    roles = {
        "orphan": {"allowed_policies": ["read-scale", "update"], "orphan": True},
        "globbed": {
            "allowed_policies_glob": ["read-*"],
            "disallowed_policies": ["read-scale"],
            "token_no_default_policy": True,
            "orphan": True,
        },
    }
    roles["choosy"] = {"allowed_policies": ["read-scale", "deny-wins"], "orphan": True}
    for name, role in roles.items():
        scene.post(f"auth/token/roles/{name}", role)
    asked = {"orphan": {}, "globbed": {"policies": ["read-live"]}, "choosy": {}}
    for name, body in asked.items():
        scene.logins[f"auth/token/roles/{name}"] = _creator(scene, name, body)


def _creator(scene: Scene, role: str, body: dict[str, Any]) -> Callable[[], str]:
    return lambda: scene.login(f"auth/token/create/{role}", body)


def _team(scene: Scene) -> None:
    space = "team/"
    scene.post("sys/auth/userpass", {"type": "userpass"}, space)
    for name, policies in {
        "tess": ["read", "own"],
        "tom": ["own", "below"],
        "tina": ["outward"],
        "boss": ["everything"],
        "gus": [],
    }.items():
        _user(scene, name, policies, space)
    for name in ("tess", "tom", "gus"):
        scene.alias(scene.entity(name, space), name, "userpass/", space)
    gus = scene.root.root("GET", "identity/entity/name/gus", namespace=space)["data"]["id"]
    inner = scene.group("inner", space, policies=["below"], member_entity_ids=[gus])
    scene.group("outer", space, policies=["read"], member_group_ids=[inner])
