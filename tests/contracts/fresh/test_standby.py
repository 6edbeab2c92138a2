"""After a rotation a standby still gives what was before, and a refresh does not believe it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scale_secrets.service.fresh.door import fresh
from tests.support.conformance import amount
from tests.support.fresh import key
from tests.support.openbao_cluster import Cluster, until_it_works

ROTATIONS = amount(quick=20, full=500)
COORDINATES = {"api_key": "vault:secret/standby/api-key#value"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster() as made:
        yield made


@pytest.mark.conformance
def test_a_refused_key_is_renewed_from_the_active_node(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_ADDR", cluster.standby.url)
    monkeypatch.setenv("VAULT_TOKEN", cluster.standby.token)
    path = "secret/data/standby/api-key"
    cluster.active.root("POST", path, {"data": {"value": key(0)}})
    until_it_works(lambda: cluster.standby.root("GET", path))
    stale = 0
    with fresh(coordinates=COORDINATES, mode="live", timeout=30) as secrets:
        auth = secrets.auth
        for number in range(1, ROTATIONS + 1):
            refused = secrets.api_key.value
            cluster.active.root("POST", path, {"data": {"value": key(number)}})
            seen = cluster.standby.root("GET", path)["data"]["data"]["value"]
            stale += seen != key(number)
            renewed = auth.key_after(refused)
            assert renewed is not None
            assert renewed.reveal() == key(number)
    print(f"the standby itself was behind in {stale} of {ROTATIONS}")  # noqa: T201 - a figure
