"""Policy variables: ``${aws:username}``, with defaults and the escapes of special characters.

Source: IAM user guide, "IAM policy elements: Variables and tags". Only Version 2012-10-17 knows
them. A value that a variable brings in is literal text: a star in it is a star. A variable whose
key is absent and has no default, or holds several values, has no value: what contains it matches
nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scale_secrets.access.aws.conditions.keys import canonical, lookup
from scale_secrets.access.aws.model import Context
from scale_secrets.access.aws.wildcard import Wild, tokens_of

_VARIABLE = re.compile(
    r"\$\{(?:(?P<escape>[*?$])|(?P<key>[^{}',]+?)(?:\s*,\s*'(?P<default>[^']*)')?)\}"
)


@dataclass(frozen=True, slots=True)
class Variable:
    """``key`` as condition keys are compared; ``default`` is None when there is none."""

    key: str
    default: str | None = None


Template = tuple[str | Wild | Variable, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A template with its variables replaced.

    ``unknown`` are the keys nothing is known of: ``tokens`` has ``*`` in their place, so what does
    not match it cannot match whatever their values.
    """

    tokens: tuple[str | Wild, ...]
    unknown: tuple[str, ...] = ()


def template(text: str, *, variables: bool, wildcards: bool) -> Template:
    """``text`` of a policy cut into literals, wildcards and variables, as far as they count."""
    if not variables or "${" not in text:
        return _plain(text, wildcards)
    parts: list[str | Wild | Variable] = []
    start = 0
    for found in _VARIABLE.finditer(text):
        parts += _plain(text[start : found.start()], wildcards)
        escape, key, default = found.group("escape", "key", "default")
        parts.append(escape or Variable(canonical(key.strip()), default))
        start = found.end()
    parts += _plain(text[start:], wildcards)
    return tuple(parts)


def _plain(text: str, wildcards: bool) -> tuple[str | Wild, ...]:
    if wildcards:
        return tokens_of(text)
    return (text,) if text else ()


def fixed(parts: Template) -> tuple[str | Wild, ...] | None:
    """The tokens of a template without variables, None of one that has any."""
    tokens = tuple(part for part in parts if not isinstance(part, Variable))
    return tokens if len(tokens) == len(parts) else None


def resolve(parts: Template, context: Context) -> Resolved | None:
    """None when a variable has no value."""
    tokens: list[str | Wild] = []
    unknown: list[str] = []
    for part in parts:
        if not isinstance(part, Variable):
            tokens.append(part)
            continue
        values = lookup(context, part.key)
        if values is None:
            unknown.append(part.key)
            tokens.append(Wild.MANY)
        elif len(values) == 1 and part.key not in context.multivalued:
            tokens.append(values[0])
        elif not values and part.default is not None:
            tokens.append(part.default)
        else:
            return None
    return Resolved(tuple(tokens), tuple(unknown))
