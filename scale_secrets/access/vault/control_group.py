"""The ``control_group`` of a stanza: who else must approve. Checked, not evaluated.

Source: OpenBao's ``parsePath`` (since 2.7) and Vault's ``parsePaths``; both look at the first
``control_group`` only. Vault has them in its Enterprise edition and ignores them otherwise.
"""

from __future__ import annotations

from scale_secrets.access.vault.hcl import decode, quantities
from scale_secrets.access.vault.hcl.tree import Item
from scale_secrets.access.vault.model import Dialect
from scale_secrets.errors import PolicyError

_KEYS = frozenset(("ttl", "self_auth_allowed", "factor"))
_OPERATIONS = frozenset(("create", "read", "update", "patch", "delete", "list", "scan"))
_FACTOR_KEYS = frozenset(("controlled_capabilities", "identity"))


def check_control_group(field: decode.Field, dialect: Dialect) -> None:
    """PolicyError where the server would refuse the group."""
    if not field or dialect is not Dialect.OPENBAO:
        return
    group = decode.fields(field[0].value, _KEYS, "control_group")
    _check_ttl(decode.scalar(group.get("ttl", ())), field[0])
    decode.boolean(group.get("self_auth_allowed", ()))
    factors = group.get("factor", [])
    if not factors:
        raise PolicyError("control_group has no factor", line=field[0].keys[0].line)
    _check_factor(factors[0])


def _check_ttl(ttl: decode.Scalar | None, item: Item) -> None:
    try:
        quantities.seconds(ttl or 0)
    except ValueError as error:
        raise PolicyError(f"control_group: ttl: {error}", line=item.keys[0].line) from None


def _check_factor(factor: Item) -> None:
    line = factor.keys[0].line
    if len(factor.keys) < 2:
        raise PolicyError("control_group: a factor has no name", line=line)
    name = factor.keys[1].string
    found = decode.fields(factor.value, _FACTOR_KEYS, f"factor {name!r}")
    operations = decode.strings(found.get("controlled_capabilities", ())) or ()
    if not operations:
        raise PolicyError(f"factor {name!r} controls no capability", line=line)
    for operation in operations:
        if operation not in _OPERATIONS:
            raise PolicyError(f"factor {name!r}: unknown {operation[:40]!r}", line=line)
