"""Real file systems in bad states: full, read-only, owned by others."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")


@contextmanager
def tmpfs(at: Path, size: str = "64k") -> Iterator[Path]:
    """A file system of its own, mounted on the directory ``at``; needs root."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", at],
        check=False,
        capture_output=True,
    )
    if done.returncode:
        pytest.skip("cannot mount a tmpfs here (it needs root and CAP_SYS_ADMIN)")
    try:
        yield at
    finally:
        subprocess.run(["umount", at], check=True)


@contextmanager
def read_only(at: Path) -> Iterator[None]:
    """Make a mounted file system read-only for a while."""
    subprocess.run(["mount", "-o", "remount,ro", at], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", at], check=True)


@contextmanager
def unprivileged_directory() -> Iterator[Path]:
    """An empty directory of a user whom permissions bind; root becomes nobody meanwhile."""
    directory = Path(tempfile.mkdtemp())
    privileged = os.geteuid() == 0
    if privileged:
        os.chown(directory, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield directory
    finally:
        if privileged:
            os.seteuid(0)
        directory.chmod(0o700)
        shutil.rmtree(directory)
