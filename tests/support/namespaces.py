"""A process in namespaces of its own: the first of its container, with a /run that is in memory.

Needs no privilege where the system lets every user make a user namespace, as most do.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence

import pytest

_ALONE = ("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc")


def contained(words: Sequence[str], *, prepare: str = "", directory: str = "") -> list[str]:
    """``words`` as the first process of a container, after ``prepare`` (lines of shell) in it.

    /run is an empty file system in memory, open to every user, as Kubernetes makes an emptyDir.
    """
    if subprocess.run([*_ALONE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets us make no namespaces (unshare)")
    lines = [
        "set -e",
        "mount -t tmpfs -o mode=0777 none /run",
        prepare,
        f"cd {shlex.quote(directory)}" if directory else "",
        f"exec {shlex.join(words)}",
    ]
    return [*_ALONE, "sh", "-c", "\n".join(line for line in lines if line)]
