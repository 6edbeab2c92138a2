"""Reading and writing the files that hold, or lead to, secrets.

Invariants of a write: a reader sees the old file or the new one, whole, whatever crashes; the new
one is private from its first byte; no symbolic link is followed at the target; and nobody else can
change the directory underneath. A failure leaves the old file and no temporary behind.

Invariants of a read: who could have changed the file (and, for a private one, who could have read
it) is checked on the open file itself, so nothing can be exchanged in between.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scale_secrets.errors import (
    ConflictError,
    DeniedError,
    NotFoundError,
    ScaleSecretsError,
    UnreachableError,
    WriteInDoubtError,
)

PRIVATE = 0o600
_OTHERS_ANY = 0o077
_TEMPORARY = ".tmp"
_CHUNK = 1 << 20  # bytes
_FULL = {errno.ENOSPC: "no space is left", errno.EDQUOT: "the disk quota is used up"}
_FULL[errno.EFBIG] = "the file would be larger than this process may write"
_REFUSED = {
    errno.EACCES: "permission denied",
    errno.EPERM: "operation not permitted",
    errno.EROFS: "the file system is read-only",
}


def write_private(path: Path, data: bytes, *, mode: int = PRIVATE, replace: bool = True) -> None:
    """Make ``path`` a file with exactly ``data`` and ``mode``, or change nothing.

    ``replace`` False raises ``ConflictError`` when something stands there, and of several writers
    at once one succeeds.
    Raises ``DeniedError`` for a target or directory that is not safely ours or not writable,
    ``NotFoundError`` when the directory is missing, ``UnreachableError`` when the disk is full or
    fails, ``WriteInDoubtError`` when the new file stands but may not survive a power failure.
    """
    with private_parent(path) as directory:
        _require_replaceable(path, directory)
        temporary = f".{path.name}.{os.urandom(8).hex()}{_TEMPORARY}"
        try:
            _write_new(temporary, data, mode, directory)
            _move(temporary, path.name, directory, replace)
        except FileExistsError:
            _remove(temporary, directory)
            raise ConflictError(f"{path} exists", hint="use it, or move it away") from None
        except BaseException as error:
            _remove(temporary, directory)
            if isinstance(error, OSError):
                raise wrapped(error, f"writing {path}", unchanged=True) from None
            raise
        try:
            os.fsync(directory)
        except OSError as error:
            if error.errno == errno.EINVAL:
                return  # this file system has no such thing, as fsync(2) says
            raise WriteInDoubtError(
                f"writing {path}: written, but its directory could not be brought to disk",
                hint="check the disk, then read the file back",
                sent=True,
            ) from None


def append_private(path: Path, data: bytes) -> None:
    """Add to the end of a file that others read from, such as a runner's ``GITHUB_ENV``.

    Created with mode 0600 when it is missing; an existing one keeps its mode, which whoever made
    it decided. Raises as ``write_private`` does; a symbolic link is refused.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, PRIVATE)
        try:
            _write_all(handle, data)
        finally:
            os.close(handle)
    except OSError as error:
        raise wrapped(error, f"adding to {path}") from None


def sweep_temporaries(path: Path) -> None:
    """Remove what crashed writers of ``path`` left behind.

    Only for the holder of the lock that all writers of ``path`` take: without it, the temporary
    file of a writer at work would be removed. Files of other owners stay.
    """
    with private_parent(path) as directory:
        for name in os.listdir(directory):  # noqa: PTH208 - pathlib takes no directory handle
            if not _is_temporary_of(name, path.name):
                continue
            with suppress(OSError):  # an orphan that cannot be removed hinders no write
                if os.stat(name, dir_fd=directory, follow_symlinks=False).st_uid == os.geteuid():
                    os.unlink(name, dir_fd=directory)


def read_private(path: Path, *, what: str = "file", follow: bool = True) -> bytes:
    """Read a file that only its owner, who must be this user or root, may read or write.

    ``what`` names the file's role in messages. ``follow`` False refuses a symbolic link.
    Raises ``NotFoundError``, ``DeniedError`` (with the ``chmod`` to run), ``UnreachableError``.
    """
    return _read(path, what, follow, private=True)


def read_trusted(path: Path, *, what: str = "file", follow: bool = True) -> bytes:
    """Like ``read_private``, for a file that others may read, and only we or root may write."""
    return _read(path, what, follow, private=False)


def make_private_directory(path: Path) -> None:
    """Make ``path`` and its missing parents, each for this user alone; an existing one stays."""
    try:
        for missing in reversed([path, *path.parents]):
            with suppress(FileExistsError):
                missing.mkdir(mode=0o700)
    except OSError as error:
        raise wrapped(error, f"making the directory {path}", unchanged=True) from None


@contextmanager
def private_parent(path: Path) -> Iterator[int]:
    """The open directory of ``path``, in which nobody but this user and root can exchange files.

    A sticky directory that others may write, such as /tmp, is fine: there nobody can rename or
    remove what is ours.
    """
    parent = path.parent
    try:
        directory = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise wrapped(error, f"opening the directory {parent}", unchanged=True) from None
    try:
        facts = os.fstat(directory)
        _require_owner(facts, f"the directory {parent}")
        if writable_by_others(facts) and not facts.st_mode & stat.S_ISVTX:
            raise DeniedError(
                f"the directory {parent} is writable by others (mode {_mode(facts)})",
                hint=f"chmod go-w {parent}",
            )
        yield directory
    finally:
        os.close(directory)


