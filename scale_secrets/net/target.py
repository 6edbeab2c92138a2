"""Where a request goes, and whether by way of a proxy. Pure: decided from strings alone.

Invariants: only https goes through a proxy, a loopback host never does, and what a URL may hold
beyond scheme, host, port, path and query is refused, never silently dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit

from scale_secrets.errors import UsageError
from scale_secrets.frozen import frozen


@frozen
class Target:
    """A URL, taken apart. ``resource`` (path and query) may hold something confidential."""

    scheme: str
    host: str
    port: int
    resource: str = field(repr=False)

    @property
    def authority(self) -> str:
        """``host:port``, for messages and for CONNECT."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@frozen
class Proxy:
    """An HTTP proxy; ``credentials`` is ``user:password`` or None."""

    host: str
    port: int
    credentials: str | None = field(repr=False)


def target_of(url: str, *, doing: str) -> Target:
    """Take a URL apart. Raises ``UsageError`` without repeating it: it may hold a credential."""
    parts = _split(url, what=f"{doing}: the address")
    if "unix" in parts.scheme:
        raise UsageError(
            f"{doing}: addresses of unix sockets are not supported",
            hint="let the agent or server listen on loopback TCP, and use http://127.0.0.1:PORT",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{doing}: the address is no http or https URL", hint="write https://HOST:PORT"
        )
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"{doing}: the address holds a credential", hint="remove everything before the @"
        )
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Target(parts.scheme, parts.hostname, port, resource)


def proxy_for(target: Target, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy that the variables name for this target, or None for a direct connection.

    Raises ``UsageError`` for a proxy address that cannot be used.
    """
    if target.scheme != "https" or is_loopback(target.host):
        return None
    names = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    name, url = next(((name, environ[name]) for name in names if environ.get(name)), ("", ""))
    if not url or _exempt(target, environ.get("no_proxy") or environ.get("NO_PROXY") or ""):
        return None
    parts = _split(url if "://" in url else f"http://{url}", what=f"variable {name}")
    if parts.scheme != "http" or not parts.hostname:
        raise UsageError(
            f"variable {name}: only http proxies are supported", hint="write http://HOST:PORT"
        )
    credentials = None
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(parts.hostname, parts.port or 80, credentials)


def is_loopback(host: str) -> bool:
    """Whether the host's name or number means this machine, whatever a resolver would say."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_literal(host: str) -> bool:
    """Whether the host is a number, so that no resolver is needed."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _split(url: str, *, what: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is no port
    except ValueError:
        raise UsageError(f"{what} is not a valid URL", hint="write https://HOST:PORT") from None
    return parts


def _exempt(target: Target, no_proxy: str) -> bool:
    return any(_matches(target, rule) for rule in no_proxy.replace(",", " ").lower().split())


def _matches(target: Target, rule: str) -> bool:
    """One entry of NO_PROXY: ``*``, a network, a number, a domain (with all below), ``:port``."""
    if rule == "*":
        return True
    try:
        return ip_address(target.host) in ip_network(rule, strict=False)
    except ValueError:
        pass  # a name on either side
    host, colon, port = rule.rpartition(":")
    if colon and port.isdigit():
        if int(port) != target.port:
            return False
        rule = host.strip("[]")
    domain = rule.removeprefix("*").lstrip(".")
    return bool(domain) and (target.host == domain or target.host.endswith(f".{domain}"))
