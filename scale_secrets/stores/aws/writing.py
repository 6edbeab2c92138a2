"""Writing by compare-and-swap, although PutSecretValue is none.

The new version is put under a label of its own, where no reader looks. Then AWSCURRENT is moved to
it by UpdateSecretVersionStage, which names the version that must hold the label ("If the label is
attached and you either do not specify this parameter, or the version ID does not match, then the
operation fails"). So of two writers exactly one wins, and the other changed nothing.

A command without an answer is read back: DescribeSecret lists the version under our own token.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from scale_secrets.errors import (
    ConflictError,
    DeniedError,
    NotFoundError,
    ScaleSecretsError,
    SoftDeletedError,
    UnreachableError,
    UsageError,
    WriteInDoubtError,
)
from scale_secrets.operation import Deadline, Operation
from scale_secrets.stores.aws.caller import Caller
from scale_secrets.stores.aws.merging import parameters
from scale_secrets.stores.aws.reading import CURRENT, PREVIOUS, Answer, holder, required
from scale_secrets.stores.interface import ABSENT, Change, Reader, Record, VersionInfo

_SHARE = 0.6  # of the time left goes to a command; the rest is for reading it back


def put(
    reader: Reader,
    caller: Caller,
    path: str,
    change: Change,
    operation: Operation,
    *,
    region: str,
) -> VersionInfo:
    """Write ``change``. Raises as ``Writer.put`` promises."""
    write = _Write(caller, path, region, operation, uuid4().hex)
    base = None if change.expected == ABSENT else _current(reader, write, change)
    if base is not None:
        data = parameters(change, base.content, place=write.place)
        write.replace(base.version, data, change.labels or {})
    else:
        write.create(parameters(change, None, place=write.place), change)
    return VersionInfo(write.token, stages=frozenset({"current"}))


def _current(reader: Reader, write: _Write, change: Change) -> Record | None:
    """What the write builds on; None when nothing is current and nothing need be."""
    try:
        found = reader.get(write.path, None, write.operation)
    except SoftDeletedError:
        raise
    except NotFoundError:
        if change.expected is not None or write.path.startswith("arn:"):
            raise
        return None
    if change.expected not in (None, found.version):
        raise write.overtaken()
    return found


@dataclass(frozen=True, slots=True)
class _Write:
    """One write: ``token`` becomes the id of its version, and makes repeating it harmless."""

    caller: Caller
    path: str
    region: str
    operation: Operation
    token: str

    @property
    def place(self) -> str:
        return f"{self.caller.place}: {self.path}"

    def create(self, data: Mapping[str, str | bytes], change: Change) -> None:
        """Make the secret. One that exists without a current version is given one, if it may."""
        tags = {"Tags": _tags(change.labels)} if change.labels else {}
        try:
            self._tell(
                "CreateSecret", Name=self.path, ClientRequestToken=self.token, **data, **tags
            )
        except ConflictError:
            if change.expected == ABSENT or not self._lacks_a_value():
                raise self.overtaken() from None
            self.replace(None, data, change.labels or {})
        except UnreachableError as error:
            if not error.sent:
                raise
            self._settle_creation(error)

    def replace(
        self, base: str | None, data: Mapping[str, str | bytes], labels: Mapping[str, str]
    ) -> None:
        """Make a new version current, if ``base`` (None: no version) is current until then."""
        if labels:
            self.caller.ask(
                "secretsmanager:TagResource",
                self.operation,
                about=self.path,
                region=self.region,
                SecretId=self.path,
                Tags=_tags(labels),
            )
        self._stage(base, data)
        try:
            self._swap(base)
        finally:
            with suppress(ScaleSecretsError):  # a label left over is untidy and nothing else
                self._move(self._label, RemoveFromVersionId=self.token)

    def overtaken(self) -> ConflictError:
        return ConflictError(
            f"{self.place}: the current version is not the one expected; nothing was changed",
            hint="read the secret again, and repeat the write if it is still wanted",
        )

    @property
    def _label(self) -> str:
        return f"scale-secrets-{self.token}"

    def _stage(self, base: str | None, data: Mapping[str, str | bytes]) -> None:
        """Put the new version where no reader looks."""
        try:
            self._tell(
                "PutSecretValue",
                SecretId=self.path,
                ClientRequestToken=self.token,
                VersionStages=[self._label],
                **data,
            )
        except UnreachableError as error:
            if not error.sent:
                raise
            if base is None:  # the first version of a secret becomes current at once
                self._settle(base, error)
            elif self.token not in (self._read_back().get("VersionIdsToStages") or {}):
                raise self._undone(error) from None

    def _swap(self, base: str | None) -> None:
        """Move AWSCURRENT from ``base`` to the new version."""
        expected = {"RemoveFromVersionId": base} if base is not None else {}
        try:
            self._move(CURRENT, MoveToVersionId=self.token, **expected)
        except UsageError:  # AWS has no error of its own for a label that another version holds
            if not self._is_current():
                raise self.overtaken() from None
        except UnreachableError as error:
            if not error.sent:
                raise
            self._settle(base, error)

    def _lacks_a_value(self) -> bool:
        with suppress(DeniedError):
            return holder(self._describe(), CURRENT) is None
        return False

    def _is_current(self) -> bool:
        """Whether AWS made our version current by itself, as it does with a secret's first."""
        with suppress(DeniedError):
            return holder(self._describe(), CURRENT) == self.token
        return False

    def _settle(self, base: str | None, error: UnreachableError) -> None:
        """Return if our version is, or was, current. Else raise what happened instead."""
        described = self._read_back()
        current = holder(described, CURRENT)
        # Moved by us and overtaken since: the write happened all the same.
        if self.token in (current, holder(described, PREVIOUS)):
            return
        if current != base:
            raise self.overtaken() from None
        raise self._undone(error) from None

    def _settle_creation(self, error: UnreachableError) -> None:
        try:
            described = self._read_back()
        except NotFoundError:
            raise self._undone(error) from None
        if self.token not in (described.get("VersionIdsToStages") or {}):
            raise self.overtaken() from None

    def _read_back(self) -> Answer:
        """What AWS says of the secret now: what a lost answer left open."""
        try:
            return self._describe()
        except (NotFoundError, UsageError):
            raise
        except ScaleSecretsError:
            doubt = WriteInDoubtError(
                f"{self.place}: whether the write happened is unknown: no answer, and reading "
                "back failed too",
                hint=f"it happened if the secret has a version {self.token} that is current: "
                "aws secretsmanager describe-secret --secret-id NAME",
                sent=True,
            )
        raise doubt from None

    def _undone(self, error: UnreachableError) -> UnreachableError:
        return UnreachableError(
            f"{self.place}: AWS failed or gave no answer; read back, nothing was changed",
            hint=error.hint,
        )

    def _describe(self) -> Answer:
        answer = self.caller.ask(
            "secretsmanager:DescribeSecret",
            self.operation,
            about=self.path,
            region=self.region,
            SecretId=self.path,
        )
        required(answer, "ARN", str, place=self.place)
        return answer

    def _move(self, label: str, **moved: str) -> None:
        self._tell("UpdateSecretVersionStage", SecretId=self.path, VersionStage=label, **moved)

    def _tell(self, name: str, **told: Any) -> None:
        left = self.operation.deadline.remaining()
        hurried = replace(self.operation, deadline=Deadline(max(left, 0.0) * _SHARE))
        answer = self.caller.tell(
            f"secretsmanager:{name}", hurried, about=self.path, region=self.region, **told
        )
        # An empty answer is no proof. AWS names the secret in each that is sent from here.
        required(answer, "ARN", str, place=self.place)


def _tags(labels: Mapping[str, str] | None) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in (labels or {}).items()]