def writable_by_others(facts: os.stat_result) -> bool:
    """Whether someone but the owner (and root) may write what ``facts`` are about.

    Many systems give each user a group of the same name that nobody else is in, and a umask of
    002: what such a group may write, only the owner may.
    """
    if facts.st_mode & stat.S_IWOTH:
        return True
    return bool(facts.st_mode & stat.S_IWGRP) and not _is_private_group(facts)


def wrapped(error: OSError, doing: str, *, unchanged: bool = False) -> ScaleSecretsError:
    """The project's error for a failed system call; ``doing`` names action and place.

    ``unchanged``: promise in the hint that the failed action changed nothing.
    """
    number = error.errno or 0
    promise = "; nothing was changed" if unchanged else ""
    if number == errno.ENOENT:
        return NotFoundError(f"{doing}: it does not exist", hint="check the path, or make it")
    if number == errno.ELOOP:
        return DeniedError(
            f"{doing}: it is a symbolic link", hint=f"name the real file instead{promise}"
        )
    if number in _REFUSED:
        return DeniedError(
            f"{doing}: {_REFUSED[number]}", hint=f"check owner, mode and mount{promise}"
        )
    if number in _FULL:
        return UnreachableError(f"{doing}: {_FULL[number]}", hint=f"make room{promise}")
    reason = os.strerror(number).lower() if number else "the system gave no reason"
    return UnreachableError(f"{doing}: {reason}", hint=f"check the path and the disk{promise}")


def _write_new(name: str, data: bytes, mode: int, directory: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(name, flags, mode & PRIVATE, dir_fd=directory)
    try:
        _write_all(file, data)
        os.fchmod(file, mode)  # exactly, whatever the umask
        os.fsync(file)
    finally:
        os.close(file)


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:  # a write may be short, for instance at a file size limit
        rest = rest[os.write(file, rest) :]


def _move(source: str, target: str, directory: int, replace: bool) -> None:
    if replace:
        os.replace(source, target, src_dir_fd=directory, dst_dir_fd=directory)
    else:  # unlike a rename, a link fails when its target exists
        os.link(source, target, src_dir_fd=directory, dst_dir_fd=directory)
        os.unlink(source, dir_fd=directory)


def _remove(temporary: str, directory: int) -> None:
    with suppress(OSError):
        os.unlink(temporary, dir_fd=directory)


def _require_replaceable(path: Path, directory: int) -> None:
    try:
        facts = os.stat(path.name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return
    except OSError as error:
        raise wrapped(error, f"writing {path}", unchanged=True) from None
    if stat.S_ISLNK(facts.st_mode):
        raise DeniedError(f"{path} is a symbolic link", hint="name the real file instead")
    if not stat.S_ISREG(facts.st_mode):
        raise DeniedError(f"{path} is not a regular file", hint="name another file")
    _require_owner(facts, str(path))


def _read(path: Path, what: str, follow: bool, *, private: bool) -> bytes:
    # without O_NONBLOCK, opening a named pipe would wait for its writer
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
    try:
        file = os.open(path, flags)
    except OSError as error:
        raise wrapped(error, f"reading the {what} {path}") from None
    try:
        _require_guarded(os.fstat(file), path, what, private)
        parts = iter(lambda: os.read(file, _CHUNK), b"")
        return b"".join(parts)
    except OSError as error:
        raise wrapped(error, f"reading the {what} {path}") from None
    finally:
        os.close(file)


def _require_guarded(facts: os.stat_result, path: Path, what: str, private: bool) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise DeniedError(f"the {what} {path} is not a regular file", hint="name another file")
    _require_owner(facts, f"the {what} {path}")
    if private and facts.st_mode & _OTHERS_ANY:
        raise DeniedError(
            f"the {what} {path} is open to others (mode {_mode(facts)})",
            hint=f"chmod 600 {path}",
        )
    if writable_by_others(facts):
        raise DeniedError(
            f"the {what} {path} is writable by others (mode {_mode(facts)})",
            hint=f"chmod go-w {path}",
        )


def _is_private_group(facts: os.stat_result) -> bool:
    import grp
    import pwd

    try:
        owner, group = pwd.getpwuid(facts.st_uid), grp.getgrgid(facts.st_gid)
    except KeyError:
        return False
    alone = set(group.gr_mem) <= {owner.pw_name}
    return owner.pw_gid == group.gr_gid and owner.pw_name == group.gr_name and alone


def _require_owner(facts: os.stat_result, place: str) -> None:
    if facts.st_uid not in (0, os.geteuid()):
        raise DeniedError(
            f"{place} belongs to another user (uid {facts.st_uid})",
            hint="use one of your own, or change its owner after looking at it",
        )


def _mode(facts: os.stat_result) -> str:
    return f"{stat.S_IMODE(facts.st_mode):04o}"


def _is_temporary_of(name: str, target: str) -> bool:
    random = name.removeprefix(f".{target}.").removesuffix(_TEMPORARY)
    return name == f".{target}.{random}{_TEMPORARY}" and len(random) == 16
