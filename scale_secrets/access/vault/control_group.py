"""The ``control_group`` of a stanza: who else must approve. Checked, not evaluated.

Source: OpenBao's ``parsePath`` (since 2.7), which checks them before anything else of the stanza;
Vault's ``parsePaths``, which has them in its Enterprise edition, looks at none beside ``deny``,
knows groups by id as well, and minds no unknown keys.
"""

from __future__ import annotations

from collections.abc import Mapping

from scale_secrets.access.vault.hcl import decode, quantities
from scale_secrets.access.vault.hcl.tree import Item
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


def check_openbao_groups(field: decode.Field) -> None:
    """PolicyError where OpenBao would refuse one of the groups."""
    for item in field:
        group = decode.fields(item.value, _KEYS, "control_group")
        _check_ttl(decode.anything(group.get("ttl", ())), item)
        decode.boolean(group.get("self_auth_allowed", ()))
        for factor in _factors(group, item):
            _check_openbao_factor(factor)


def check_vault_groups(field: decode.Field, capabilities: frozenset[str]) -> None:
    """PolicyError where Vault would refuse one of the groups of a stanza with ``capabilities``."""
    for item in field:
        group = decode.members(item)
        _check_ttl(decode.anything(group.get("ttl", ())), item)
        for factor in _factors(group, item):
            found = decode.members(Item(factor.keys[:1], factor.value))
            controlled = decode.strings(found.get("controlled_capabilities", ())) or ()
            if not capabilities.issuperset(controlled):
                raise _fault(factor, f"{_named(factor)} controls more than the stanza permits")
            _check_identity(found.get("identity", ()), ("group_names", "group_ids"), factor)


def _factors(group: Mapping[str, decode.Field], item: Item) -> decode.Field:
    factors = group.get("factor", ())
    if not factors:
        raise _fault(item, "control_group has no factor")
    for factor in factors:
        if len(factor.keys) < 2:
            raise _fault(factor, "control_group: a factor has no name")
    return factors


def _check_ttl(ttl: object, item: Item) -> None:
    try:
        quantities.seconds(0 if ttl is None else ttl)
    except ValueError as error:
        raise _fault(item, f"control_group: ttl: {error}") from None


def _check_openbao_factor(factor: Item) -> None:
    found = decode.fields(factor.value, _FACTOR_KEYS, _named(factor))
    operations = decode.strings(found.get("controlled_capabilities", ())) or ()
    unknown = [operation for operation in operations if operation not in _OPERATIONS]
    if unknown or not operations:
        what = f"the unknown {unknown[0][:40]!r}" if unknown else "no capability"
        raise _fault(factor, f"{_named(factor)} controls {what}")
    _check_identity(found.get("identity", ()), ("group_names",), factor)


def _check_identity(field: decode.Field, groups: tuple[str, ...], factor: Item) -> None:
    approvals, approvers = 0, 0
    for item in field:
        identity = decode.members(item)
        if "approvals" in identity:
            approvals = decode.integer(identity["approvals"])
        approvers += sum(len(decode.strings(identity.get(key, ())) or ()) for key in groups)
    if approvals <= 0:
        raise _fault(factor, f"{_named(factor)} asks for no approvals")
    if not approvers:
        raise _fault(factor, f"{_named(factor)} names no group that could approve")


def _named(factor: Item) -> str:
    return f"factor {factor.keys[1].string[:40]!r}"


def _fault(item: Item, reason: str) -> PolicyError:
    return PolicyError(reason, line=item.keys[0].line)
