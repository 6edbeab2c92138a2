"""A store as each example expects it, and a user who follows it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.moto_server import MotoServer
from tests.support.openbao import OpenBao, RootError
from tests.support.project import LIVE_KEY, Project

PATH = "cat-labels/live/api-key"  # of all examples
ROLE = "cat-labels"


@pytest.fixture(scope="session")
def examples(checkout: Path) -> Path:
    return checkout / "docs" / "examples"


@pytest.fixture
def host(tmp_path: Path) -> Project:
    """A machine on which ``scale-secrets`` and ``python`` are installed."""
    host = Project.make(tmp_path)
    host.environ["PATH"] = f"{Path(sys.executable).parent}:{host.environ['PATH']}"
    return host


@pytest.fixture
def vault(openbao: OpenBao) -> OpenBao:
    """The key, and a policy that lets it be read."""
    store(openbao, LIVE_KEY)
    label = {"custom_metadata": {"scale-mode": "live"}}
    openbao.root("POST", f"secret/metadata/{PATH}", label)
    openbao.root(
        "PUT",
        f"sys/policies/acl/{ROLE}",
        {"policy": f'path "secret/data/{PATH}" {{ capabilities = ["read"] }}'},
    )
    return openbao


def store(openbao: OpenBao, key: str) -> None:
    openbao.root("POST", f"secret/data/{PATH}", {"data": {"value": key}})


def enable(openbao: OpenBao, method: str) -> None:
    try:
        openbao.root("POST", f"sys/auth/{method}", {"type": method})
    except RootError:  # another test did
        openbao.root("GET", f"sys/auth/{method}/tune")


@pytest.fixture
def aws(moto: MotoServer) -> Iterator[MotoServer]:
    """The key, anew for each test."""
    client = moto.client("secretsmanager")
    client.create_secret(Name=PATH, SecretString=LIVE_KEY)
    yield moto
    client.delete_secret(SecretId=PATH, ForceDeleteWithoutRecovery=True)
