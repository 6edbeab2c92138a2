"""Fetching many secrets: one read per container and version, in batches where a store can."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scale_secrets import log
from scale_secrets.coordinates import format_coordinate
from scale_secrets.errors import FieldNotFoundError, ScaleSecretsError, UnreachableError, UsageError
from scale_secrets.frozen import frozen
from scale_secrets.model import Coordinate
from scale_secrets.operation import Operation
from scale_secrets.service.session import Session
from scale_secrets.stores.interface import BatchReader, Content, Record
from scale_secrets.values import SecretValue


@frozen
class Fetched:
    value: SecretValue
    record: Record


def fetch(
    coordinates: Iterable[Coordinate], session: Session, operation: Operation
) -> Mapping[Coordinate, Fetched | ScaleSecretsError]:
    """The value at each coordinate, or why it could not be had.

    A failure is a result and never raised, so that one broken secret or store does not hide what
    is wrong with the others.
    """
    wanted = list(dict.fromkeys(coordinates))
    records: dict[tuple[str, str, str | None], Record | ScaleSecretsError] = {}
    for store in dict.fromkeys(one.store for one in wanted):
        requests = list(
            dict.fromkeys((one.path, one.version) for one in wanted if one.store == store)
        )
        for request, record in zip(
            requests, _read(store, requests, session, operation), strict=True
        ):
            records[store, *request] = record
    return {one: _pick(one, records[one.store, one.path, one.version]) for one in wanted}


def fetch_one(coordinate: Coordinate, session: Session, operation: Operation) -> Fetched:
    """The value at one coordinate. Raises the error that ``fetch`` would have returned."""
    result = fetch([coordinate], session, operation)[coordinate]
    if isinstance(result, ScaleSecretsError):
        raise result
    return result


def _read(
    name: str,
    requests: Sequence[tuple[str, str | None]],
    session: Session,
    operation: Operation,
) -> Sequence[Record | ScaleSecretsError]:
    try:
        store = session.store(name)
        if len(requests) > 1 and isinstance(store, BatchReader):
            log.info("reading %d containers of %s in batches", len(requests), name)
            return store.get_many(requests, operation)
    except ScaleSecretsError as error:
        return [error] * len(requests)
    results: list[Record | ScaleSecretsError] = []
    for path, version in requests:
        try:
            results.append(store.get(path, version, operation))
            log.info("read %s", format_coordinate(Coordinate(name, path, None, version)))
        except UnreachableError as error:  # the others would only wait for the same
            return results + [error] * (len(requests) - len(results))
        except ScaleSecretsError as error:
            results.append(error)
    return results


def _pick(
    coordinate: Coordinate, record: Record | ScaleSecretsError
) -> Fetched | ScaleSecretsError:
    if isinstance(record, ScaleSecretsError):
        return record
    try:
        return Fetched(pick_field(record.content, coordinate), record)
    except ScaleSecretsError as error:
        return error


def pick_field(content: Content, coordinate: Coordinate) -> SecretValue:
    """The value that a coordinate names within a container's content.

    Without a field: the whole value, or the only field there is.
    """
    place = format_coordinate(coordinate)
    fields = content.fields
    if coordinate.field is not None:
        if fields is not None and coordinate.field in fields:
            return fields[coordinate.field]
        raise FieldNotFoundError(
            f"{place}: there is no such field",
            hint=_known(fields) if fields else "it holds one plain value: leave the field out",
        )
    if content.whole is not None:
        return content.whole
    if fields and len(fields) == 1:
        return next(iter(fields.values()))
    if not fields:
        raise FieldNotFoundError(f"{place}: it holds no field", hint="put a value there first")
    raise UsageError(f"{place}: it holds {len(fields)} fields; name one", hint=_known(fields))


def _known(fields: Mapping[str, SecretValue] | None) -> str:
    return f"its fields: {', '.join(sorted(fields or ()))}"
