"""Random documents for a JSON Schema: valid ones, and such that a few changes may have broken.

Everything follows from the generator that is handed in, so a seed names a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

Schema = dict[str, Any]

HEX = "0123456789abcdef"
TEXTS = (
    "", "a", "a\n", "A_B", "live", "test", "any", "ärger", "\x00", "\x7f", "a b", "1", "live_a:b",
    "value", "scale/live/api-key", "https://vault.example.com:8200", "https://user@host",
    "live_ScaleRocks", "test_ScaleRocks", "live_auth_a", "test_auth_a", "live_ScaleRocks\n",
    f"live_{HEX * 2}", f"test_{HEX * 2}|{HEX}|live", f"{HEX * 2}|test", "scaleint_a", "sk-unknown",
    "arn:aws:iam::123456789012:role/reader", "123456789012", "SEP001", "ACC001",
    "2026-01-31T10:00:00Z",
)  # fmt: skip
NUMBERS = (0, 1, 2, 3, -1, 1.0, 2.5, 0.0, 10**400, float("nan"), float("inf"))
ANYTHING: tuple[Any, ...] = (
    *TEXTS,
    *NUMBERS,
    True,
    False,
    None,
    [],
    {},
    ["a"],
    {"kind": "vault"},
    {"confirm": True},
)


class Documents:
    """Documents for one schema. ``root`` is what its references point into."""

    def __init__(self, root: Schema, random: Random) -> None:
        self._root = root
        self._random = random

    def valid(self) -> Any:
        """By the schema, but for conditions and negations, which chance satisfies or not."""
        return self._made(self._root)

    def changed(self, document: Any, changes: int) -> Any:
        """A copy with so many places changed: removed, added, renamed, or of another type."""
        document = deepcopy(document)
        for _ in range(changes):
            places = list(_places(document))
            if places:
                self._change(*self._random.choice(places))
        return document

    def _made(self, schema: Schema | bool) -> Any:
        if isinstance(schema, bool):
            return self._random.choice(ANYTHING)
        if "$ref" in schema:
            return self._made(self._root["$defs"][schema["$ref"].rpartition("/")[2]])
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        kind = self._random.choice(kinds) if isinstance(kinds, list) else kinds
        made = getattr(self, f"_{kind}")(schema)
        for branch in [*schema.get("allOf", ()), schema]:
            made = self._extended(made, branch)
        return made

    def _extended(self, made: Any, branch: Schema) -> Any:
        """With what ``then`` asks where ``if`` compares one member with a constant that it has."""
        compared = branch.get("if", {}).get("properties", {})
        holds = isinstance(made, dict) and all(
            made.get(name) == rule.get("const", ...) for name, rule in compared.items()
        )
        then = branch.get("then" if holds else "else")
        if then is None or not isinstance(made, dict):
            return made
        more = self._made(then)
        return {**more, **made} if isinstance(more, dict) else made

    def _object(self, schema: Schema) -> dict[str, Any]:
        made = {}
        for name, rule in schema.get("properties", {}).items():
            if name in schema.get("required", ()) or self._random.random() < 0.4:
                made[name] = self._made(rule)
        more = schema.get("additionalProperties", False)
        if isinstance(more, dict):
            for _ in range(self._random.randint(schema.get("minProperties", 0), 2)):
                made[self._made(schema.get("propertyNames", {"type": "string"}))] = self._made(more)
        return made

    def _array(self, schema: Schema) -> list[Any]:
        least = schema.get("minItems", 0)
        length = self._random.randint(least, schema.get("maxItems", least + 2))
        return [self._made(schema.get("items", True)) for _ in range(length)]

    def _string(self, schema: Schema) -> str:
        fitting = [text for text in TEXTS if re.search(schema.get("pattern", ""), text)]
        return self._random.choice(fitting)

    def _boolean(self, _: Schema) -> bool:
        return self._random.random() < 0.5

    def _number(self, _: Schema) -> float:
        return self._random.choice(NUMBERS)

    _integer = _number

    def _change(self, container: Any, key: Any) -> None:
        what = self._random.randrange(4)
        if what == 0:
            del container[key]
        elif what == 1:
            container[key] = deepcopy(self._random.choice(ANYTHING))
        elif isinstance(container, list):
            container.append(deepcopy(container[key]))
        elif what == 2:
            container[self._random.choice(TEXTS)] = container.pop(key)
        else:
            container[self._random.choice(TEXTS)] = deepcopy(self._random.choice(ANYTHING))


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys, from the top down."""
    keys = node.keys() if isinstance(node, dict) else range(len(node))
    for key in list(keys):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _places(node[key])
