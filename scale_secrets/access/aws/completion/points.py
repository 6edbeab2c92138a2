"""Numbers, moments and addresses that tell bounds apart: one for each stretch between them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

_EVERYTHING: Final = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def numbers(bounds: Iterable[Decimal]) -> tuple[str, ...]:
    """Complete for every comparison with these bounds."""
    return tuple(f"{one:f}" for one in _around(sorted(set(bounds)), Decimal(1)))


def moments(bounds: Iterable[Decimal]) -> tuple[str, ...]:
    """Likewise; ``bounds`` in seconds since 1970, the answers as ISO 8601."""
    return tuple(_iso(one) for one in _around(sorted(set(bounds)), Decimal(1)))


def _around(bounds: list[Decimal], apart: Decimal) -> list[Decimal]:
    if not bounds:
        return [Decimal(0)]
    found = [bounds[0] - apart]
    for bound, after in zip(bounds, [*bounds[1:], bounds[-1] + 2 * apart], strict=True):
        found += [bound, (bound + after) / 2]
    return found


def _iso(seconds: Decimal) -> str:
    moment = _EPOCH + timedelta(microseconds=int(seconds * 1_000_000))
    return moment.isoformat().replace("+00:00", "Z")


def addresses(networks: Iterable[str]) -> tuple[str, ...]:
    """Complete for membership in these networks, of either version of IP.

    Networks nest or are apart, so whichever of them an address is in changes only at the first
    address of one or after its last.
    """
    found = [str(whole[0]) for whole in _EVERYTHING]
    for text in networks:
        network = _network(text)
        if network is None:
            continue
        found.append(str(network[0]))
        if not any(network[-1] == whole[-1] for whole in _EVERYTHING):
            found.append(str(network[-1] + 1))
    return tuple(dict.fromkeys(found))


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
