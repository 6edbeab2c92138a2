"""What is demanded of a node, so that only the active one will do."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

import pytest

from scale_secrets.stores.vault.consistency import INDEX, by_the_active_node

CLUSTER = "e4d631c3-2e8e-b718-b233-35f0b3bed194"


def encoded(document: object) -> str:
    return b64encode(json.dumps(document).encode()).decode()


def test_more_is_demanded_than_any_node_of_the_same_cluster_has() -> None:
    headers = by_the_active_node(encoded({"cluster": CLUSTER, "value": "36"}))
    assert headers["X-Vault-Inconsistent"] == "forward-active-node"
    demanded = json.loads(b64decode(headers[INDEX]))
    assert demanded == {"cluster": CLUSTER, "value": "18446744073709551615"}


@pytest.mark.parametrize(
    "index",
    [
        "",
        "djE6aG1hYzpjbHVzdGVyOjE6Mg==",  # v1:hmac:cluster:1:2, as a signed one looks
        "%",
        "é",
        encoded([]),
        encoded({"value": "36"}),
        encoded({"cluster": 7, "value": "36"}),
    ],
)
def test_of_an_index_of_another_form_nothing_is_demanded(index: str) -> None:
    assert by_the_active_node(index) == {}
