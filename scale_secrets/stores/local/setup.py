"""Making a local store: an identity, its recipients file, and an empty store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scale_secrets.files import make_private_directory, write_private
from scale_secrets.stores.local import codec, crypt
from scale_secrets.stores.local.document import Document
from scale_secrets.stores.local.places import default_recipients
from scale_secrets.stores.local.recipients import parse_recipients

_PUBLIC = 0o644  # recipients are no secret, and belong in git


def create_identity(path: Path) -> str:
    """Write a new age identity file, for its owner alone, and return its recipient.

    Raises ``ConflictError`` when something stands at ``path``: overwriting an identity would lose
    every store that only it can read.
    """
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    recipient = str(identity.to_public())
    make_private_directory(path.parent)
    write_private(path, f"# public key: {recipient}\n{identity}\n".encode(), replace=False)
    return recipient


def create_store(path: Path, recipients: Sequence[str]) -> None:
    """Write an empty store that ``recipients`` may read, and its recipients file beside it.

    The recipients file comes first: with it alone, the first write makes the store.
    Raises ``ConflictError`` when the store or its recipients file exists, ``UsageError`` for a
    text that is no recipient.
    """
    listed = default_recipients(path)
    text = "".join(f"{one}\n" for one in recipients).encode()
    handles = parse_recipients(text, listed)
    make_private_directory(path.parent)
    write_private(listed, text, mode=_PUBLIC, replace=False)
    write_private(path, crypt.encrypt(codec.dump(Document()), handles), replace=False)
