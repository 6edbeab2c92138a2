"""The age format (https://age-encryption.org/v1) as a local store uses it, by way of pyrage.

A passphrase recipient never stands on a store: each read would cost seconds and up to a gibibyte,
and age allows no other recipient beside it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING

from scale_secrets.errors import BadAnswerError, DeniedError, UsageError

if TYPE_CHECKING:
    from scale_secrets.stores.local.identity import Identity
    from scale_secrets.stores.local.recipients import Recipient

_MAGIC = b"age-encryption.org/v1\n"
_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"
_NO_KEY = "No matching keys found"  # pyrage tells its failures apart by their text alone


def is_age(data: bytes) -> bool:
    """Whether ``data`` begins like an age file, binary or armored."""
    return data.startswith((_MAGIC, _ARMOR))


def needs_passphrase(data: bytes) -> bool:
    """Whether an age file is encrypted to a passphrase."""
    head = data[: len(_MAGIC) + 64]
    if data.startswith(_ARMOR):
        try:
            head = base64.b64decode(b"".join(data.split(maxsplit=16)[4:6]), validate=True)
        except binascii.Error:
            return False  # a broken file: decrypting it says so
    return head.startswith(_MAGIC + b"-> scrypt ")


def encrypt(data: bytes, recipients: Sequence[Recipient]) -> bytes:
    """An age file that each of ``recipients`` can read."""
    import pyrage

    return bytes(pyrage.encrypt(data, [one.handle for one in recipients]))


def decrypt(data: bytes, identities: Sequence[Identity], place: str) -> bytes:
    """The content of an age file.

    Raises ``DeniedError`` when none of ``identities`` may read it, ``UsageError`` for a passphrase
    recipient and ``BadAnswerError`` for a file that is broken.
    """
    import pyrage

    if not is_age(data):
        raise corrupt(place, "it is not an age file")
    if needs_passphrase(data):
        raise UsageError(
            f"{place}: is encrypted to a passphrase, which a store does not support",
            hint="decrypt it with `age -d` and encrypt it to recipients with `age -R`; "
            "a passphrase can protect the identity file instead",
        )
    try:
        return bytes(pyrage.decrypt(data, [one.handle for one in identities]))
    except pyrage.DecryptError as error:
        no_key = str(error) == _NO_KEY
    if no_key:
        raise DeniedError(f"{place}: our identity is none of its recipients")
    raise corrupt(place, "it cannot be decrypted")


def corrupt(place: str, rule: str) -> BadAnswerError:
    return BadAnswerError(
        f"{place}: corrupt: {rule}", hint="restore the file from git or from a backup"
    )
