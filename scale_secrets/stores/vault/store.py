"""An open Vault or OpenBao store: reading, writing, labels, and who we are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from scale_secrets.errors import DeniedError, NotFoundError, ScaleSecretsError, UsageError
from scale_secrets.model import Stage
from scale_secrets.net.transport import Transport
from scale_secrets.operation import Operation
from scale_secrets.stores.interface import (
    Change,
    Identified,
    LabelReader,
    Record,
    Store,
    VersionInfo,
    Writer,
)
from scale_secrets.stores.vault.answers import data_of, document_of
from scale_secrets.stores.vault.client import Client, Question
from scale_secrets.stores.vault.kv import (
    ONLY_VERSION,
    gone,
    labels_of,
    record_v1,
    record_v2,
    version_infos,
)
from scale_secrets.stores.vault.mounts import Mounts, Place
from scale_secrets.stores.vault.paths import clean_path
from scale_secrets.stores.vault.settings import Settings


class VaultStore(Store, Writer, LabelReader, Identified):
    """``give_back`` is called once at the end, before the connections are closed."""

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        client: Client,
        give_back: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._client = client
        self._mounts = Mounts(settings, client)
        self._give_back = give_back

    def get(self, path: str, version: str | None, operation: Operation) -> Record:
        place = self._place(path, operation)
        if version == Stage.PENDING:
            place, version = place.pending, None
        elif version == Stage.CURRENT:
            version = None
        doing = place.doing("read")
        if place.mount.version == 1:
            return self._get_v1(place, path, version, operation)
        if version == Stage.PREVIOUS:
            version = self._previous(place, operation)
        if version is not None and not (version.isascii() and version.isdigit() and int(version)):
            raise UsageError(f"{doing}: a version of KV is a number", hint="such as @3")
        query = "" if version is None else f"?version={int(version)}"
        answer = self._client.ask_again(
            Question(
                "GET",
                place.api("data") + query,
                doing,
                f"read on {place.api('data')}",
                expects=(404,),
            ),
            operation,
        )
        if answer.status == 404:
            raise _helped(gone(document_of(answer, doing=doing), doing=doing), place)
        return record_v2(path, data_of(answer, doing=doing), doing=doing)

    def versions(self, path: str, operation: Operation) -> Sequence[VersionInfo]:
        place = self._place(path, operation)
        if place.mount.version == 1:
            self._get_v1(place, path, None, operation)
            return [VersionInfo(ONLY_VERSION, stages=frozenset({Stage.CURRENT}))]
        doing = place.doing("list versions of")
        return version_infos(self._metadata(place, doing, operation), doing=doing)

    def list(self, prefix: str, operation: Operation) -> Sequence[str]:
        from scale_secrets.stores.vault.listing import paths_below

        cleaned = clean_path(prefix, self._settings.store) if prefix.strip("/") else ""
        place = self._mounts.place(cleaned, operation)
        return paths_below(self._client, place, operation)

    def put(self, path: str, change: Change, operation: Operation) -> VersionInfo:
        from scale_secrets.stores.vault.writing import write

        return write(self._client, self._place(path, operation), change, operation)

    def labels(self, path: str, operation: Operation) -> Mapping[str, str]:
        """The custom metadata; KV version 1 has none."""
        place = self._place(path, operation)
        if place.mount.version == 1:
            self._get_v1(place, path, None, operation)
            return {}
        return labels_of(self._metadata(place, place.doing("read the labels of"), operation))

    def whoami(self, operation: Operation) -> Mapping[str, str]:
        from scale_secrets.stores.vault.identity import facts

        return facts(self._settings, self._client, self._transport, operation)

    def close(self) -> None:
        self._give_back()
        self._transport.close()

    def _place(self, path: str, operation: Operation) -> Place:
        place = self._mounts.place(clean_path(path, self._settings.store), operation)
        if not place.path:
            raise UsageError(
                f'store "{self._settings.store}": {path} is a mount, not a secret',
                hint="write a path below it",
            )
        return place

    def _get_v1(self, place: Place, path: str, version: str | None, operation: Operation) -> Record:
        doing = place.doing("read")
        if version not in (None, ONLY_VERSION):
            raise NotFoundError(
                f"{doing}: a mount of KV version 1 keeps no other versions",
                hint="bao kv enable-versioning turns the mount into version 2",
            )
        api = place.api("data")
        question = Question("GET", api, doing, f"read on {api}")
        try:
            answer = self._client.ask_again(question, operation)
        except NotFoundError as error:
            raise _helped(error, place) from None
        return record_v1(path, data_of(answer, doing=doing), doing=doing)

    def _metadata(self, place: Place, doing: str, operation: Operation) -> dict[str, object]:
        api = place.api("metadata")
        question = Question("GET", api, doing, f"read on {api}")
        try:
            return data_of(self._client.ask_again(question, operation), doing=doing)
        except DeniedError as error:
            error.hint += f" (a policy for {place.api('data')} does not include it)"
            raise

    def _previous(self, place: Place, operation: Operation) -> str:
        doing = place.doing("read the previous version of")
        for info in version_infos(self._metadata(place, doing, operation), doing=doing):
            if Stage.PREVIOUS in info.stages:
                return info.version
        raise NotFoundError(
            f"{doing}: no earlier version can be read",
            hint="there is only one, or the others were deleted or pruned (max_versions)",
        )


def _helped(error: ScaleSecretsError, place: Place) -> ScaleSecretsError:
    """The commonest slip with KV version 2 is to write the API's path instead of the secret's."""
    if place.mount.version == 2 and place.path.startswith("data/"):
        error.hint = f"the path needs no data/: {place.shown.replace('data/', '', 1)}"
    return error
