"""``IpAddress`` and ``NotIpAddress``: IPv4 and IPv6, single or in CIDR form."""

from __future__ import annotations

import ipaddress

from scale_secrets.access.aws.conditions.families.base import (
    Judge,
    Operator,
    Tokens,
    literal,
    truth,
)
from scale_secrets.access.verdict import Truth


def _compare(tokens: Tokens) -> Judge | None:
    try:
        # Host bits may be set: 10.1.2.3/8 means 10.0.0.0/8.
        network = ipaddress.ip_network(literal(tokens), strict=False)
    except ValueError:
        return None

    def judge(value: str) -> Truth:
        try:
            address = ipaddress.ip_address(value)
        except ValueError:  # AWS names a calling service where an address would stand
            return Truth.FALSE
        return truth(address in network)

    return judge


ADDRESSES = (
    Operator(
        "IpAddress", _compare, "is in", "NotIpAddress", "is not in", noun="range of addresses"
    ),
)
