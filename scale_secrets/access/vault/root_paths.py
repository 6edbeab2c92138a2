"""Paths that need sudo beside the operation's own capability ("root paths").

Every engine declares its own, below wherever it is mounted; here are those of the mounts that
always exist. Source: ``PathsSpecial.Root`` of ``logical_system.go`` and ``token_store.go`` of
OpenBao 2.7 and Vault 1.21; Vault's ``api/sudo_paths.go``. Sealing and stepping down demand sudo by
code of their own. The tests hold OpenBao's list against what a server says of itself.
"""

from __future__ import annotations

from scale_secrets.access.vault.model import Dialect

# A final star stands for whatever follows, nothing included.
_COMMON = (
    "auth/token/accessors/",
    "auth/token/revoke-orphan",
    "sys/audit",
    "sys/audit/*",
    "sys/auth/*",
    "sys/config/auditing/*",
    "sys/config/cors",
    "sys/config/ui/headers/*",
    "sys/internal/inspect/*",
    "sys/leases",
    "sys/leases/lookup/*",
    "sys/leases/revoke-force/*",
    "sys/leases/revoke-prefix/*",
    "sys/plugins/catalog/*",
    "sys/raw",
    "sys/raw/*",
    "sys/remount",
    "sys/revoke-force/*",
    "sys/revoke-prefix/*",
    "sys/rotate",
    "sys/seal",
    "sys/step-down",
)

ROOT_PATHS = {
    Dialect.OPENBAO: (*_COMMON, "sys/rotate/keyring", "sys/rotate/root"),
    Dialect.VAULT: (
        *_COMMON,
        "identity/entity/merge",
        "sys/internal/counters/activity/export",
        "sys/plugins/runtimes/catalog/*",
        "sys/replication/dr/primary/secondary-token",
        "sys/replication/dr/reindex",
        "sys/replication/performance/primary/secondary-token",
        "sys/replication/performance/reindex",
        "sys/replication/primary/secondary-token",
        "sys/replication/reindex",
        "sys/reporting/scan",
        "sys/storage/raft/snapshot-auto/config/*",
    ),
}

_EXACT = {
    dialect: frozenset(path for path in paths if not path.endswith("*"))
    for dialect, paths in ROOT_PATHS.items()
}
_PREFIXES = {
    dialect: tuple(path[:-1] for path in paths if path.endswith("*"))
    for dialect, paths in ROOT_PATHS.items()
}


def needs_sudo(path: str, dialect: Dialect) -> bool:
    """``path`` is that of the request, below the namespace that the request names."""
    return path in _EXACT[dialect] or path.startswith(_PREFIXES[dialect])
