"""Templates in the paths of policies: ``{{identity.entity.name}}`` and its like, for one identity.

A directive whose value does not exist makes the server leave its stanza out. OpenBao refuses a
value that holds ``/``, ``*`` or ``+`` unless the policy permits it, and then refuses every request
of the token. Source: ``sdk/helper/identitytpl`` of OpenBao and of Vault, and ``parsePaths``;
https://openbao.org/docs/concepts/policies/#templated-policies.

An identity may be known only in part: an entity whose ``id`` is empty does not exist until the
first login, and so has no metadata and no groups, while its id and name are yet unknown. Of an
alias, an empty ``name`` or ``id`` is likewise unknown. ``UNKNOWN_ENTITY`` is anyone's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scale_secrets.access.vault.hcl.quantities import seconds
from scale_secrets.access.vault.model import Alias, Dialect, Entity, Group, Policy

UNKNOWN_ENTITY = Entity(id="", name="")
"""Each login brings its own: nothing is known of it, its groups neither. Told apart by ``is``."""


class Absent(Exception):  # noqa: N818 - no error: the server leaves the stanza out
    """A directive's value does not exist."""


class Forbidden(Exception):  # noqa: N818 - the caller turns it into a ruling
    """A directive's value makes the server refuse all that the token asks."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A directive whose value is not known; ``safe`` if it cannot hold what OpenBao forbids."""

    directive: str
    safe: bool


