"""Writing one value: checked against the mode first, labelled before the value, never lost."""

from __future__ import annotations

from collections.abc import Mapping

from scale_secrets.errors import NotFoundError, ReadOnlyStoreError, UsageError
from scale_secrets.model import Coordinate, Finding, SecretType, Stage
from scale_secrets.operation import Operation
from scale_secrets.separation import refuse
from scale_secrets.separation.containers import check_containers
from scale_secrets.separation.labels import ANY, check_label, label_for
from scale_secrets.separation.shapes import check_shape, check_text
from scale_secrets.service.doors import Slot
from scale_secrets.service.load import secret_place
from scale_secrets.service.session import Session
from scale_secrets.stores.interface import (
    LABEL_MODE,
    Change,
    LabelReader,
    Store,
    VersionInfo,
    Writer,
)
from scale_secrets.values import SecretValue


def put_secret(
    coordinate: Coordinate,
    value: SecretValue,
    slots: tuple[Slot, ...],
    session: Session,
    operation: Operation,
    *,
    expected: str | None = None,
) -> VersionInfo:
    """Write ``value`` by compare-and-swap.

    ``slots``: the manifest's secrets at this place; their rules (SEP001, SEP002, SEP004) are
    checked before anything is written. ``expected``: see ``stores.interface.Change``. Raises
    ``SeparationError``, ``ConflictError``, ``ReadOnlyStoreError`` and the store's own errors.
    """
    if coordinate.stage is not Stage.CURRENT:
        raise UsageError("only the current version can be written", hint="leave @VERSION out")
    store = session.store(coordinate.store)
    if not isinstance(store, Writer):
        kind = session.spec(coordinate.store).kind
        raise ReadOnlyStoreError(
            f"store {coordinate.store!r} of kind {kind} cannot be written",
            hint="set the variable where the pipeline keeps it",
        )
    if slots:
        refuse(check_containers(session.places()))
        _check(slots, coordinate, value, _labels(store, coordinate.path, operation))
    named = {
        label_for(slot.spec, slot.environment.mode)
        for slot in slots
        if slot.spec.type is not SecretType.OPAQUE
    }
    # Slots of one container have one mode (SEP002); a callback key may still serve any.
    labels = {LABEL_MODE: ANY if ANY in named else named.pop()} if named else {}
    change = Change(value, coordinate.field, expected, labels)
    return store.put(coordinate.path, change, operation)


def _check(
    slots: tuple[Slot, ...],
    coordinate: Coordinate,
    value: SecretValue,
    labels: Mapping[str, str] | None,
) -> None:
    findings: list[Finding] = []
    for slot in slots:
        mode = slot.environment.mode
        place = secret_place(slot.environment, slot.spec)
        if slot.spec.coordinate.field in (None, coordinate.field):
            findings += check_shape(slot.spec, value, mode, place)
        else:  # a whole container, of which the secret is one field
            findings += check_text(value, mode, place)
        if labels:  # absence is what this write mends
            findings += check_label(slot.spec, labels.get(LABEL_MODE), mode, place)
    refuse(findings)


def _labels(store: Store, path: str, operation: Operation) -> Mapping[str, str] | None:
    """The labels that stand at a container now; None where there are none."""
    try:
        if isinstance(store, LabelReader):
            return store.labels(path, operation)
        return store.get(path, None, operation).labels
    except NotFoundError:
        return None
