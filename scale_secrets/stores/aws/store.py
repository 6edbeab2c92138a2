"""The store itself: reading secrets, their versions, names and labels, and who asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scale_secrets.errors import ScaleSecretsError, UnreachableError
from scale_secrets.operation import Operation
from scale_secrets.stores.aws.batch import Batches
from scale_secrets.stores.aws.caller import Caller
from scale_secrets.stores.aws.identity import whoami
from scale_secrets.stores.aws.names import parse_name
from scale_secrets.stores.aws.reading import Answer, record_of, required, selection, versions_of
from scale_secrets.stores.aws.settings import Settings
from scale_secrets.stores.aws.writing import put
from scale_secrets.stores.interface import (
    BatchReader,
    Change,
    Identified,
    LabelReader,
    Record,
    Store,
    VersionInfo,
    Writer,
)
from scale_secrets.surroundings import Surroundings

_CURRENT = (None, "current")
_READERS = 8  # threads, where secrets have to be read one by one
_PAGE = 100


class AwsStore(Store, Writer, BatchReader, LabelReader, Identified):
    """A path is a secret's name or its ARN, whose own region then counts."""

    def __init__(self, name: str, settings: Settings, surroundings: Surroundings) -> None:
        self._caller = Caller(name, settings, surroundings)
        self._batches = Batches(self._caller)

    def get(self, path: str, version: str | None, operation: Operation) -> Record:
        place = self._place(path)
        answer = self._caller.ask(
            "secretsmanager:GetSecretValue",
            operation,
            about=path,
            region=self._region(path),
            SecretId=path,
            **selection(version, place=place),
        )
        return record_of(answer, path, place=place)

    def get_many(
        self, requests: Sequence[tuple[str, str | None]], operation: Operation
    ) -> Sequence[Record | ScaleSecretsError]:
        plain = {path for path, version in requests if version in _CURRENT and self._batched(path)}
        settled = self._batches.get(sorted(plain), operation) if len(plain) > 1 else {}

        def result(request: tuple[str, str | None]) -> Record | ScaleSecretsError:
            path, version = request
            if version in _CURRENT and path in settled:
                return settled[path]
            return self._one(path, version, operation)

        if len(requests) - len(settled) <= 1:
            return [result(request) for request in requests]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_READERS) as pool:
            return list(pool.map(result, requests))

    def versions(self, path: str, operation: Operation) -> Sequence[VersionInfo]:
        pages = self._pages(
            "secretsmanager:ListSecretVersionIds",
            "Versions",
            operation,
            about=path,
            region=self._region(path),
            SecretId=path,
            IncludeDeprecated=True,
        )
        return versions_of(list(pages), place=self._place(path))

    def list(self, prefix: str, operation: Operation) -> Sequence[str]:
        wanted: dict[str, Any] = {}
        name = prefix.removesuffix("/")
        if name:
            name = parse_name(name, place=self._caller.place).name
            wanted["Filters"] = [{"Key": "name", "Values": [name]}]
        pages = self._pages("secretsmanager:ListSecrets", "SecretList", operation, **wanted)
        found = (required(one, "Name", str, place=self._caller.place) for one in pages)
        return sorted(one for one in found if not name or one == name or one.startswith(f"{name}/"))

    def labels(self, path: str, operation: Operation) -> Mapping[str, str]:
        answer = self._caller.ask(
            "secretsmanager:DescribeSecret",
            operation,
            about=path,
            region=self._region(path),
            SecretId=path,
        )
        required(answer, "ARN", str, place=self._place(path))
        return {tag["Key"]: tag["Value"] for tag in answer.get("Tags") or ()}

    def put(self, path: str, change: Change, operation: Operation) -> VersionInfo:
        return put(self, self._caller, path, change, operation, region=self._region(path))

    def whoami(self, operation: Operation) -> Mapping[str, str]:
        return whoami(self._caller, operation)

    def close(self) -> None:
        self._caller.close()

    def _one(
        self, path: str, version: str | None, operation: Operation
    ) -> Record | ScaleSecretsError:
        try:
            return self.get(path, version, operation)
        except UnreachableError:
            raise  # the store as a whole
        except ScaleSecretsError as error:
            return error

    def _batched(self, path: str) -> bool:
        """Whether the batch call, which goes to the store's own region, can find this path."""
        try:
            return not self._region(path)
        except ScaleSecretsError:
            return False

    def _pages(
        self, action: str, member: str, operation: Operation, **asked: Any
    ) -> Iterator[Mapping[str, Any]]:
        more: dict[str, str] = {}
        while True:
            answer: Answer = self._caller.ask(action, operation, MaxResults=_PAGE, **asked, **more)
            yield from required(answer, member, list, place=self._caller.place)
            if not answer.get("NextToken"):
                return
            more = {"NextToken": str(answer["NextToken"])}

    def _place(self, path: str) -> str:
        return f"{self._caller.place}: {path}"

    def _region(self, path: str) -> str:
        """The ARN's region; empty for a name. Raises ``UsageError`` for what is neither."""
        return parse_name(path, place=self._caller.place).region
