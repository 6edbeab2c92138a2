"""Finding a principal or a secret by what a person types.

A namespace stands in front of either (``team/auth/approle/role/ci``, ``team/kv/scale/key``).
"""

from __future__ import annotations

from collections.abc import Iterable

from scale_secrets.access.vault.builtin_policies import ROOT
from scale_secrets.access.vault.installation import Installation
from scale_secrets.access.vault.model import Mount, Principal, SecretPath
from scale_secrets.errors import NotFoundError, UsageError

_POLICIES = "policies/"


class Names:
    def __init__(self, installation: Installation, principals: Iterable[Principal]) -> None:
        self._of = installation
        self._principals = {f"{one.namespace}{one.name}": one for one in principals}
        self._mounts: dict[str, list[Mount]] = {}
        for mount in installation.mounts:
            self._mounts.setdefault(mount.namespace, []).append(mount)
        for mounts in self._mounts.values():
            mounts.sort(key=lambda one: len(one.path), reverse=True)
        self._namespaces = sorted(installation.namespaces, key=len, reverse=True)

    def principal(self, name: str) -> Principal:
        """By where it stands (``auth/approle/role/ci``, ``identity/entity/name/alice`` or
        ``…/id/ID``), or ``policies/a,b``: a token that was made with these, without an entity.
        """
        name = name.strip("/")
        found = self._principals.get(name) or self._by_id(name)
        if found is not None:
            return found
        namespace, below = self._split(name)
        if below.startswith(_POLICIES):
            return self._token(namespace, below)
        raise NotFoundError(
            f"no principal is called {name}",
            hint=_near(name, self._principals)
            or "name it by its path, such as auth/approle/role/ci, or policies/NAME for a token",
        )

    def _by_id(self, name: str) -> Principal | None:
        namespace, below = self._split(name)
        identities = self._of.identities
        for folder, known in (
            ("identity/entity/id/", identities.entities),
            ("identity/group/id/", identities.groups),
        ):
            one = known.get(below.removeprefix(folder)) if below.startswith(folder) else None
            if one is not None:
                by_name = folder.replace("/id/", "/name/")
                return self._principals.get(f"{namespace}{by_name}{one.name}")
        return None

    def _token(self, namespace: str, below: str) -> Principal:
        names = tuple(
            name.strip().lower()
            for name in below.removeprefix(_POLICIES).split(",")
            if name.strip()
        )
        known = {name for space, name in self._of.policies if space == namespace}
        for name in names:
            if name not in known and name != ROOT:
                where = f" in namespace {namespace}" if namespace else ""
                raise NotFoundError(
                    f"no policy is called {name}{where}",
                    hint=_near(name, known) or "its file is policies/NAME.hcl",
                )
        if not names:
            raise UsageError("policies/ names no policy", hint="such as policies/reader,writer")
        listed = ",".join(names)
        people = f"whoever holds a token with {listed}"
        return Principal(f"{_POLICIES}{listed}", names, namespace, people=people)

    def secret(self, path: str) -> SecretPath:
        """By its mount, the longest that the path begins with, and the path below that."""
        path = path.lstrip("/")
        namespace, below = self._split(path)
        mount = self._mount(namespace, below)
        if mount is None:
            mounts = [f"{namespace}{one.path}" for one in self._mounts.get(namespace, ())]
            raise NotFoundError(
                f"no engine is mounted at the beginning of {path}",
                hint=_near(path, mounts) or f"mounted are {', '.join(sorted(mounts))}",
            )
        if mount.version == 0:
            raise NotFoundError(
                f"{mount.namespace}{mount.path} is an engine of type {mount.type}",
                hint="name a secret of a KV engine",
            )
        rest = below.removeprefix(mount.path)
        if not rest or rest.endswith("/"):
            raise UsageError(
                f"{path} is a folder",
                hint=f"name a secret below it, such as {path.rstrip('/')}/key",
            )
        return SecretPath(mount, rest)

    def _mount(self, namespace: str, below: str) -> Mount | None:
        if namespace in self._of.mapped:
            mounts = self._mounts.get(namespace, ())
            return next((one for one in mounts if below.startswith(one.path)), None)
        first, slash, _ = below.partition("/")
        if not first or not slash:
            raise UsageError(
                f"{below or 'the path'} lacks a mount", hint="such as secret/scale/key"
            )
        return Mount(f"{first}/", 2, namespace)

    def _split(self, path: str) -> tuple[str, str]:
        """The namespace in front, the longest that is known, and the rest."""
        namespace = next(one for one in self._namespaces if path.startswith(one))
        return namespace, path.removeprefix(namespace)


def _near(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f"perhaps {' or '.join(close)}" if close else ""
