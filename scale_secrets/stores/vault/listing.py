"""Listing: the server lists one level at a time, so this walks down, within bounds."""

from __future__ import annotations

from collections.abc import Sequence

from scale_secrets.errors import DeniedError, NotFoundError, UsageError
from scale_secrets.operation import Operation
from scale_secrets.stores.vault.answers import data_of, member, unexpected
from scale_secrets.stores.vault.client import Client, Question
from scale_secrets.stores.vault.mounts import Place
from scale_secrets.stores.vault.paths import api_path, joined

MAX_PATHS = 20_000
MAX_LEVELS = 4_000  # requests; a listing should stay an affair of seconds


def paths_below(client: Client, place: Place, operation: Operation) -> Sequence[str]:
    """The containers at and below ``place``, sorted, each as ``place.shown`` spells its prefix.

    Raises ``DeniedError`` when any level may not be listed: half a list would look like a whole.
    """
    found = [place.shown] if place.path and _is_container(client, place, operation) else []
    levels = [""]
    for count, level in enumerate(levels):  # grows while it is walked
        if count >= MAX_LEVELS or len(found) > MAX_PATHS:
            raise UsageError(
                f"{place.doing('list')}: there are more than {MAX_PATHS} paths",
                hint="list a longer prefix",
            )
        for name in _names(client, place, level, operation):
            if name.endswith("/"):
                levels.append(joined(level, name))
            else:
                found.append(joined(place.shown, level, name))
    return sorted(found)


def _is_container(client: Client, place: Place, operation: Operation) -> bool:
    """Whether the prefix is itself a container: its parent's list has its name without a slash."""
    parent, _, name = place.path.rpartition("/")
    above = Place(place.store, place.mount, parent, place.shown)
    try:
        return name in _names(client, above, "", operation)
    except DeniedError:
        # A policy for what lies below the prefix need not include the level above it. The prefix
        # as a container of its own cannot be seen then, while all below it can.
        return False


def _names(client: Client, place: Place, level: str, operation: Operation) -> Sequence[str]:
    api = f"{place.api('metadata')}/{api_path(level)}".rstrip("/") + "/"
    doing = place.doing("list")
    # As the official client asks: not every proxy lets the method LIST through.
    question = Question("GET", f"{api}?list=true", doing, f"list on {api}")
    try:
        data = data_of(client.ask_again(question, operation), doing=doing)
    except NotFoundError:  # nothing at all lies there
        return []
    names = member(data, "keys", list, doing=doing)
    if not all(isinstance(name, str) and name.strip("/") for name in names):
        raise unexpected(doing)
    return names  # type: ignore[no-any-return]  # each was just checked to be text
