"""The registry of store kinds: a new kind is one module and one line here."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from scale_secrets.errors import UsageError
from scale_secrets.stores.interface import Kind

KINDS = {
    "vault": "scale_secrets.stores.vault",
    "aws": "scale_secrets.stores.aws",
    "local": "scale_secrets.stores.local",
    "environ": "scale_secrets.stores.environ",
}


def kind(name: str) -> Kind:
    """The module that implements a kind. Raises ``UsageError`` for an unknown one."""
    if name not in KINDS:
        raise UsageError(f"unknown store kind {name!r}", hint=f"one of: {', '.join(KINDS)}")
    return cast(Kind, import_module(KINDS[name]))
