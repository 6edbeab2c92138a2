"""The clients that carry a key to Scale, each as programs use it, and where names lead them.

A client is asked for an address and follows whatever redirects it follows by default, or more.
What it answers is of no interest: the servers tell what was sent.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from scale_secrets.service.application import Secrets

LOOPBACK = {"api.scale.com": "127.0.0.1"}
THIEF = "127.0.0.2"  # where every other name leads


def resolve_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scale's name leads to 127.0.0.1 and every other one to 127.0.0.2, in this process."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
        text = host.decode() if isinstance(host, bytes) else host
        return real(address_of(text), *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def address_of(host: str) -> str:
    is_address = host.replace(".", "").isdigit() or ":" in host
    return host if is_address else LOOPBACK.get(host, THIEF)


@dataclass(frozen=True)
class Carrier:
    """What a client is given: the loaded secrets, or their manifest, and a CA to trust."""

    secrets: Secrets
    manifest: Path
    authority: Path

    @cached_property
    def curl_config(self) -> bytes:
        """What ``scale-secrets header --format curl`` prints."""
        words = ("header", "-e", "live", "--format", "curl", "--manifest", str(self.manifest))
        command = [sys.executable, "-m", "scale_secrets", *words]
        return subprocess.run(command, capture_output=True, check=True).stdout

    @property
    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))


Client = Callable[[Carrier, str, str], None]


def with_requests(carrier: Carrier, method: str, url: str) -> None:
    requests.request(
        method, url, auth=carrier.secrets.auth, verify=str(carrier.authority), timeout=10
    )


def with_a_requests_session(carrier: Carrier, method: str, url: str) -> None:
    with requests.Session() as session:
        session.auth = carrier.secrets.auth
        session.verify = str(carrier.authority)
        session.request(method, url, data=b"{}" if method == "POST" else None, timeout=10)


class _Clinging(requests.Session):
    """A session that was taught to keep its headers wherever a redirect leads."""

    def rebuild_auth(self, prepared_request: Any, response: Any) -> None:
        return


def with_a_clinging_session(carrier: Carrier, method: str, url: str) -> None:
    with _Clinging() as session:
        session.auth = carrier.secrets.auth
        session.verify = str(carrier.authority)
        session.request(method, url, timeout=10)


def with_httpx(carrier: Carrier, method: str, url: str) -> None:
    auth: Any = carrier.secrets.auth
    with httpx.Client(auth=auth, verify=carrier.tls, follow_redirects=True) as client:
        client.request(method, url, content=b"{}" if method == "POST" else None)


def with_httpx_async(carrier: Carrier, method: str, url: str) -> None:
    auth: Any = carrier.secrets.auth

    async def ask() -> None:
        async with httpx.AsyncClient(
            auth=auth, verify=carrier.tls, follow_redirects=True
        ) as client:
            await client.request(method, url)

    asyncio.run(ask())


def with_the_sdk(carrier: Carrier, method: str, url: str) -> None:
    """Its base URL is where the address begins; the SDK has no call for a whole address."""
    client = carrier.secrets.scale_client(timeout=10, verify=str(carrier.authority))
    base, _, endpoint = url.rpartition("/")
    client.api.base_api_url = base
    client.api.post_request(endpoint) if method == "POST" else client.api.get_request(endpoint)


def with_curl(carrier: Carrier, method: str, url: str) -> None:
    names = {**LOOPBACK, "127.0.0.1": "127.0.0.1", "": THIEF}  # the first that fits counts
    command = [
        *("curl", "--disable", "--silent", "--config", "-", "--location", "--max-time", "10"),
        *("--cacert", str(carrier.authority), "--noproxy", "*"),
        *(word for name, to in names.items() for word in ("--connect-to", f"{name}::{to}:")),
        *("--request", method, url),
    ]
    subprocess.run(command, input=carrier.curl_config, capture_output=True, check=False)


CLIENTS: Mapping[str, Client] = {
    "requests": with_requests,
    "requests session": with_a_requests_session,
    "clinging session": with_a_clinging_session,
    "httpx": with_httpx,
    "httpx async": with_httpx_async,
    "scaleapi": with_the_sdk,
    "curl": with_curl,
}
# Those that sign by ``secrets.auth``: they refuse an address, where curl does as it is told.
GUARDED = [name for name in CLIENTS if name != "curl"]
