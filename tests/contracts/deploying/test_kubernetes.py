"""The Kubernetes examples: kubectl knows every field, and their containers do what they say."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec

from tests.contracts.deploying.conftest import ROLE, enable, store
from tests.support.fault_proxy import FaultServer, Reply
from tests.support.namespaces import contained
from tests.support.openbao import OpenBao
from tests.support.project import LIVE_KEY, Project
from tests.support.watched import PATIENCE, until

EXAMPLES = ("init-container.yaml", "sidecar.yaml")
SERVICE_ACCOUNT = "system:serviceaccount:default:cat-labels"
NEW_KEY = "live_ScaleRocks"
every_example = pytest.mark.parametrize("name", EXAMPLES)


def documents(file: Path) -> dict[str, Any]:
    """By kind."""
    return {one["kind"]: one for one in yaml.safe_load_all(file.read_text())}


@every_example
def test_kubectl_knows_every_field(examples: Path, name: str) -> None:
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    text = json.dumps(documents(examples / "kubernetes" / name)["Deployment"])
    assert _unknown(text) == []
    misspelt = text.replace("mountPath", "mountpath", 1)
    assert len(_unknown(misspelt)) == 1, "the control: such a field is noticed"


def _unknown(text: str) -> list[str]:
    """Where kubectl, which reads a manifest into its own types, drops something of it."""
    words = ["kubectl", "set", "image", "--local", "-f", "-", "app=other", "-o", "json"]
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=True)
    given = json.loads(text)
    given["spec"]["template"]["spec"]["containers"][0]["image"] = "other"
    return list(_lost(given, json.loads(done.stdout)))


def _lost(given: Any, read: Any, place: str = "") -> Iterator[str]:
    if isinstance(given, Mapping):
        for key, value in given.items():
            if key not in read:
                yield f"{place}.{key}"
            else:
                yield from _lost(value, read[key], f"{place}.{key}")
    elif isinstance(given, list):
        for number, (ours, theirs) in enumerate(zip(given, read, strict=True)):
            yield from _lost(ours, theirs, f"{place}[{number}]")
    elif given != read:
        yield place


@every_example
def test_the_application_sees_the_keys_and_nothing_that_gets_them(
    examples: Path, name: str
) -> None:
    pod = documents(examples / "kubernetes" / name)["Deployment"]["spec"]["template"]["spec"]
    (keys,), (app,) = pod["initContainers"], pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert [mount["name"] for mount in app["volumeMounts"]] == ["keys"]
    assert app["volumeMounts"][0]["readOnly"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert {mount["name"] for mount in keys["volumeMounts"]} == volumes.keys()
    assert volumes["keys"]["emptyDir"]["medium"] == "Memory"
    (variable,) = app["env"]
    files = keys["command"][keys["command"].index("--files") + 1]
    assert variable == {"name": "SCALE_API_KEY_FILE", "value": f"{files}/SCALE_API_KEY"}


@pytest.fixture
def token(vault: OpenBao) -> Iterator[str]:
    """A service account's token, and a cluster that says whose it is when Vault asks."""
    status = {
        "authenticated": True,
        "audiences": ["vault"],
        "user": {"username": SERVICE_ACCOUNT, "uid": "1"},
    }
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status}
    account = {"namespace": "default", "serviceaccount": {"name": "cat-labels", "uid": "1"}}
    now = int(time.time())
    times = {"iat": now, "nbf": now, "exp": now + 600}
    claims = {"sub": SERVICE_ACCOUNT, "aud": ["vault"], **times}
    signed = jwt.encode(
        {**claims, "kubernetes.io": account}, ec.generate_private_key(ec.SECP256R1()), "ES256"
    )
    enable(vault, "kubernetes")
    with FaultServer(Reply(201, json.dumps(review).encode())) as cluster:
        host = {"kubernetes_host": cluster.url, "kubernetes_ca_cert": vault.authority.pem}
        vault.root("POST", "auth/kubernetes/config", {**host, "disable_local_ca_jwt": True})
        role = {
            "bound_service_account_names": ["cat-labels"],
            "bound_service_account_namespaces": ["default"],
            "token_policies": [ROLE],
        }
        vault.root("POST", f"auth/kubernetes/role/{ROLE}", role)
        yield signed


def prepared(examples: Path, name: str, host: Project, vault: OpenBao, token: str) -> list[str]:
    """The init container's command, in volumes as a kubelet mounts them."""
    every = documents(examples / "kubernetes" / name)
    (keys,) = every["Deployment"]["spec"]["template"]["spec"]["initContainers"]
    manifest = every["ConfigMap"]["data"]["scale-secrets.toml"]
    mounts = {mount["name"]: mount for mount in keys["volumeMounts"]}
    token_at = mounts["vault-token"]["mountPath"]
    file = mounts["manifest"]["mountPath"]
    assert file.endswith(f"/{mounts['manifest']['subPath']}")
    # Volumes are directories that all may write, their files behind two symbolic links, for an
    # exchange at once; a subPath is one file in a directory that the runtime makes for it.
    lines = [
        "umask 022",
        f"mkdir -m 0777 {mounts['keys']['mountPath']} {token_at}",
        f"mkdir {token_at}/..v1",
        f"ln -s ..v1 {token_at}/..data",
        f"ln -s ..data/token {token_at}/token",
        f"printf %s {shlex.quote(token)} > {token_at}/..v1/token",
        f"mkdir {Path(file).parent}",
        f"printf %s {shlex.quote(manifest)} > {file}",
    ]
    variables = [f"{one['name']}={one['value']}" for one in keys["env"]]
    assert any(line.startswith("VAULT_ADDR=https://") for line in variables)
    words = ["env", *variables, f"VAULT_ADDR={vault.url}", *keys["command"]]
    return contained(words, prepare="\n".join(lines))


def test_the_init_container_leaves_the_key_as_a_file(
    examples: Path, host: Project, vault: OpenBao, token: str
) -> None:
    words = prepared(examples, "init-container.yaml", host, vault, token)
    file = "/run/keys/scale/SCALE_API_KEY"
    words[-1] = words[-1].replace("\nexec ", "\n") + f"\ncat {file}; stat -c ' %a' {file}"
    done = subprocess.run(words, env=host.environ, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{LIVE_KEY} 600\n", "")


def test_the_sidecar_s_file_follows_a_rotation(
    examples: Path, host: Project, vault: OpenBao, token: str
) -> None:
    words = prepared(examples, "sidecar.yaml", host, vault, token)
    words[-1] = words[-1].replace("--watch ", "--watch --every 0.3 --debounce 0.1 ")
    process = subprocess.Popen(words, env=host.environ)
    try:
        until(lambda: _key(process) == LIVE_KEY)
        store(vault, NEW_KEY)
        until(lambda: _key(process) == NEW_KEY)
        # What a kubelet sends when the pod is deleted.
        subprocess.run(["kill", "-TERM", _first(process)], check=True)
        assert process.wait(PATIENCE) == 128 + 15
    finally:
        process.kill()
        process.wait(PATIENCE)


def _first(process: subprocess.Popen[bytes]) -> str:
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().strip()


def _key(process: subprocess.Popen[bytes]) -> str:
    """What the application would read, as seen from outside the namespace."""
    first = _first(process)
    file = Path(f"/proc/{first}/root/run/keys/scale/SCALE_API_KEY")
    try:
        return file.read_text() if first else ""
    except FileNotFoundError:
        return ""
