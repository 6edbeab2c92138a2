"""Who may read a local store: a file in the syntax of ``age -R``, one recipient on a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scale_secrets.errors import NotFoundError, UsageError
from scale_secrets.files import read_trusted
from scale_secrets.frozen import frozen

_SSH = ("ssh-ed25519 ", "ssh-rsa ")
_FORM = "one recipient on a line: age1…, ssh-ed25519 … or ssh-rsa …; # begins a comment"


@frozen
class Recipient:
    """``text`` as it stands in the file (public); ``handle`` is pyrage's."""

    text: str
    handle: Any


def load_recipients(path: Path) -> Sequence[Recipient]:
    """Read a recipients file.

    Raises ``NotFoundError`` when it is missing, ``DeniedError`` when another user could have added
    himself to it, ``UsageError`` when it is empty or a line is no recipient.
    """
    try:
        data = read_trusted(path, what="recipients file", follow=False)
    except NotFoundError:
        raise NotFoundError(
            f"the recipients file {path} does not exist",
            hint="make the store with `scale-secrets init`, or write who may read it: " + _FORM,
        ) from None
    return parse_recipients(data, path)


def parse_recipients(data: bytes, path: Path) -> Sequence[Recipient]:
    """The recipients in the bytes of a file, at least one."""
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError:
        raise UsageError(f"the recipients file {path} is not UTF-8 text", hint=_FORM) from None
    numbered = [(number, line.strip()) for number, line in enumerate(lines, 1)]
    recipients = [
        Recipient(line, _handle(line, f"{path}, line {number}"))
        for number, line in numbered
        if line and not line.startswith("#")
    ]
    if not recipients:
        raise UsageError(
            f"the recipients file {path} names nobody, so nobody could read the store", hint=_FORM
        )
    return recipients


def _handle(line: str, place: str) -> Any:
    """pyrage's recipient. The line is never repeated: it may be a secret pasted by mistake."""
    import pyrage

    if line.startswith("AGE-SECRET-KEY-"):
        raise UsageError(
            f"{place}: holds a secret identity, which does not belong here",
            hint="write the public recipient (`age-keygen -y`) and replace that identity",
        )
    try:
        if line.startswith("age1"):
            return pyrage.x25519.Recipient.from_str(line)
        if line.startswith(_SSH):
            return pyrage.ssh.Recipient.from_str(line)
    except pyrage.RecipientError:
        pass  # the rule that it breaks is the same one
    raise UsageError(f"{place}: is no recipient that a store supports", hint=_FORM)
