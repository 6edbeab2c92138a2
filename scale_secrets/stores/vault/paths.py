"""Paths of the KV engine: made canonical, joined, and turned into the paths of its API. Pure."""

from __future__ import annotations

from urllib.parse import quote

from scale_secrets.errors import UsageError

PENDING_SUFFIX = ".pending"  # KV has no staging labels: a pending version is a sibling path


def clean_path(path: str, store: str) -> str:
    """Without slashes at the ends. Raises ``UsageError`` for a path that the server would change.

    The server resolves ``..`` and doubled slashes itself, so two spellings would be one container
    and a policy, or separation, could be led astray.
    """
    cleaned = path.strip("/")
    parts = cleaned.split("/")
    if not cleaned:
        raise UsageError(f'store "{store}": the path is empty', hint="write a path below the mount")
    if any(part in ("", ".", "..") for part in parts):
        raise UsageError(
            f'store "{store}": the path has an empty, "." or ".." part', hint="write it out plainly"
        )
    if any(ord(char) < 32 or ord(char) == 127 for char in cleaned):
        raise UsageError(f'store "{store}": the path holds a control character')
    try:
        cleaned.encode()
    except UnicodeEncodeError:
        raise UsageError(f'store "{store}": the path is no valid Unicode text') from None
    return cleaned


def joined(*parts: str) -> str:
    """The parts that are not empty, with one slash between each."""
    return "/".join(part.strip("/") for part in parts if part.strip("/"))


def api_path(*parts: str) -> str:
    """Joined and percent-encoded for a URL, so that ``?``, ``#`` and ``%`` are just characters."""
    return quote(joined(*parts), safe="/")


def pending_path(path: str) -> str:
    return path + PENDING_SUFFIX
