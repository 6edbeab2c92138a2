"""What a request does to a path, as the servers name it, and the capability that it takes.

A write is ``CREATE`` where nothing stands yet and ``UPDATE`` where something does: the server looks
(its *existence check*) before it asks the policies, for those engines that can tell.
"""

from __future__ import annotations

from enum import StrEnum

from scale_secrets.access.vault.model import Capability, Dialect


class Operation(StrEnum):
    READ = "read"
    LIST = "list"
    SCAN = "scan"  # OpenBao: a list that goes down into folders
    CREATE = "create"
    UPDATE = "update"
    PATCH = "patch"
    DELETE = "delete"
    RECOVER = "recover"  # Vault Enterprise: from a loaded snapshot

    @property
    def capability(self) -> Capability:
        return _CAPABILITIES[self]

    @property
    def enumerates(self) -> bool:
        """Whether the path is a folder; the servers then put a slash at its end."""
        return self is Operation.LIST or self is Operation.SCAN

    @property
    def takes_parameters(self) -> bool:
        """Whether the servers hold the request's parameters against the policy's."""
        return not (self.enumerates or self is Operation.DELETE)


_CAPABILITIES = {operation: Capability[operation.name] for operation in Operation}

_ONLY = {
    Dialect.VAULT: Capability.SUBSCRIBE | Capability.RECOVER,
    Dialect.OPENBAO: Capability.SCAN,
}


def capabilities_of(dialect: Dialect) -> Capability:
    """All that ``dialect`` knows, but for deny."""
    foreign = Capability.NONE
    for other, own in _ONLY.items():
        if other is not dialect:
            foreign |= own
    return ~(Capability.DENY | foreign)
