"""Reading what the active node holds, whichever node is asked. Pure.

A standby answers reads by itself and lags behind: for a fifth of a second, as measured, it gives
what a rotation has replaced. OpenBao tells with each answer how far the node is (a base64 JSON
object of cluster and index), and a request may demand a node that is further, or else be passed on
to the active one. So we demand more than any node can have.

Vault Enterprise signs its index, which cannot be made up: there a read stays an ordinary one.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping

INDEX = "X-Vault-Index"
_BEYOND = str(2**64 - 1)  # the index counts writes in 64 bits


def by_the_active_node(index: str) -> Mapping[str, str]:
    """Headers that have a read passed on, given the index of an earlier answer.

    Empty where the server does not speak of indices, or not as OpenBao does.
    """
    try:
        told = json.loads(b64decode(index, validate=True))
    except ValueError:
        return {}
    if not isinstance(told, dict) or not isinstance(told.get("cluster"), str):
        return {}
    demanded = json.dumps({"cluster": told["cluster"], "value": _BEYOND})
    return {
        INDEX: b64encode(demanded.encode()).decode(),
        "X-Vault-Inconsistent": "forward-active-node",
    }
