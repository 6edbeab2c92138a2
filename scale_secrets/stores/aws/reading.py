"""What AWS answers about a secret, as the project's records. Pure but for raising errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from scale_secrets.errors import BadAnswerError, UsageError
from scale_secrets.model import Stage
from scale_secrets.stores.aws.content import fields_of
from scale_secrets.stores.interface import Content, Record, VersionInfo
from scale_secrets.values import SecretValue

Answer = Mapping[str, Any]
T = TypeVar("T")

CURRENT = "AWSCURRENT"
PREVIOUS = "AWSPREVIOUS"
LABEL_OF = {
    Stage.CURRENT: CURRENT,
    Stage.PENDING: "AWSPENDING",
    Stage.PREVIOUS: PREVIOUS,
}
_STAGES = frozenset(str(stage) for stage in Stage)
_STAGE_OF = {label: str(stage) for stage, label in LABEL_OF.items()}
_RANK = {"current": 2, "previous": 1}  # among versions that were made in the same second
_VERSION_ID = re.compile(r"[A-Za-z0-9-]{32,64}\Z")


def selection(version: str | None, *, place: str) -> Mapping[str, str]:
    """The parameters that select a version: a stage's or another staging label, or an id.

    AWSCURRENT is named although it is AWS's default, so that the answer cannot be another's idea
    of a default. Raises ``UsageError`` for what can be neither label nor id.
    """
    if version is None or version in _STAGES:
        return {"VersionStage": LABEL_OF[Stage(version or Stage.CURRENT)]}
    if _VERSION_ID.match(version):
        return {"VersionId": version}
    if not 1 <= len(version) <= 256:
        raise UsageError(
            f"{place}: the version is neither a version id nor a staging label",
            hint="current, pending, previous, a version's id, or a label of at most 256 characters",
        )
    return {"VersionStage": version}


def required(answer: Answer, name: str, kind: type[T], *, place: str) -> T:
    """A member that AWS's answer must have. Raises ``BadAnswerError`` where it has not."""
    value = answer.get(name)
    if not isinstance(value, kind):
        raise BadAnswerError(
            f"{place}: the answer lacks {name}",
            hint="check the endpoint, and that no proxy or captive portal answers for it",
            sent=True,
        )
    return value


def record_of(answer: Answer, path: str, *, place: str) -> Record:
    """One version with its content. Raises ``BadAnswerError`` for an answer without one."""
    version = required(answer, "VersionId", str, place=place)
    created = answer.get("CreatedDate")
    binary = answer.get("SecretBinary")
    if isinstance(binary, bytes):
        content = Content(SecretValue(binary))
    else:
        content = _text_content(required(answer, "SecretString", str, place=place), place)
    return Record(path, version, content, created if isinstance(created, datetime) else None)


def _text_content(text: str, place: str) -> Content:
    try:
        return Content(SecretValue(text), fields_of(text))
    except ValueError:
        pass
    raise BadAnswerError(
        f"{place}: the secret in the answer is no Unicode text",
        hint="write it again, as text or as binary",
        sent=True,
    )


def versions_of(listed: Sequence[Mapping[str, Any]], *, place: str) -> Sequence[VersionInfo]:
    """Newest first. AWS tells times to the millisecond; within one, the stages decide."""
    found = [
        VersionInfo(
            required(one, "VersionId", str, place=place),
            required(one, "CreatedDate", datetime, place=place),
            frozenset(_STAGE_OF.get(label, label) for label in one.get("VersionStages", ())),
        )
        for one in listed
    ]
    return sorted(found, key=_age, reverse=True)


def _age(info: VersionInfo) -> tuple[float, int]:
    made = info.created.timestamp() if info.created else 0.0
    return made, max((_RANK.get(stage, 0) for stage in info.stages), default=0)


def holder(described: Answer, label: str) -> str | None:
    """The version that holds a staging label, in a DescribeSecret's answer."""
    stages: Mapping[str, Sequence[str]] = described.get("VersionIdsToStages") or {}
    return next((version for version, labels in stages.items() if label in labels), None)
