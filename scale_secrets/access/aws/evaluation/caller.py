"""Which callers have an identity whose policies count beside the resource's own."""

from __future__ import annotations

from scale_secrets.access.aws.model import Caller, CallerKind

_WITH_IDENTITY = frozenset(
    (CallerKind.USER, CallerKind.ROLE, CallerKind.ROOT, CallerKind.FEDERATED_USER)
)


def has_identity(caller: Caller) -> bool:
    """Services, anonymous callers and tokens not yet exchanged for a role's session have none."""
    return caller.kind in _WITH_IDENTITY
