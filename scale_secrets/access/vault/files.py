"""Which file of a policy directory is what, by its path alone.

``vault/`` in front, or nothing; then ``namespaces/PATH/`` for a namespace; then ``policies/NAME``
with ``.hcl`` or ``.json``, ``NAME.hcl`` itself, or one of the ``TABLES``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scale_secrets.errors import PolicyError

SERVER = "server.json"
TABLES = (
    "mounts.json",
    "auth.json",
    "token-roles.json",
    "tokens.json",
    "entities.json",
    "groups.json",
    "policies.json",
)
_VAULT = "vault/"
_AWS = "aws/"
_NAMESPACES = "namespaces"
_POLICIES = "policies"


@dataclass(frozen=True, slots=True)
class File:
    path: str  # as the reader knows it
    text: str


@dataclass(frozen=True, slots=True)
class NamespaceFiles:
    """The files of one namespace: policies by name, tables by file name."""

    policies: dict[str, File] = field(default_factory=dict)
    tables: dict[str, File] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arranged:
    """``namespaces`` has the root, ``""``, always; ``ignored`` are files of no meaning here."""

    namespaces: Mapping[str, NamespaceFiles]
    server: File | None
    ignored: tuple[str, ...]


def arrange(files: Mapping[str, str]) -> Arranged:
    """Raises ``PolicyError`` when two files would be the same policy."""
    top = _VAULT if any(path.startswith(_VAULT) for path in files) else ""
    namespaces = {"": NamespaceFiles()}
    server = None
    ignored = []
    for path, text in files.items():
        if path.startswith(_AWS):
            continue
        parts = path.removeprefix(top).split("/") if path.startswith(top) else []
        if parts == [SERVER]:
            server = File(path, text)
        elif not parts or not _place(parts, File(path, text), namespaces):
            ignored.append(path)
    return Arranged(namespaces, server, tuple(ignored))


def _place(parts: list[str], file: File, namespaces: dict[str, NamespaceFiles]) -> bool:
    """Put ``file`` where ``parts`` says; False when they say nothing."""
    namespace = ""
    if parts[0] == _NAMESPACES:
        end = parts.index(_POLICIES) if _POLICIES in parts else len(parts) - 1
        namespace = "".join(f"{part}/" for part in parts[1:end])
        parts = parts[end:]
        if not namespace or not parts:
            return False
    found = namespaces.get(namespace, NamespaceFiles())
    if len(parts) == 1 and parts[0] in TABLES:
        found.tables[parts[0]] = file
    elif name := _policy_name(parts):
        if name in found.policies:
            reason = f"the policy {name} stands in {found.policies[name].path} as well"
            raise PolicyError(reason, file=file.path, hint="keep one of the two files")
        found.policies[name] = file
    else:
        return False
    namespaces[namespace] = found
    return True


def _policy_name(parts: list[str]) -> str:
    """A policy's name, which may hold slashes, in lower case as the server keeps it; or empty."""
    if len(parts) == 1:
        return parts[0].removesuffix(".hcl").lower() if parts[0].endswith(".hcl") else ""
    if parts[0] != _POLICIES:
        return ""
    name = "/".join(parts[1:])
    for suffix in (".hcl", ".json"):
        if name.endswith(suffix):
            return name.removesuffix(suffix).lower()
    return ""
