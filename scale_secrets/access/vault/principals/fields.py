"""JSON as the servers' API answers it, read with its types checked.

Later servers add keys, so unknown ones are passed over. A known key of another type than the API's
is refused with its place, because whatever was meant by it would be missing from the answer.
``null`` counts as absent: the servers write it for empty lists.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from scale_secrets.errors import PolicyError


def parse_json(text: str, file: str) -> object:
    """The value in ``text``; whatever is wrong with it becomes ``PolicyError`` with its line."""
    try:
        return json.loads(text, object_pairs_hook=_without_repetition)
    except json.JSONDecodeError as error:
        reason = f"column {error.colno}: not JSON: {error.msg.lower()}"
        raise PolicyError(reason, file=file, line=error.lineno) from None
    except _RepeatedKeyError as error:
        raise PolicyError(f"the key {error} stands twice in one object", file=file) from None
    except RecursionError:
        raise PolicyError("nested too deeply", file=file) from None
    except ValueError:  # a number of thousands of digits
        raise PolicyError("holds a number that is too long", file=file) from None


class _RepeatedKeyError(Exception):
    """One of the two values would be lost, and with it perhaps somebody's access."""


def _without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedKeyError(next(json.dumps(name) for name in names if names.count(name) > 1))
    return made


class Fields:
    """One JSON object. ``place`` is where it stands, for messages: a file and the keys inside."""

    def __init__(self, data: object, file: str, keys: tuple[str, ...] = ()) -> None:
        self.file = file
        self._keys = keys
        if not isinstance(data, Mapping):
            raise self.error("", "must be an object")
        self._members: Mapping[str, object] = data

    def error(self, key: str, rule: str) -> PolicyError:
        """``rule`` as the reason, with the keys that lead to ``key``."""
        where = ".".join((*self._keys, key) if key else self._keys)
        return PolicyError(f"{where}: {rule}" if where else rule, file=self.file)

    def has(self, key: str) -> bool:
        return self._members.get(key) is not None

    def keys(self) -> tuple[str, ...]:
        return tuple(self._members)

    def text(self, key: str, default: str = "") -> str:
        value = self._members.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.error(key, "must be a string")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self._members.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.error(key, "must be true or false")
        return value

    def number(self, key: str, default: int = 0) -> int:
        value = self._members.get(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(key, "must be a whole number")
        return value

    def texts(self, *keys: str) -> tuple[str, ...]:
        """The first of ``keys`` that is not empty: a list of strings, or one with commas.

        The comma form is that of older roles, and of the groups of an LDAP user.
        """
        for key in keys:
            value = self._members.get(key)
            if isinstance(value, str):
                value = [part for part in (one.strip() for one in value.split(",")) if part]
            if not value and not isinstance(value, (bool, int, float)):
                continue
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                raise self.error(key, "must be a list of strings")
            return tuple(value)
        return ()

    def below(self, key: str) -> Fields:
        """The object at ``key``, an empty one when it is absent."""
        value = self._members.get(key)
        return Fields({} if value is None else value, self.file, (*self._keys, key))

    def each(self, key: str = "") -> Iterator[tuple[str, Fields]]:
        """The objects in the object at ``key``, or in this one, by name and in its order."""
        if key:
            yield from self.below(key).each()
            return
        for name, value in self._members.items():
            yield name, Fields(value, self.file, (*self._keys, name))

    def listed(self, key: str) -> Iterator[Fields]:
        """The objects in the list at ``key``."""
        value = self._members.get(key)
        if value is not None:
            yield from objects(value, self.file, (*self._keys, key))

    def mapping(self, key: str) -> dict[str, str]:
        """An object whose values are strings: metadata."""
        inner = self.below(key)
        return {name: inner.text(name) for name in inner.keys()}  # noqa: SIM118 - no dict

    def claims(self, key: str) -> dict[str, tuple[str, ...]]:
        """An object whose values are whatever a claim may be compared with, in words."""
        inner = self.below(key)
        return {
            name: tuple(map(_word, value)) if isinstance(value, list) else (_word(value),)
            for name, value in inner._members.items()
        }


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def objects(value: object, file: str, keys: tuple[str, ...] = ()) -> Iterator[Fields]:
    """The objects of a JSON list."""
    if not isinstance(value, list):
        where = ".".join(keys)
        rule = "must be a list of objects"
        raise PolicyError(f"{where}: {rule}" if where else rule, file=file)
    for number, item in enumerate(value):
        yield Fields(item, file, (*keys, str(number)))
