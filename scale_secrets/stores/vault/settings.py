"""A Vault store's settings: the manifest's, completed by the variables that the official CLI reads.

Precedence as in OpenBao's CLI: ``BAO_X`` beats ``VAULT_X`` even when it is empty. Verification of
the server's certificate can be switched off by a variable only, never by a manifest.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from scale_secrets.errors import UsageError
from scale_secrets.frozen import frozen
from scale_secrets.model import StoreSpec
from scale_secrets.net.messages import Tls
from scale_secrets.net.target import target_of

DEFAULT_ADDRESS = "https://127.0.0.1:8200"
ADDRESS_VARIABLES = (
    "BAO_ADDR",
    "VAULT_ADDR",
    "BAO_AGENT_ADDR",
    "VAULT_AGENT_ADDR",
)
_TEXTS = (
    "address",
    "mount",
    "namespace",
    "ca_cert",
    "ca_path",
    "client_cert",
    "client_key",
    "tls_server_name",
    "auth_method",
)
_OTHERS = ("kv_version", "auth")
_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@frozen
class Settings:
    store: str
    address: str
    mount: str = ""
    namespace: str = ""
    kv_version: int | None = None
    auth: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)  # not yet checked
    auth_method: str | None = None  # the user's choice among ``auth``
    tls: Tls = field(default_factory=Tls)
    request_timeout: float | None = None  # seconds; caps each request within the deadline
    attempts: int = 4
    directory: Path | None = None  # what relative file names in ``auth`` are relative to


def variable(environ: Mapping[str, str], name: str) -> str:
    """``BAO_NAME``, else ``VAULT_NAME``, else empty."""
    return environ.get(f"BAO_{name}", environ.get(f"VAULT_{name}", ""))


def settings_of(spec: StoreSpec, environ: Mapping[str, str]) -> Settings:
    """Raises ``UsageError`` that names the setting or the variable."""
    place = f'store "{spec.name}"'
    given = spec.settings
    unknown = sorted(set(given) - {*_TEXTS, *_OTHERS})
    if unknown:
        raise UsageError(
            f"{place}: unknown setting {unknown[0]}",
            hint=f"known: {', '.join((*_TEXTS, *_OTHERS))}",
        )
    for name in _TEXTS:
        if not isinstance(given.get(name, ""), str):
            raise UsageError(f"{place}: {name} must be text")
    version = given.get("kv_version")
    if version not in (None, 1, 2) or isinstance(version, bool):
        raise UsageError(f"{place}: kv_version must be 1 or 2")

    if version is not None and not given.get("mount"):
        raise UsageError(f"{place}: kv_version needs mount beside it")
    address = _address(given, environ)
    target_of(address, doing=place)  # refuses what is no http(s) URL, or holds a credential

    def text(name: str, twin: str) -> str:
        return given.get(name) or variable(environ, twin)

    return Settings(
        store=spec.name,
        address=address.rstrip("/"),
        mount=given.get("mount", "").strip("/"),
        namespace=text("namespace", "NAMESPACE").strip("/"),
        kv_version=version,
        auth=_auth(given.get("auth", ()), place),
        auth_method=given.get("auth_method"),
        tls=_tls(spec, environ, text),
        request_timeout=_seconds(environ),
        attempts=_attempts(environ),
        directory=spec.directory,
    )


def _address(given: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    # The CLI lets an agent's address beat the server's; a manifest's address is more specific.
    return str(
        given.get("address")
        or variable(environ, "AGENT_ADDR")
        or variable(environ, "ADDR")
        or DEFAULT_ADDRESS
    )


def _auth(given: Any, place: str) -> tuple[Mapping[str, Any], ...]:
    well = isinstance(given, list | tuple) and all(
        isinstance(table, Mapping) and isinstance(table.get("method"), str) for table in given
    )
    if not well:
        raise UsageError(
            f"{place}: auth must be a list of tables with a method each",
            hint='for example auth = [{ method = "token" }]',
        )
    return tuple(given)


def _tls(spec: StoreSpec, environ: Mapping[str, str], text: Any) -> Tls:
    def file(name: str, twin: str) -> str | None:
        """A manifest's file name is relative to the manifest, a variable's to where we are."""
        if spec.settings.get(name):
            return str((spec.directory or Path()) / Path(spec.settings[name]).expanduser())
        return variable(environ, twin) or None

    return Tls(
        ca_file=file("ca_cert", "CACERT"),
        ca_directory=file("ca_path", "CAPATH"),
        ca_pem=variable(environ, "CACERT_BYTES") or None,
        client_certificate=file("client_cert", "CLIENT_CERT"),
        client_key=file("client_key", "CLIENT_KEY"),
        server_name=text("tls_server_name", "TLS_SERVER_NAME") or None,
        verify=not _switched_on(environ, "SKIP_VERIFY"),
    )


def _switched_on(environ: Mapping[str, str], name: str) -> bool:
    value = variable(environ, name)
    if value in ("", "0", "f", "F", "false", "FALSE", "False"):
        return False
    if value in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    raise UsageError(f"variable VAULT_{name} is neither true nor false")


def _seconds(environ: Mapping[str, str]) -> float | None:
    """VAULT_CLIENT_TIMEOUT as the CLI reads it: ``60``, ``60s``, ``1m30s``."""
    value = variable(environ, "CLIENT_TIMEOUT")
    if not value:
        return None
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[smh]|)", value)
    seconds = math.fsum(float(number) * _UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != value or seconds <= 0:
        raise UsageError("variable VAULT_CLIENT_TIMEOUT is no duration", hint="such as 60 or 60s")
    return seconds


def _attempts(environ: Mapping[str, str]) -> int:
    value = variable(environ, "MAX_RETRIES")
    if not value:
        return 4
    if not re.fullmatch("[0-9]{1,3}", value):
        raise UsageError("variable VAULT_MAX_RETRIES is no whole number", hint="such as 3")
    return int(value) + 1
