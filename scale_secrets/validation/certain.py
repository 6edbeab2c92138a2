"""Whether a document is certainly valid, told from the shipped schemas without ``jsonschema``.

Importing ``jsonschema`` takes longer than reading a key. This evaluator reads the same schema files
and knows just the keywords that they use. It finds no violations and words no messages: whatever
is not certainly valid, be it broken or beyond what is known here, is judged by ``jsonschema``. So
the rules stand in one place, the words of a violation in one other, and a mistake here could only
let something pass; the tests hold it against ``jsonschema`` on random documents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Schema = Mapping[str, Any]


class _DoubtError(Exception):
    """A keyword, a reference or a type of value that is not known here."""


def certainly_valid(document: object, schema: Schema) -> bool:
    """True: ``document`` is valid by draft 2020-12. False: it is not, or it is not known here."""
    try:
        return _holds(document, schema, schema)
    except _DoubtError:
        return False


def _holds(instance: object, schema: bool | Schema, root: Schema) -> bool:
    """Raises ``_DoubtError``. A False is as certain as a True: ``not`` and ``if`` rely on it."""
    if isinstance(schema, bool):
        return schema
    # Looked at before any is judged: an unknown keyword may change what its neighbours mean.
    if not schema.keys() <= _KNOWN or type(instance) not in _PLAIN:
        raise _DoubtError
    for keyword, wanted in schema.items():
        if keyword not in _SILENT and not _JUDGES[keyword](wanted, instance, schema, root):
            return False
    return True


def _reference(wanted: str, instance: object, _: Schema, root: Schema) -> bool:
    definitions = root.get("$defs", {})
    name = wanted.removeprefix("#/$defs/")
    if name not in definitions or wanted != f"#/$defs/{name}":
        raise _DoubtError
    return _holds(instance, definitions[name], root)


def _type(wanted: Any, instance: object, *_: Any) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    if not set(names) <= _TYPES.keys():
        raise _DoubtError
    return any(
        type(instance) in _TYPES[name]
        or (name == "integer" and isinstance(instance, float) and instance.is_integer())
        for name in names
    )


def _const(wanted: Any, instance: object, *_: Any) -> bool:
    """Equality of JSON's scalars: 1 is 1.0, but True is not 1."""
    if isinstance(wanted, dict | list):
        raise _DoubtError
    return isinstance(wanted, bool) == isinstance(instance, bool) and wanted == instance


def _enum(wanted: Iterable[Any], instance: object, *_: Any) -> bool:
    return any(_const(one, instance) for one in wanted)


def _pattern(wanted: str, instance: object, *_: Any) -> bool:
    return not isinstance(instance, str) or re.search(wanted, instance) is not None


def _minimum(wanted: float, instance: Any, *_: Any) -> bool:
    return type(instance) not in _NUMBERS or not instance < wanted  # so put, NaN passes


def _exclusive_minimum(wanted: float, instance: Any, *_: Any) -> bool:
    return type(instance) not in _NUMBERS or not instance <= wanted


def _sized(kind: type, *, most: bool = False) -> Callable[..., bool]:
    """The judge of how much an instance of ``kind`` holds: at least ``wanted``, or at most."""

    def judge(wanted: int, instance: Any, *_: Any) -> bool:
        if not isinstance(instance, kind):
            return True
        return len(instance) <= wanted if most else len(instance) >= wanted  # type: ignore[arg-type]

    return judge


def _required(wanted: Iterable[str], instance: object, *_: Any) -> bool:
    return not isinstance(instance, dict) or all(name in instance for name in wanted)


def _properties(wanted: Schema, instance: object, _: Schema, root: Schema) -> bool:
    return not isinstance(instance, dict) or all(
        _holds(instance[name], schema, root) for name, schema in wanted.items() if name in instance
    )


def _additional(wanted: Any, instance: object, schema: Schema, root: Schema) -> bool:
    known = schema.get("properties", {})
    return not isinstance(instance, dict) or all(
        _holds(value, wanted, root) for name, value in instance.items() if name not in known
    )


def _names(wanted: Any, instance: object, _: Schema, root: Schema) -> bool:
    return not isinstance(instance, dict) or all(_holds(name, wanted, root) for name in instance)


def _items(wanted: Any, instance: object, _: Schema, root: Schema) -> bool:
    return not isinstance(instance, list) or all(_holds(one, wanted, root) for one in instance)


def _all_of(wanted: Any, instance: object, _: Schema, root: Schema) -> bool:
    return all(_holds(instance, schema, root) for schema in wanted)


def _any_of(wanted: Any, instance: object, _: Schema, root: Schema) -> bool:
    return any(_holds(instance, schema, root) for schema in wanted)


def _not(wanted: Any, instance: object, _: Schema, root: Schema) -> bool:
    return not _holds(instance, wanted, root)


def _if(wanted: Any, instance: object, schema: Schema, root: Schema) -> bool:
    branch = "then" if _holds(instance, wanted, root) else "else"
    return _holds(instance, schema.get(branch, True), root)


_NUMBERS = (int, float)  # type(True) is neither
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "number": _NUMBERS,
    "integer": (int,),
}
_PLAIN = frozenset((dict, list, str, bool, int, float, type(None)))

# Each judges one keyword: its value, the instance, the schema that it stands in, and the root.
_JUDGES: Mapping[str, Callable[..., bool]] = {
    "$ref": _reference,
    "type": _type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "minLength": _sized(str),
    "minItems": _sized(list),
    "maxItems": _sized(list, most=True),
    "minProperties": _sized(dict),
    "minimum": _minimum,
    "exclusiveMinimum": _exclusive_minimum,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "items": _items,
    "allOf": _all_of,
    "anyOf": _any_of,
    "not": _not,
    "if": _if,
}
_SILENT = frozenset(("$schema", "$defs", "title", "description", "then", "else"))
_KNOWN = _JUDGES.keys() | _SILENT
