"""Projects for the command-line tests, from an empty one to one with both keys stored."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.support.moto_server import MotoServer
from tests.support.openbao import ROOT_TOKEN, OpenBao
from tests.support.project import (
    AWS,
    LIVE_KEY,
    LOCAL,
    TEST_KEY,
    VAULT,
    Project,
    manifest_of,
)


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """A user, and a directory with nothing in it."""
    return Project.make(tmp_path)


@pytest.fixture
def project(empty: Project) -> Project:
    """The embedded store with a key in each of the environments ``test`` and ``live``."""
    empty.init()
    empty.write(manifest_of(LOCAL))
    store_keys(empty)
    return empty


def store_keys(project: Project) -> None:
    project.fill("test", {"api_key": TEST_KEY})
    project.fill("live", {"api_key": LIVE_KEY})


@pytest.fixture
def prefix() -> str:
    """Where on a server that all tests share this one's secrets are."""
    return f"t/{uuid.uuid4().hex}"


@pytest.fixture
def vault_project(empty: Project, openbao: OpenBao, prefix: str) -> Project:
    """Both keys in a real OpenBao, whose address and token the surroundings name."""
    empty.environ |= {"VAULT_ADDR": openbao.url, "VAULT_TOKEN": ROOT_TOKEN}
    empty.write(manifest_of(VAULT, prefix=prefix, field="value"))
    store_keys(empty)
    return empty


@pytest.fixture
def aws_project(empty: Project, moto: MotoServer, prefix: str) -> Project:
    """Both keys in the AWS stand-in."""
    empty.environ |= moto.environ
    empty.write(manifest_of(AWS, prefix=prefix, field="value"))
    store_keys(empty)
    return empty
