"""The policies that every server brings along, as text for the same parser as all others.

``default`` is given to each token that does not decline it, and may have been edited on the server:
a collected text comes before this one. ``root`` has no text. Source: OpenBao 2.7's
``policy_store.go`` (a test holds this against a server's answer) and Vault's.
"""

from __future__ import annotations

from collections.abc import Mapping

from scale_secrets.access.vault.model import Dialect

ROOT = "root"
DEFAULT = "default"
RESPONSE_WRAPPING = "response-wrapping"

_READ = ("read",)
_UPDATE = ("update",)

_DEFAULT = {
    "auth/token/lookup-self": _READ,
    "auth/token/renew-self": _UPDATE,
    "auth/token/revoke-self": _UPDATE,
    "sys/capabilities-self": _UPDATE,
    "identity/entity/id/{{identity.entity.id}}": _READ,
    "identity/entity/name/{{identity.entity.name}}": _READ,
    "sys/internal/ui/resultant-acl": _READ,
    "sys/leases/renew": _UPDATE,
    "sys/leases/lookup": _UPDATE,
    "cubbyhole/*": ("create", "read", "update", "delete", "list"),
    "sys/wrapping/wrap": _UPDATE,
    "sys/wrapping/lookup": _UPDATE,
    "sys/wrapping/unwrap": _UPDATE,
    "sys/tools/hash": _UPDATE,
    "sys/tools/hash/*": _UPDATE,
    "identity/oidc/provider/+/authorize": ("read", "update"),
}
_OF_VAULT_ALONE = {"sys/renew": _UPDATE, "sys/control-group/request": _UPDATE}
_RESPONSE_WRAPPING = {
    "cubbyhole/response": ("create", "read"),
    "sys/wrapping/unwrap": _UPDATE,
}
_OF_OPENBAO_ALONE = {"auth/token/revoke-self": _UPDATE}


def builtin_policy(name: str, dialect: Dialect) -> str | None:
    """The text of ``default`` or ``response-wrapping``; None for any other name."""
    vault = dialect is Dialect.VAULT
    if name == DEFAULT:
        return _text(_DEFAULT | (_OF_VAULT_ALONE if vault else {}))
    if name == RESPONSE_WRAPPING:
        return _text(_RESPONSE_WRAPPING | ({} if vault else _OF_OPENBAO_ALONE))
    return None


def _text(stanzas: Mapping[str, tuple[str, ...]]) -> str:
    lines = []
    for path, capabilities in stanzas.items():
        listed = ", ".join(f'"{one}"' for one in capabilities)
        lines.append(f'path "{path}" {{ capabilities = [{listed}] }}\n')
    return "".join(lines)
