"""One OpenBao for all of these tests: each uses paths of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scale_secrets.stores.vault.store import VaultStore
from tests.contracts.vault.scene import Scene, prepared
from tests.support.openbao import OpenBao
from tests.support.vault import opened


@pytest.fixture(scope="package")
def bao() -> Iterator[OpenBao]:
    with OpenBao() as server:
        yield server


@pytest.fixture
def store(bao: OpenBao) -> Iterator[VaultStore]:
    with opened(bao.url) as made:
        yield made


@pytest.fixture(scope="package")
def scene() -> Iterator[Scene]:
    with prepared() as made:
        yield made
