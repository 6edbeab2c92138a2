"""Opening a store: trust first, then the way out, then the token's source."""

from __future__ import annotations

from collections.abc import Mapping

from scale_secrets.model import Origin, StoreSpec
from scale_secrets.net.transport import Transport
from scale_secrets.stores.vault.auth.session import Session
from scale_secrets.stores.vault.client import Client
from scale_secrets.stores.vault.settings import ADDRESS_VARIABLES, settings_of, variable
from scale_secrets.stores.vault.store import VaultStore
from scale_secrets.surroundings import Surroundings, require_trusted


def open_store(spec: StoreSpec, surroundings: Surroundings) -> VaultStore:
    """Sends nothing. Raises ``TrustError`` when only a manifest names the address."""
    environ = surroundings.environ
    settings = settings_of(spec, environ)
    if spec.origin is Origin.MANIFEST and spec.settings.get("address"):
        named = (environ.get(name, "") for name in ADDRESS_VARIABLES)
        ambient = tuple(address for address in named if address.startswith("http"))
        require_trusted(settings.address, ambient, surroundings, what=f'store "{spec.name}"')
    transport = Transport(settings.tls, _proxies(environ))
    session = Session(settings, surroundings, transport)
    return VaultStore(
        settings, transport, Client(settings, transport, session.token), session.close
    )


def _proxies(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The CLI's own proxy variables beat the general ones, and know no exceptions."""
    own = variable(environ, "PROXY_ADDR") or variable(environ, "HTTP_PROXY")
    return {"https_proxy": own} if own else environ
