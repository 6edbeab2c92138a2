"""SEP007: an API key goes to Scale's hosts over https, and nowhere else.

Judged is an address as a client is about to use it, and judged closed: whatever is not plainly a
scheme, a host and a port is refused, because two parsers may read it differently. So a user name
before an ``@``, a backslash, white space, a trailing dot, a percent escape, a character beyond
ASCII within the authority all end here, not at somebody's resolver.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scale_secrets.frozen import frozen
from scale_secrets.model import Finding

SCALE_DOMAIN = "scale.com"
_USUAL_PORT = {"https": 443, "http": 80}

# re.ASCII: without it, IGNORECASE lets the long s (U+017F) pass for an s.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?=[/?#]|\Z)",
    re.IGNORECASE | re.ASCII,
)


@frozen
class Origin:
    """Where a request goes: lower-case scheme and host (IPv6 in brackets), and a port."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        usual = self.port == _USUAL_PORT[self.scheme]
        return f"{self.scheme}://{self.host}" + ("" if usual else f":{self.port}")


def origin_of(address: str) -> Origin | None:
    """The origin of an http or https URL; None for one that is not plain enough to be judged."""
    match = _ADDRESS.match(address)
    if match is None:
        return None
    scheme = match["scheme"].lower()
    return Origin(scheme, match["host"].lower(), int(match["port"] or _USUAL_PORT[scheme]))


def is_scales(host: str) -> bool:
    """Whether a host, in lower case, is Scale's own domain or lies below it."""
    return host == SCALE_DOMAIN or host.endswith(f".{SCALE_DOMAIN}")


def check_address(address: str, own: Origin, *, plain: bool) -> Iterator[Finding]:
    """A finding unless a key may be sent to ``address``.

    ``own``: the origin of the project's base URL, which the user trusts. ``plain``: whether that
    one may be asked over http, because it is this machine.
    """
    origin = origin_of(address)
    if origin is None:  # the text is not repeated: it may hold a key as its user name
        yield _finding(
            "the address of a request",
            "is not plainly scheme, host and port, so no key is sent there",
            "write https://HOST/PATH, with no user name, escape or final dot in the host",
        )
    elif origin == own:
        if origin.scheme != "https" and not plain:
            yield _unencrypted(origin)
    elif not is_scales(origin.host):
        yield _finding(
            str(origin),
            "is no host of Scale's, so no key is sent there",
            f"use this auth for {own} and {SCALE_DOMAIN} only, and another client elsewhere",
        )
    elif origin.scheme != "https":
        yield _unencrypted(origin)
    elif origin.port != _USUAL_PORT["https"]:
        yield _finding(
            str(origin),
            "is not the port where Scale answers, so no key is sent there",
            "leave the port out, or name the address as scale.base_url",
        )


def _unencrypted(origin: Origin) -> Finding:
    return _finding(
        str(origin), "would carry the key unencrypted, so none is sent", "write https://"
    )


def _finding(place: str, message: str, mend: str) -> Finding:
    return Finding("SEP007", place, message, mend)
