"""A request and its answer, as the transport takes and gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from scale_secrets.frozen import frozen


@frozen
class Request:
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@frozen
class Answer:
    """A complete answer: the body is exactly as long as the server announced."""

    status: int
    headers: Mapping[str, str] = field(repr=False)  # lower-case names
    body: bytes = field(repr=False)


@frozen
class Tls:
    """How to verify the server and what to show of ourselves."""

    ca_file: str | None = None
    ca_directory: str | None = None
    ca_pem: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    server_name: str | None = None
    verify: bool = True
