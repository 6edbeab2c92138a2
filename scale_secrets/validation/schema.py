"""JSON Schema 2020-12 by ``jsonschema``, reduced to what can be said without the instance.

Invariant: of a broken rule only the path, the rule's keyword and texts of the *schema* are kept.
``jsonschema``'s own messages, ``str`` and ``repr`` embed the instance, which here is the secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from scale_secrets.errors import UsageError
from scale_secrets.frozen import frozen
from scale_secrets.keys import detect
from scale_secrets.resources import resource_text
from scale_secrets.validation.certain import certainly_valid

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError as ForeignError

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.$-]{1,40}\Z")


@frozen
class Violation:
    """``path``: dotted, of the instance. ``rule``: what the schema asks, in words."""

    path: str
    rule: str


@cache
def shipped_schema(name: str) -> Mapping[str, Any]:
    """A schema of this project by its short name, such as ``manifest``."""
    loaded: Mapping[str, Any] = json.loads(resource_text("schemas", f"{name}.schema.json"))
    return loaded


def shipped_violations(document: object, schema: Mapping[str, Any]) -> tuple[Violation, ...]:
    """``violations`` of a schema of this project, or of a part of one; fast where there are none.

    A user's own schema is for ``violations``: it may say anything.
    """
    return () if certainly_valid(document, schema) else violations(document, schema)


def violations(document: object, schema: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Every rule of a valid ``schema`` that ``document`` breaks, in the order of their paths.

    Raises ``UsageError`` for a reference or a pattern that cannot be used.
    """
    from jsonschema import Draft202012Validator
    from referencing.exceptions import Unresolvable

    try:
        validator = Draft202012Validator(schema)
        found = [one for error in validator.iter_errors(document) for one in _reduced(error)]
    except (Unresolvable, re.error):
        raise UsageError(
            "the JSON Schema holds a reference or a pattern that cannot be used",
            hint="references must stay inside the file; patterns are Python regular expressions",
        ) from None
    return tuple(sorted(set(found), key=lambda violation: (violation.path, violation.rule)))


def require_valid(schema: Mapping[str, Any], *, place: str) -> None:
    """Raise ``UsageError`` when a schema of the user's is not a valid one.

    The project's own are checked by its tests: a check takes 40 ms, which no command should pay.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise UsageError(
            f"{place}: the JSON Schema is not valid at "
            f"{_dotted(error.absolute_path) or 'its root'}",
            hint="schemas are read as JSON Schema draft 2020-12",
        ) from None


def _reduced(error: ForeignError) -> Iterator[Violation]:
    """What may be told of one foreign error: nothing that came from the instance but its path."""
    path = _dotted(error.absolute_path)
    keyword = str(error.validator)
    wanted: Any = error.validator_value
    if keyword == "required" and isinstance(error.instance, Mapping):
        for name in wanted:
            if name not in error.instance:
                yield Violation(path, f"lacks {name!r}")
    elif keyword == "additionalProperties" and isinstance(error.instance, Mapping):
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        for name in error.instance:
            if name not in known:
                yield Violation(path, f"has an unknown key{_shown(name)}{_nearest(name, known)}")
    else:
        yield Violation(path, _words(keyword, wanted, error.schema))


def _words(keyword: str, wanted: Any, schema: object) -> str:
    described = schema.get("description") if isinstance(schema, Mapping) else None
    if keyword == "type":
        kinds = wanted if isinstance(wanted, str) else " or ".join(wanted)
        return f"must be of type {kinds}"
    if keyword == "enum":
        return f"must be one of: {', '.join(map(str, wanted))}"
    if keyword == "const":
        return f"must be {wanted}"
    if described:
        return f"must be {described}"
    simple = isinstance(wanted, int | float | str) and not isinstance(wanted, bool)
    return f"must satisfy {keyword}" + (f" {wanted}" if simple and keyword != "pattern" else "")


def _nearest(name: object, known: Mapping[str, Any]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(str(name), list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _shown(name: object) -> str:
    """A key's own name where it plainly is a name, nothing where it could be a value."""
    text = str(name)
    if _PLAIN_NAME.match(text) and not re.match("(live|test)_", text) and not any(detect(text)):
        return f" {text!r}"
    return ""


def _dotted(path: Any) -> str:
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (_shown(part).strip().strip("'") or "?")
    return text
