"""What the process found around it: variables, home, trusted addresses, a way to ask a person.

Handed in from outside, so that everything below can be tested with made-up surroundings.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from scale_secrets.errors import TrustError
from scale_secrets.frozen import frozen
from scale_secrets.values import SecretValue

TRUSTED_VARIABLE = "SCALE_SECRETS_TRUSTED"  # addresses, separated by white space or commas

# Asks a person on a terminal for something secret; None where nobody can be asked.
Ask = Callable[[str], SecretValue]


@frozen
class Surroundings:
    environ: Mapping[str, str] = field(repr=False)  # may hold tokens
    home: Path
    cwd: Path
    trusted: frozenset[str] = frozenset()  # canonical addresses, from the user's own configuration
    ask: Ask | None = field(default=None, repr=False)

    @property
    def config_directory(self) -> Path:
        """Where the user's own configuration lives (XDG base directories)."""
        base = self.environ.get("XDG_CONFIG_HOME", "")
        root = Path(base) if base.startswith("/") else self.home / ".config"
        return root / "scale-secrets"


def canonical_address(address: str) -> str:
    """An http(s) URL with lower-case scheme and host, an explicit port and no trailing slash.

    Raises ``TrustError`` for what is no such URL, or one with credentials, a query or a fragment:
    the text of the address is never repeated then, since it may hold a credential.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        raise TrustError("a store's address is not a valid URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TrustError(
            "a store's address is not a valid URL",
            hint="write https://HOST:PORT",
        )
    if parts.username is not None or parts.password is not None:
        raise TrustError(
            "a store's address holds a credential", hint="remove everything before the @"
        )
    if parts.query or parts.fragment:
        raise TrustError(
            "a store's address has a query or fragment", hint="write https://HOST:PORT"
        )
    host = parts.hostname.rstrip(".")
    host = f"[{host}]" if ":" in host else host
    port = port or (443 if parts.scheme == "https" else 80)
    return f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}"


def trusted_addresses(surroundings: Surroundings) -> frozenset[str]:
    """The addresses that the surroundings, as opposed to a manifest, call trusted."""
    named = surroundings.environ.get(TRUSTED_VARIABLE, "").replace(",", " ").split()
    return surroundings.trusted | {canonical_address(address) for address in named}


def require_trusted(
    address: str, ambient: tuple[str, ...], surroundings: Surroundings, *, what: str
) -> None:
    """Refuse to send a credential to an address that only a manifest names.

    ``ambient``: addresses that variables of the surroundings name (``VAULT_ADDR`` and the like).
    ``what``: the place for the message, such as ``store "vault"``. Raises ``TrustError``.
    """
    wanted = canonical_address(address)
    known = {canonical_address(one) for one in ambient if one} | trusted_addresses(surroundings)
    if wanted not in known:
        raise TrustError(
            f"{what}: {wanted} is named by the manifest alone, so no credential is sent to it",
            hint=f"if you know this address: scale-secrets trust {wanted}",
        )


def real_surroundings(
    *, trusted: frozenset[str] = frozenset(), ask: Ask | None = None
) -> Surroundings:
    """Those of this process."""
    environ = dict(os.environ)
    home = Path(environ["HOME"]) if environ.get("HOME") else Path("~").expanduser()
    return Surroundings(environ, home, Path.cwd(), trusted, ask)
