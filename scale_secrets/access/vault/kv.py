"""What doing something with a secret means in requests.

An action is done in one of several *ways*; a way needs all of its requests. Most ways go through
the secret's own engine. Some go around it: raw storage, a snapshot, unmounting the engine. Those
hang on more than policies, and say on what. Not here, because no policy is asked: whoever holds the
unseal keys, the disk, an audit log that ``log_raw`` fills, or, in Vault, enough key shares for
``sys/generate-root``. ``subkeys/`` and ``metadata/`` tell no value.

A secret that is asked about is taken to exist. KV looks whether it does before a write, and asks
for ``update`` if so, for ``create`` if not; ``delete/``, ``undelete/`` and ``destroy/`` are always
an ``update``. Every way below was tried with a token that could do nothing else on an OpenBao.
Source: https://openbao.org/api-docs/secret/kv/kv-v2/ and the engine's ``ExistenceCheck``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from scale_secrets.access.vault.model import Dialect, Mount, SecretPath
from scale_secrets.access.vault.operations import Operation
from scale_secrets.access.verdict import Action

PENDING = ".pending"
"""What a rotation puts behind a path for the place where the next key waits."""


@dataclass(frozen=True, slots=True)
class Request:
    """``path`` is absolute. ``parameters``: those that such a request always has.

    ``spoken``: the secret's path as people say it, where the engine wants another one.
    """

    operation: Operation
    path: str
    namespace: str = ""
    parameters: tuple[str, ...] = ()
    spoken: str = ""

    def __str__(self) -> str:
        return f"{self.operation.value} {self.path}"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do an action: every request must pass. ``provided``: what else must hold."""

    title: str
    requests: tuple[Request, ...]
    provided: str = ""
    remark: str = ""


def ways(secret: SecretPath, action: Action, dialect: Dialect) -> tuple[Way, ...]:
    """The ways through the secret's own engine."""
    paths = _Paths(secret, dialect)
    return tuple((_SECOND if secret.mount.version == 2 else _FIRST)[action](paths))


class _Paths:
    """Requests on the paths of one secret."""

    def __init__(self, secret: SecretPath, dialect: Dialect, suffix: str = "") -> None:
        self._secret = secret
        self._mount = f"{secret.mount.namespace}{secret.mount.path}"
        self._namespace = secret.mount.namespace
        self._path = f"{secret.path}{suffix}"
        self.dialect = dialect
        self.pending = self if suffix else _Paths(secret, dialect, PENDING)

    def request(self, operation: Operation, below: str = "") -> Request:
        """``below`` is ``data/`` and the like, empty in the first version."""
        written = operation in (Operation.CREATE, Operation.UPDATE, Operation.PATCH)
        parameters = ("data",) if written and below == "data/" else ()
        path = f"{self._mount}{below}{self._path}"
        spoken = f"{self._mount}{self._path}" if below else ""
        return Request(operation, path, self._namespace, parameters, spoken)

    def folder(self, operation: Operation, below: str, folder: str) -> Request:
        return Request(operation, f"{self._mount}{below}{folder}", self._namespace)

    @property
    def folders(self) -> Iterator[str]:
        """The secret's own folder and each above it, up to the mount: ``a/b/``, ``a/``, ``""``."""
        folder = self._path.rpartition("/")[0]
        while folder:
            yield f"{folder}/"
            folder = folder.rpartition("/")[0]
        yield ""


def _read(data: str) -> Callable[[_Paths], Iterable[Way]]:
    def found(paths: _Paths) -> Iterable[Way]:
        yield Way("read it", (paths.request(Operation.READ, data),))

    return found


def _list(*below: str) -> Callable[[_Paths], Iterable[Way]]:
    """``below``: where names are listed; the last of several is OpenBao's alone."""

    def found(paths: _Paths) -> Iterable[Way]:
        own = next(paths.folders)
        openbao = paths.dialect is Dialect.OPENBAO
        for prefix in below if openbao else below[:1]:
            told = ", with their metadata" if "detailed" in prefix else ""
            yield Way(f"list its folder{told}", (paths.folder(Operation.LIST, prefix, own),))
        for folder in paths.folders if openbao else ():
            for prefix in below:
                request = paths.folder(Operation.SCAN, prefix, folder)
                yield Way("scan a folder that it is in", (request,))
        if below != ("",):
            yield Way("read its metadata", (paths.request(Operation.READ, "metadata/"),))

    return found


def _write(data: str, remove: Callable[[_Paths], Request]) -> Callable[[_Paths], Iterable[Way]]:
    def found(paths: _Paths) -> Iterable[Way]:
        create = paths.request(Operation.CREATE, data)
        yield Way("write it anew", (paths.request(Operation.UPDATE, data),))
        if data:
            yield Way("replace its fields one by one", (paths.request(Operation.PATCH, data),))
        yield Way("remove all of it, and create it again", (remove(paths), create))
        yield Way("create it", (create,), provided="no secret stands there yet")

    return found


