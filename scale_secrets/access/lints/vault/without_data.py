"""ACC102: a path below a KV v2 mount that its engine does not serve, usually for lack of ``data/``.

The API of KV v2 puts a word between the mount and the secret's path; the command line hides it.
Only where the mounts are known: of KV v1, the same path is right.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.lints.vault.rules import place, plain_rules, policies, shown
from scale_secrets.access.vault.installation import Installation
from scale_secrets.access.vault.lookup import Placed
from scale_secrets.access.vault.model import Match, Mount
from scale_secrets.model import Finding, Severity

# https://openbao.org/api-docs/secret/kv/kv-v2/ and Vault's page of the same name.
_WORDS = (
    "config",
    "data",
    "delete",
    "destroy",
    "detailed-metadata",
    "metadata",
    "subkeys",
    "undelete",
)


def findings(installation: Installation) -> Iterator[Finding]:
    mounts = [one for one in installation.mounts if one.version == 2]
    rules = (one for policy in policies(installation) for one in plain_rules(policy))
    for one in rules:
        for mount in mounts:
            below = _below(one, mount)
            if below is not None and not _served(below, one):
                yield Finding(
                    "ACC102",
                    place(one),
                    f"{shown(one)} matches nothing that KV v2 serves at {mount.path}",
                    f"write {mount.path}data/{below} for the values, "
                    f"{mount.path}metadata/{below} to list or destroy",
                    Severity.WARNING,
                )


def _below(one: Placed, mount: Mount) -> str | None:
    """What the rule's path says below the mount; None where it is not about this one alone."""
    root = f"{mount.namespace}{mount.path}"
    text = str(one.pattern)
    return text.removeprefix(root) if text.startswith(root) else None


def _served(below: str, one: Placed) -> bool:
    """Whether the first segment can be one of the engine's words."""
    first, slash, _ = below.partition("/")
    if first in ("+", ""):
        return True
    if first.endswith("*") and not slash and one.pattern.match is not Match.EXACT:
        return any(word.startswith(first[:-1]) for word in _WORDS)
    return first in _WORDS
