"""The ``control_group`` of a stanza: who else must approve. Checked, not evaluated.

Source: OpenBao's ``parsePath`` (since 2.7) and Vault's ``parsePaths``, which has control groups in
its Enterprise edition, knows groups by id as well, and minds no unknown keys.
"""

from __future__ import annotations

from collections.abc import Mapping

from scale_secrets.access.vault.hcl import decode, quantities
from scale_secrets.access.vault.hcl.tree import Item
from scale_secrets.access.vault.model import Dialect
from scale_secrets.errors import PolicyError

_KEYS = frozenset(("ttl", "self_auth_allowed", "factor"))
_FACTOR_KEYS = frozenset(("controlled_capabilities", "identity"))
# OpenBao's operations, of which a factor may name any.
_OPERATIONS = frozenset(
    (
        "create",
        "read",
        "update",
        "patch",
        "delete",
        "list",
        "scan",
        "help",
        "alias-lookahead",
        "header",
        "renew",
        "resolve-role",
        "revoke",
        "rollback",
    )
)


def check_control_groups(field: decode.Field, dialect: Dialect) -> None:
    """PolicyError where the server would refuse one of the groups."""
    for item in field:
        if dialect is Dialect.OPENBAO:
            group: Mapping[str, decode.Field] = decode.fields(item.value, _KEYS, "control_group")
        else:
            group = decode.members(item)
        _check_ttl(decode.anything(group.get("ttl", ())), item)
        decode.boolean(group.get("self_auth_allowed", ()))
        factors = group.get("factor", ())
        if not factors:
            raise _fault(item, "control_group has no factor")
        for factor in factors:
            _check_factor(factor, dialect)


def _check_ttl(ttl: object, item: Item) -> None:
    try:
        quantities.seconds(0 if ttl is None else ttl)
    except ValueError as error:
        raise _fault(item, f"control_group: ttl: {error}") from None


def _check_factor(factor: Item, dialect: Dialect) -> None:
    if len(factor.keys) < 2:
        raise _fault(factor, "control_group: a factor has no name")
    name = f"factor {factor.keys[1].string[:40]!r}"
    if dialect is Dialect.OPENBAO:
        found = decode.fields(factor.value, _FACTOR_KEYS, name)
        operations = decode.strings(found.get("controlled_capabilities", ())) or ()
        unknown = [operation for operation in operations if operation not in _OPERATIONS]
        if unknown or not operations:
            raise _fault(factor, f"{name} controls {unknown[0] if unknown else 'no capability'}")
        groups: tuple[str, ...] = ("group_names",)
    else:
        found = decode.members(Item(factor.keys[:1], factor.value))
        groups = ("group_names", "group_ids")
    _check_identity(found.get("identity", ()), groups, factor, name)


def _check_identity(field: decode.Field, groups: tuple[str, ...], factor: Item, name: str) -> None:
    approvals, approvers = 0, 0
    for item in field:
        identity = decode.members(item)
        if "approvals" in identity:
            approvals = decode.integer(identity["approvals"])
        approvers += sum(len(decode.strings(identity.get(key, ())) or ()) for key in groups)
    if approvals <= 0:
        raise _fault(factor, f"{name} asks for no approvals")
    if not approvers:
        raise _fault(factor, f"{name} names no group that could approve")


def _fault(item: Item, reason: str) -> PolicyError:
    return PolicyError(reason, line=item.keys[0].line)