def _patch(data: str) -> Callable[[_Paths], Iterable[Way]]:
    def found(paths: _Paths) -> Iterable[Way]:
        if data:
            yield Way("replace one field", (paths.request(Operation.PATCH, data),))
        both = paths.request(Operation.READ, data), paths.request(Operation.UPDATE, data)
        yield Way("read it, and write it with one field replaced", both)

    return found


def _rotate(data: str) -> Callable[[_Paths], Iterable[Way]]:
    """A rotation keeps the next key at a path of its own until it is promoted."""

    def found(paths: _Paths) -> Iterable[Way]:
        pending = paths.pending
        requests = (
            paths.request(Operation.READ, data),
            paths.request(Operation.UPDATE, data),
            pending.request(Operation.READ, data),
            pending.request(Operation.CREATE, data),
            pending.request(Operation.UPDATE, data),
            pending.request(Operation.DELETE, data),
        )
        yield Way(f"read and write it, and its next key at {PENDING}", requests)

    return found


def _delete_first(paths: _Paths) -> Iterable[Way]:
    remark = "KV version 1 keeps nothing of what is deleted"
    yield Way("delete it", (paths.request(Operation.DELETE),), remark=remark)


def _delete_second(paths: _Paths) -> Iterable[Way]:
    yield Way("delete its newest version", (paths.request(Operation.DELETE, "data/"),))
    yield Way("delete versions by number", (paths.request(Operation.UPDATE, "delete/"),))


def _destroy_first(paths: _Paths) -> Iterable[Way]:
    yield Way("delete it", (paths.request(Operation.DELETE),))
    yield Way("write over it: only one version is kept", (paths.request(Operation.UPDATE),))


def _destroy_second(paths: _Paths) -> Iterable[Way]:
    yield Way("destroy versions by number", (paths.request(Operation.UPDATE, "destroy/"),))
    yield Way("delete its metadata and every version", (_forget(paths),))


def _forget(paths: _Paths) -> Request:
    return paths.request(Operation.DELETE, "metadata/")


def _nothing(_: _Paths) -> Iterable[Way]:
    return ()


_SECOND: Mapping[Action, Callable[[_Paths], Iterable[Way]]] = {
    Action.READ: _read("data/"),
    Action.LIST: _list("metadata/", "detailed-metadata/"),
    Action.WRITE: _write("data/", _forget),
    Action.PATCH: _patch("data/"),
    Action.ROTATE: _rotate("data/"),
    Action.DELETE: _delete_second,
    Action.DESTROY: _destroy_second,
    Action.CHANGE_POLICY: _nothing,
}
_FIRST: Mapping[Action, Callable[[_Paths], Iterable[Way]]] = {
    Action.READ: _read(""),
    Action.LIST: _list(""),
    Action.WRITE: _write("", lambda paths: paths.request(Operation.DELETE)),
    Action.PATCH: _patch(""),
    Action.ROTATE: _rotate(""),
    Action.DELETE: _delete_first,
    Action.DESTROY: _destroy_first,
    Action.CHANGE_POLICY: _nothing,
}


def ways_around(
    mount: Mount, action: Action, policies: Iterable[tuple[str, str]]
) -> tuple[Way, ...]:
    """The ways that are the same for every secret of ``mount``.

    ``policies``: namespace and name of each policy that exists or that somebody already holds.
    """
    if action is Action.READ:
        return _AROUND_READING
    if action is Action.DESTROY:
        return tuple(_unmount(mount))
    if action is Action.CHANGE_POLICY:
        return tuple(_change_policies(mount, policies))
    return ()


_AROUND_READING = (
    Way(
        "read the storage below it",
        (Request(Operation.READ, "sys/raw/logical/"),),
        provided="the server's configuration has raw_storage_endpoint",
    ),
    Way(
        "download a snapshot of all storage",
        (Request(Operation.READ, "sys/storage/raft/snapshot"),),
        provided="the server stores by raft, and whoever reads the snapshot has its unseal keys",
    ),
)


def _unmount(mount: Mount) -> Iterator[Way]:
    path = f"{mount.namespace}sys/mounts/{mount.path.rstrip('/')}"
    yield Way("unmount the engine", (Request(Operation.DELETE, path, mount.namespace),))


def _change_policies(mount: Mount, policies: Iterable[tuple[str, str]]) -> Iterator[Way]:
    """Policies reach their own namespace and those below it."""
    for namespace, name in policies:
        if mount.namespace.startswith(namespace):
            for folder in ("sys/policies/acl/", "sys/policy/"):
                path = f"{namespace}{folder}{name}"
                request = Request(Operation.UPDATE, path, namespace, ("policy",))
                yield Way(f"write policy {namespace}{name}", (request,))
