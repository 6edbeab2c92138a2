"""The schemas and policies that ship with the project.

They are top-level folders of the checkout, where people look for them, and package data of an
installed wheel. An editable install has only the former, so the package is asked first and the
checkout second. Nothing else knows where they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from scale_secrets.errors import UsageError

Folder = Literal["schemas", "policies"]

_PACKAGE = Path(__file__).parent


def _directory(folder: Folder) -> Path:
    shipped = _PACKAGE / "_data" / folder
    return shipped if shipped.is_dir() else _PACKAGE.parent / folder


def resource_names(folder: Folder) -> tuple[str, ...]:
    """The file names in a folder, sorted."""
    return tuple(
        sorted(
            path.name
            for path in _directory(folder).iterdir()
            if path.is_file() and not path.name.startswith(".")
        )
    )


def resource_text(folder: Folder, name: str) -> str:
    """The text of one file. Raises ``UsageError`` when there is no such file.

    A name is a name, not a path: nothing outside the folder can be read.
    """
    path = _directory(folder) / name
    if Path(name).name != name or not path.is_file():
        raise UsageError(
            f"there is no such file among the {folder}",
            hint=f"there are: {', '.join(resource_names(folder))}",
        )
    return path.read_text(encoding="utf-8")
