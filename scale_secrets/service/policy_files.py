"""A directory of policies as texts, for the evaluators, which do no I/O.

Invariants: nothing outside the directory is read, whatever stands in it; what cannot be read is an
error and never left out, because a policy that is missing would change the answer; and the work
is bounded. Hidden files and other kinds of files (notes, scripts) are no policies.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from scale_secrets.errors import DeniedError, PolicyError, UsageError
from scale_secrets.files import wrapped

SUFFIXES = (".hcl", ".json")
MAX_FILES = 50_000
MAX_FILE_BYTES = 64 << 20  # an account's authorization details can be large
MAX_TOTAL_BYTES = 512 << 20


def read_policy_files(directory: Path) -> Mapping[str, str]:
    """The texts below ``directory`` by their paths in it (``vault/policies/ci.hcl``), sorted.

    Raises ``NotFoundError`` when there is no such directory, ``DeniedError`` for a symbolic link
    or anything else that is not a regular file, ``PolicyError`` for a file that is not UTF-8,
    ``UsageError`` when there is nothing to read or more than the limits above.
    """
    directory = _real_directory(directory)
    texts: dict[str, str] = {}
    left = MAX_TOTAL_BYTES
    for path, data in _files(directory):
        left -= len(data)
        if left < 0 or len(texts) == MAX_FILES:
            raise UsageError(
                f"{directory} holds more than {MAX_FILES} files or {MAX_TOTAL_BYTES >> 20} MiB",
                hint="name the directory that holds the policies and nothing else",
            )
        texts[path] = _text(path, data)
    if not texts:
        raise UsageError(
            f"{directory} holds no policy",
            hint=f"put files there that end in {' or '.join(SUFFIXES)}; docs/who-can-read.md "
            "shows where",
        )
    return dict(sorted(texts.items()))


def _real_directory(directory: Path) -> Path:
    """Whoever named it may name a link: only what stands in it is not to be trusted."""
    try:
        real = directory.resolve(strict=True)
    except OSError as error:
        raise wrapped(error, f"reading the policies in {directory}") from None
    if not real.is_dir():
        raise UsageError(f"{directory} is not a directory", hint="name the one above the file")
    return real


def _files(directory: Path) -> Iterator[tuple[str, bytes]]:
    """Every policy file, opened below the handle of its own directory: no race leads out."""
    try:
        for place, directories, names, handle in os.fwalk(directory, onerror=_fail):
            below = PurePosixPath(Path(place).relative_to(directory).as_posix())
            directories[:] = [name for name in directories if not name.startswith(".")]
            for name in directories:
                # os.fwalk would pass over a link without a word.
                if stat.S_ISLNK(os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode):
                    raise _linked(below / name)
            for name in names:
                if name.endswith(SUFFIXES) and not name.startswith("."):
                    yield str(below / name), _read(name, handle, below / name)
    except OSError as error:
        raise wrapped(error, f"reading the policies in {error.filename or directory}") from None


def _fail(error: OSError) -> None:
    raise error  # which os.fwalk would swallow


def _read(name: str, directory: int, shown: PurePosixPath) -> bytes:
    # without O_NONBLOCK, opening a named pipe would wait for its writer
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(name, flags, dir_fd=directory), "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise DeniedError(f"{shown} is not a regular file", hint="move it away")
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        if stat.S_ISLNK(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
            raise _linked(shown) from None
        raise wrapped(error, f"reading {shown}") from None
    if len(data) > MAX_FILE_BYTES:
        raise UsageError(
            f"{shown} is larger than {MAX_FILE_BYTES >> 20} MiB", hint="no policy is that large"
        )
    return data


def _linked(shown: PurePosixPath) -> DeniedError:
    return DeniedError(
        f"{shown} is a symbolic link, which is not followed",
        hint="put the file itself there: without it the answer would be wrong",
    )


def _text(path: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PolicyError(
            "this is not UTF-8", file=path, line=line, hint="save the file as UTF-8"
        ) from None
