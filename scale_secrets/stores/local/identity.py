"""Our own key to a local store: an age identity file, itself perhaps under a passphrase, or an
OpenSSH private key. The file must be readable by its owner alone, as ssh demands of its keys.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from scale_secrets.errors import DeniedError, NotFoundError, UsageError
from scale_secrets.files import read_private
from scale_secrets.frozen import frozen
from scale_secrets.stores.local.crypt import is_age, needs_passphrase
from scale_secrets.surroundings import Surroundings
from scale_secrets.values import SecretValue

PASSPHRASE_VARIABLE = "SCALE_SECRETS_PASSPHRASE_FILE"  # noqa: S105 - a variable's name
UNKNOWN_RECIPIENT = "unknown (the key file does not tell)"
_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_PROTECTED = ("decrypted first", "EncryptedPem")  # pyrage tells its failures apart by text alone
_FORM = "an age identity file (`age-keygen`), or an unprotected ed25519 or rsa key of OpenSSH"


@frozen
class Identity:
    """``recipient``: its public side, as a recipients file names it; ``handle`` is pyrage's."""

    recipient: str
    handle: Any = field(repr=False)


def load_identities(path: Path, surroundings: Surroundings) -> Sequence[Identity]:
    """Read the identities of a file, at least one.

    Raises ``NotFoundError``, ``DeniedError`` (open to others, wrong passphrase) or ``UsageError``
    (no identity, a kind that is not supported, a passphrase that nobody can be asked for).
    """
    try:
        data = read_private(path, what="identity file")
    except NotFoundError:
        raise NotFoundError(
            f"the identity file {path} does not exist",
            hint="make one with `scale-secrets init`, or name yours in SCALE_SECRETS_IDENTITY",
        ) from None
    if is_age(data):
        data = _unlocked(data, path, surroundings)
    if data.lstrip().startswith(b"-----BEGIN"):
        return [_ssh_identity(data, path)]
    return _age_identities(data, path)


def _age_identities(data: bytes, path: Path) -> Sequence[Identity]:
    import pyrage

    identities = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            handle = pyrage.x25519.Identity.from_str(text)
        except pyrage.IdentityError:
            raise UsageError(
                f"the identity file {path}, line {number}: is no age identity", hint=_FORM
            ) from None
        identities.append(Identity(str(handle.to_public()), handle))
    if not identities:
        raise UsageError(f"the identity file {path} holds no identity", hint=_FORM)
    return identities


def _ssh_identity(data: bytes, path: Path) -> Identity:
    import pyrage

    try:
        handle = pyrage.ssh.Identity.from_buffer(data)
    except pyrage.IdentityError as error:
        protected = str(error).endswith(_PROTECTED)
    else:
        return Identity(_ssh_recipient(data), handle)
    if protected:
        raise UsageError(
            f"the identity file {path} is an SSH key under a passphrase, which is not supported",
            hint="use an age identity (`age-keygen`, and `age -p` to protect it), or take the "
            "passphrase off a copy of the key with `ssh-keygen -p -f COPY`",
        )
    raise UsageError(f"the identity file {path} is no key of a supported kind", hint=_FORM)


def _ssh_recipient(data: bytes) -> str:
    """The public key, which the openssh-key-v1 format holds in the clear before the private one.

    Layout: magic, then length-prefixed cipher, kdf, kdf options; a count; the public key's blob,
    which begins with its own type.
    """
    if not data.lstrip().startswith(_OPENSSH):
        return UNKNOWN_RECIPIENT  # a PEM key holds only the private numbers
    body = data.split(b"-----")[2]  # between the BEGIN and the END line
    rest = base64.b64decode(body).removeprefix(b"openssh-key-v1\0")
    for _ in range(3):
        _, rest = _string(rest)
    blob, _ = _string(rest[4:])
    name, _ = _string(blob)
    return f"{name.decode('ascii', 'replace')} {base64.b64encode(blob).decode()}"


def _string(raw: bytes) -> tuple[bytes, bytes]:
    length = int.from_bytes(raw[:4], "big")
    return raw[4 : 4 + length], raw[4 + length :]


def _unlocked(data: bytes, path: Path, surroundings: Surroundings) -> bytes:
    import pyrage

    if not needs_passphrase(data):
        raise UsageError(
            f"the identity file {path} is encrypted to a recipient, not to a passphrase", hint=_FORM
        )
    passphrase = _passphrase(path, surroundings)
    try:
        return bytes(pyrage.passphrase.decrypt(data, passphrase.reveal()))
    except (pyrage.DecryptError, ValueError):
        raise DeniedError(
            f"the identity file {path}: the passphrase does not open it",
            hint=f"check the passphrase, or the file that {PASSPHRASE_VARIABLE} names",
        ) from None


def _passphrase(path: Path, surroundings: Surroundings) -> SecretValue:
    named = surroundings.environ.get(PASSPHRASE_VARIABLE, "")
    if named:
        data = read_private(surroundings.cwd / named, what="passphrase file")
        return SecretValue(data.removesuffix(b"\n").removesuffix(b"\r"))
    if surroundings.ask is not None:
        return surroundings.ask(f"passphrase for {path}: ")
    raise UsageError(
        f"the identity file {path} is under a passphrase, and nobody can be asked for it",
        hint=f"name a file with the passphrase, mode 0600, in {PASSPHRASE_VARIABLE}",
    )
