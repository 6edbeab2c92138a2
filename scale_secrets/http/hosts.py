"""Which hosts may get a project's key: SEP007, told of the one base URL that the user trusts."""

from __future__ import annotations

from scale_secrets.errors import UsageError
from scale_secrets.frozen import frozen
from scale_secrets.separation import refuse
from scale_secrets.separation.hosts import Origin, check_address, origin_of


@frozen
class Hosts:
    """``own``: the origin of the base URL. ``plain``: it is this machine, so http will do."""

    own: Origin
    plain: bool

    @classmethod
    def of(cls, base_url: str) -> Hosts:
        """Those of a base URL that was found trusted. Raises ``UsageError`` for no plain one."""
        origin = origin_of(base_url)
        if origin is None:
            raise UsageError(
                "scale.base_url is not plainly scheme, host and port",
                hint="write https://HOST/v1, with no user name, escape or final dot in the host",
            )
        return cls(origin, origin.scheme == "http" and _is_this_machine(origin.host))

    def require(self, address: str) -> None:
        """Raise ``SeparationError`` (SEP007) unless a key may be sent to this address."""
        refuse(check_address(address, self.own, plain=self.plain))


def _is_this_machine(host: str) -> bool:
    from scale_secrets.net.target import is_loopback

    return is_loopback(host.strip("[]"))
