"""A policy's text to rules, or the reason why its server refuses the text.

Source: ``ParseACLPolicy`` of OpenBao (2.7) and of Vault, whose reading of each stanza is in
``stanza``. What is accepted and what it means was compared with a real OpenBao; the Vault dialect
follows its published source and documentation and was compared with no server. Vault from 1.21 on
refuses whatever a token asks if one of its policies repeats an attribute within a stanza, unless
it was told to go on; here it is read as before, which shows more access, never less.
"""

from __future__ import annotations

from datetime import datetime

from scale_secrets.access.vault import hcl
from scale_secrets.access.vault.hcl import decode
from scale_secrets.access.vault.model import Dialect, Policy, Rule
from scale_secrets.access.vault.stanza import Context, rule
from scale_secrets.errors import PolicyError

_KEYS = frozenset(("name", "path"))


def parse(
    text: str | bytes,
    *,
    name: str,
    dialect: Dialect,
    namespace: str = "",
    file: str = "",
    now: datetime | None = None,
) -> Policy:
    """The policy of this text. ``name`` becomes lower-case, as the server keeps it.

    ``now``: OpenBao does not look further into a stanza that has expired, so with it a fault in
    such a stanza is no fault, and the stanza is left out. An expired stanza without a fault stays:
    whoever evaluates it knows the time.

    Raises PolicyError with ``file`` (or the policy's name) and the line where the text, or a
    stanza, is one that the server refuses.
    """
    place = file or f"policy {name.lower()}"
    try:
        root, is_json = hcl.read(text)
        found = decode.fields(root, _KEYS, "a policy")
        decode.string(found.get("name", ()))
        context = Context(dialect, namespace, place, is_json, now)
        rules = _rules(found.get("path", ()), context)
    except PolicyError as error:
        raise PolicyError(error.reason, file=place, line=error.line, hint=error.hint) from None
    return Policy(name.lower(), rules, dialect, namespace, file)


def _rules(stanzas: decode.Field, context: Context) -> tuple[Rule, ...]:
    made = (rule(stanza, context) for stanza in stanzas)
    return tuple(one for one in made if one is not None)