Piece = str | Hole


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom templates are resolved for. ``entity`` None: the token has no entity."""

    entity: Entity | None
    groups: tuple[Group, ...]
    now: datetime

    @property
    def unknown(self) -> bool:
        return self.entity is UNKNOWN_ENTITY


def split(path: str) -> tuple[Piece, ...]:
    """``path`` as literal text and directives by turns, each directive as a ``Hole``."""
    literal, *rest = path.split("{{")
    pieces: list[Piece] = [literal]
    for part in rest:
        directive, _, literal = part.partition("}}")
        pieces += (Hole(directive.strip(), safe=False), literal)
    return tuple(pieces)


def resolve(path: str, policy: Policy, identity: Identity) -> tuple[Piece, ...]:
    """``path`` with every known directive replaced; one piece of text if all are.

    Raises ``Absent`` and ``Forbidden``.
    """
    known = ""
    pieces: list[Piece] = []
    for piece in split(path):
        value = piece if isinstance(piece, str) else _value(piece.directive, policy, identity)
        if isinstance(value, Hole):
            pieces += (known, value)
            known = ""
            continue
        if isinstance(piece, Hole):
            _check(value, piece.directive, policy)
        known += value
    return (*pieces, known)


def forbidden_in(policy: Policy) -> str:
    """The characters that a substituted value may not hold in ``policy``."""
    if policy.dialect is not Dialect.OPENBAO:
        return ""
    slash = "" if policy.allow_slashes else "/"
    return slash if policy.allow_wildcards else f"{slash}*+"


def _check(value: str, directive: str, policy: Policy) -> None:
    for character in forbidden_in(policy):
        if character in value:
            raise Forbidden(
                f"the value of {directive} holds {character}, which policy {policy.name} does not"
                " permit, so that the server refuses every request"
            )


def _value(directive: str, policy: Policy, identity: Identity) -> Piece:
    for prefix, value_of in (("identity.entity.", _of_entity), ("identity.groups.", _of_groups)):
        if directive.startswith(prefix):
            return value_of(directive, directive.removeprefix(prefix), policy, identity)
    if directive == "time.now" or directive.startswith("time.now."):
        return _time(directive.removeprefix("time.now"), identity.now)
    raise Absent(f"{directive} is no directive")


def _of_entity(directive: str, key: str, _policy: Policy, identity: Identity) -> Piece:
    entity = identity.entity
    if entity is None:
        raise Absent("the token has no entity")
    if key in ("id", "name"):
        # A new entity's id and name are the server's own.
        return getattr(entity, key) or Hole(directive, safe=True)
    if key.startswith("metadata."):
        if identity.unknown:
            return Hole(directive, safe=False)
        return _entry(entity.metadata, key.removeprefix("metadata."), directive)
    if key.startswith("aliases."):
        accessor, _, field = key.removeprefix("aliases.").partition(".")
        for alias in entity.aliases:
            if alias.accessor == accessor:
                return _of_alias(directive, field, alias)
        if identity.unknown:
            return Hole(directive, safe=field == "id")
        raise Absent(f"the entity has no alias at {accessor}")
    raise Absent(f"{directive} is no directive")


def _of_alias(directive: str, field: str, alias: Alias) -> Piece:
    if field in ("id", "name"):
        return getattr(alias, field) or Hole(directive, safe=field == "id")
    for name in ("metadata", "custom_metadata"):
        key = field.removeprefix(f"{name}.")
        if key != field:
            entries: Mapping[str, str] = getattr(alias, name)
            if key not in entries and name == "metadata" and not alias.id:
                return Hole(directive, safe=False)  # the login tells it
            return _entry(entries, key, directive)
    raise Absent(f"{directive} is no directive")


def _of_groups(directive: str, key: str, policy: Policy, identity: Identity) -> Piece:
    by, _, rest = key.partition(".")
    selected, _, field = rest.partition(".")
    if by not in ("ids", "names") or not field:
        raise Absent(f"{directive} is no directive")
    group = _group(identity.groups, by, selected, policy)
    if group is None:
        if identity.unknown:
            return Hole(directive, safe=field == "id")
        raise Absent(f"the entity is not in group {selected}")
    if field in ("id", "name") and getattr(group, field):
        return str(getattr(group, field))
    if field.startswith("metadata."):
        return _entry(group.metadata, field.removeprefix("metadata."), directive)
    raise Absent(f"{directive} has no value")


def _group(groups: Sequence[Group], by: str, selected: str, policy: Policy) -> Group | None:
    for group in groups:
        if by == "ids" and group.id == selected:
            return group
        if by == "names" and (group.name, group.namespace) == (selected, policy.namespace):
            return group
    return None


def _entry(entries: Mapping[str, str], key: str, directive: str) -> str:
    if key not in entries:
        raise Absent(f"{directive} has no value")
    return entries[key]


def _time(rest: str, now: datetime) -> str:
    """Seconds since 1970, of now or of a time some whole seconds from now."""
    if rest:
        sign, _, amount = rest.removeprefix(".").partition(".")
        try:
            away = timedelta(seconds=seconds(amount))
        except ValueError:
            away = None
        if sign not in ("plus", "minus") or not amount or away is None:
            raise Absent(f"time.now{rest} is no directive")
        now += away if sign == "plus" else -away
    return str(int(now.timestamp()))


def could_match(path: str, namespace: str, asked: str) -> bool:
    """Whether a templated rule's path may match ``asked`` for some values of its directives.

    A hint for people, not exact: of a segment with directives only both ends are compared.
    """
    text = namespace + path.removeprefix("/")
    segments = text.removesuffix("*").split("/")
    parts = asked.split("/")
    if text.endswith("*"):
        last = len(segments) - 1
        if len(parts) <= last:
            return False
        return _may_be(segments[-1], parts[last], open_ended=True) and all(
            map(_may_be, segments[:-1], parts)
        )
    return len(parts) == len(segments) and all(map(_may_be, segments, parts))


def _may_be(segment: str, part: str, *, open_ended: bool = False) -> bool:
    beginning, opened, rest = segment.partition("{{")
    if not opened:
        return segment == "+" or (part.startswith(segment) if open_ended else part == segment)
    ending = "" if open_ended else rest.rpartition("}}")[2]
    return part.startswith(beginning) and part.endswith(ending)
