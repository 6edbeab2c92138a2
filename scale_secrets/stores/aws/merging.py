"""What to send for a change, given what the secret holds. Pure.

Rules: a field's change keeps every other member as it was written; nothing is written over that
the change does not name; AWS keeps 1 to 65,536 bytes, as text or as binary.
"""

from __future__ import annotations

from typing import TypeVar

from scale_secrets.errors import UsageError
from scale_secrets.stores.aws.content import members, with_member
from scale_secrets.stores.interface import Change, Content
from scale_secrets.values import SecretValue

MAX_BYTES = 65_536
Data = TypeVar("Data", str, bytes)


def parameters(change: Change, held: Content | None, *, place: str) -> dict[str, str | bytes]:
    """``SecretString`` or ``SecretBinary``. ``held``: the current content, None when absent.

    Raises ``UsageError`` for what AWS cannot keep or what would lose data.
    """
    if change.field is not None:
        text = with_member(_members_of(held, place), change.field, _text(change.value, place))
        return {"SecretString": _sized(text, place)}
    _require_nothing_lost(change.value, held, place)
    if change.value.is_text:
        return {"SecretString": _sized(change.value.reveal(), place)}
    return {"SecretBinary": _sized(change.value.reveal_bytes(), place)}


def _members_of(held: Content | None, place: str) -> dict[str, str]:
    if held is None:
        return {}
    found = _object(held.whole)
    if found is None:
        raise UsageError(
            f"{place}: the secret holds one plain value, which a field would replace",
            hint="write it without #FIELD, or put the field into another secret",
        )
    return found


def _require_nothing_lost(value: SecretValue, held: Content | None, place: str) -> None:
    before = _object(held.whole) if held is not None else None
    if before and not before.keys() <= (_object(value) or {}).keys():
        raise UsageError(
            f"{place}: the secret holds {len(before)} JSON fields, some of which would be lost",
            hint="write one field with #FIELD, or a JSON object that has all of them",
        )


def _object(value: SecretValue | None) -> dict[str, str] | None:
    return members(value.reveal()) if value is not None and value.is_text else None


def _text(value: SecretValue, place: str) -> str:
    if not value.is_text:
        raise UsageError(
            f"{place}: a JSON field holds text, and the value is binary",
            hint="write it without #FIELD, as the secret's only value",
        )
    return value.reveal()


def _sized(data: Data, place: str) -> Data:
    size = len(data.encode() if isinstance(data, str) else data)
    if not 1 <= size <= MAX_BYTES:
        raise UsageError(
            f"{place}: AWS keeps 1 to {MAX_BYTES} bytes, and this would be {size}",
            hint="keep an empty value in a field (#FIELD), a long one in several secrets",
        )
    return data
