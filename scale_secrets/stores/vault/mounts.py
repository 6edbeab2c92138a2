"""Which KV mount a path belongs to, and that mount's version: asked of the server, never guessed.

Each mount is asked about once for as long as the store is open.
"""

from __future__ import annotations

from scale_secrets.errors import DeniedError, UsageError
from scale_secrets.frozen import frozen
from scale_secrets.operation import Operation
from scale_secrets.stores.vault.answers import data_of, member
from scale_secrets.stores.vault.client import Client, Question
from scale_secrets.stores.vault.paths import api_path, joined, pending_path
from scale_secrets.stores.vault.settings import Settings


@frozen
class Mount:
    path: str  # without slashes at its ends
    version: int


@frozen
class Place:
    """A container: ``shown`` names it as the user does, ``path`` is what lies below the mount."""

    store: str
    mount: Mount
    path: str
    shown: str

    def doing(self, verb: str) -> str:
        """How each message about this place begins; names the mount where the path does not."""
        whole = joined(self.mount.path, self.path)
        mount = "" if self.shown == whole else f" in mount {self.mount.path}"
        return f'store "{self.store}": {verb} {self.shown}{mount}'

    def api(self, part: str) -> str:
        """The API's path; ``part`` is ``data`` or ``metadata``, which KV version 1 lacks."""
        if self.mount.version == 1:
            return api_path(self.mount.path, self.path)
        return api_path(self.mount.path, part, self.path)

    @property
    def pending(self) -> Place:
        path, shown = pending_path(self.path), pending_path(self.shown)
        return Place(self.store, self.mount, path, shown)


class Mounts:
    def __init__(self, settings: Settings, client: Client) -> None:
        self._settings = settings
        self._client = client
        self._known: list[Mount] = []
        if settings.mount and settings.kv_version is not None:
            self._known.append(Mount(settings.mount, settings.kv_version))

    def place(self, path: str, operation: Operation) -> Place:
        """Where ``path`` is; it is below the configured mount, or begins with its mount.

        ``path`` may be the mount itself, or empty below a configured one, as lists need it.
        """
        whole = joined(self._settings.mount, path)
        if not whole:
            raise UsageError(
                f'store "{self._settings.store}": without a mount there is no telling where to '
                "begin",
                hint="begin the path with a mount, or set mount for the store",
            )
        mount = next((one for one in self._known if _below(whole, one.path)), None)
        if mount is None:
            mount = self._ask(whole, operation)
            self._known.append(mount)
        return Place(self._settings.store, mount, whole[len(mount.path) :].strip("/"), path)

    def _ask(self, whole: str, operation: Operation) -> Mount:
        asked = self._settings.mount or whole
        doing = f'store "{self._settings.store}": find the mount of {asked}'
        question = Question(
            "GET", api_path("sys/internal/ui/mounts", asked), doing, "", None, (403,)
        )
        answer = self._client.ask_again(question, operation)
        if answer.status == 403:
            raise DeniedError(
                f"{doing}: permission denied",
                hint="the token has expired or is unknown, its policy grants nothing inside that "
                "mount, or there is no such mount: the server does not tell these apart",
            )
        data = data_of(answer, doing=doing)
        path = member(data, "path", str, doing=doing).strip("/")
        if data.get("type") not in ("kv", "generic"):
            raise UsageError(
                f"{doing}: {path} is not a KV secrets engine", hint="name a mount of type kv"
            )
        options = data.get("options")  # null: a mount made without a version, which is 1
        version = options.get("version") if isinstance(options, dict) else None
        return Mount(path, 2 if version == "2" else 1)


def _below(path: str, mount: str) -> bool:
    return path == mount or path.startswith(f"{mount}/")
