"""SEP002: two modes in one container are seen through every way of writing its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scale_secrets.model import Container, Finding, Mode, Origin, SecretType, StoreSpec
from scale_secrets.separation.containers import Place, check_containers
from scale_secrets.stores import kind
from scale_secrets.surroundings import Surroundings

AROUND = Surroundings({"AWS_REGION": "eu-central-1"}, Path("/home/me"), Path("/work"))
VAULT = {"address": "https://vault.example.com:443", "mount": "secret"}
ARN = "arn:aws:secretsmanager:{}:{}:secret:scale/key-AbCdEf"


def container(kind_: str, path: str, environ: Mapping[str, str], /, **settings: Any) -> Container:
    spec = StoreSpec("s", kind_, settings, Origin.MANIFEST, Path("/work"))
    around = Surroundings({**AROUND.environ, **environ}, AROUND.home, AROUND.cwd)
    return kind(kind_).containers(spec, around)(path)


def place(mode: Mode, where: Container, type_: SecretType = SecretType.API_KEY) -> Place:
    return Place(str(mode), mode, "key", type_, f"store-{mode}", where)


def compared(one: Container, other: Container, **types: SecretType) -> list[Finding]:
    return list(
        check_containers(
            [
                place(Mode.TEST, one, types.get("test", SecretType.API_KEY)),
                place(Mode.LIVE, other, types.get("live", SecretType.API_KEY)),
            ]
        )
    )


def vault(path: str = "scale/key", environ: Mapping[str, str] = {}, **more: Any) -> Container:
    return container("vault", path, environ, **{**VAULT, **more})


def aws(path: str = "scale/key", **settings: Any) -> Container:
    return container("aws", path, {}, **settings)


SAME = {
    "twice the same": (vault(), vault()),
    "a trailing slash": (vault(), vault(address="https://vault.example.com/")),
    "the host's case": (vault(), vault(address="https://Vault.EXAMPLE.com")),
    "the default port": (vault(), vault(address="https://vault.example.com")),
    "a final dot": (vault(), vault(address="https://vault.example.com.")),
    "mount and path split elsewhere": (vault(), vault("key", mount="secret/scale")),
    "no mount": (vault(), vault("secret/scale/key", mount="")),
    "slashes around the mount": (vault(), vault(mount="/secret/")),
    "a namespace as path": (
        vault(namespace="team"),
        vault("scale/key", mount="team/secret"),
    ),
    "a namespace in the variable": (
        vault(namespace="team/a"),
        vault(environ={"VAULT_NAMESPACE": "team/a"}),
    ),
    "an address in the variable": (
        vault(),
        container("vault", "scale/key", {"BAO_ADDR": VAULT["address"]}, mount="secret"),
    ),
    "AWS by name and by ARN": (aws(), aws(ARN.format("eu-central-1", "123456789012"))),
    "AWS by two endpoints": (aws(), aws(endpoint="https://vpce.example.com")),
    "AWS with an account that only one store names": (aws(), aws(account="123456789012")),
    "a local file by two spellings": (
        container("local", "scale/key", {}, path="a/../store.age"),
        container("local", "scale/key", {}, path="/work/store.age"),
    ),
    "a local file below home": (
        container("local", "scale/key", {}, path="~/store.age"),
        container("local", "scale/key", {}, path="/home/me/store.age"),
    ),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME.keys())
def test_one_container_is_seen_through(one: Container, other: Container) -> None:
    (found,) = compared(one, other)
    assert found.id == "SEP002"
    assert found.place == "environments.test.secrets.key"
    assert "environments.live.secrets.key" in found.message
    assert compared(other, one)


APART = {
    "paths": (vault(), vault("scale/key2")),
    "paths that begin alike": (vault(), vault("scale/key/more")),
    "hosts": (vault(), vault(address="https://vault2.example.com")),
    "ports": (vault(), vault(address="https://vault.example.com:8200")),
    "namespaces": (vault(namespace="a"), vault(namespace="b")),
    "kinds": (vault(), aws("secret/scale/key")),
    "AWS regions": (aws(region="us-east-1"), aws(region="eu-west-1")),
    "AWS accounts": (aws(account="123456789012"), aws(account="210987654321")),
    "AWS accounts in ARNs": (
        aws(ARN.format("eu-central-1", "123456789012")),
        aws(ARN.format("eu-central-1", "210987654321")),
    ),
    "local files": (
        container("local", "scale/key", {}, path="a.age"),
        container("local", "scale/key", {}, path="b.age"),
    ),
}


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART.keys())
def test_two_containers_are_told_apart(one: Container, other: Container) -> None:
    assert compared(one, other) == []


def test_variables_and_opaque_secrets_are_exempt() -> None:
    variable = container("environ", "SCALE_API_KEY", {})
    assert compared(variable, variable) == []
    assert compared(vault(), vault(), live=SecretType.OPAQUE) == []
    assert compared(vault(), vault(), live=SecretType.CALLBACK_KEY)


def test_one_mode_may_share() -> None:
    twice = [place(Mode.LIVE, vault()), place(Mode.LIVE, vault())]
    assert list(check_containers(twice)) == []


def test_the_mend_says_what_would_tell_them_apart() -> None:
    (unsure,) = compared(aws(), aws(account="123456789012"))
    assert "accounts or regions" in unsure.mend
    (sure,) = compared(vault(), vault())
    assert "accounts" not in sure.mend
