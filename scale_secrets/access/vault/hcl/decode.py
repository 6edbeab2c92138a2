"""Tree to values, as loosely typed as the server's decoder. Source: ``decoder.go`` of hcl v1.

A field is all items of one key. Lists add up over repeated keys, of scalars the last one counts,
and a repeated scalar of any type must agree with the first one's type. A number serves as a
string; a string serves as an integer; an empty object serves as an empty list.
"""

from __future__ import annotations

from collections.abc import Sequence

from scale_secrets.access.vault.hcl.quantities import integer as _integer
from scale_secrets.access.vault.hcl.quantities import real as _real
from scale_secrets.access.vault.hcl.tree import Body, Item, Kind, Listing, Literal, Node
from scale_secrets.errors import PolicyError

Field = Sequence[Item]
Scalar = str | int | float | bool

_ONE_TYPE = "of one type wherever it is repeated"
_STRINGS = (Kind.STRING, Kind.JSON_STRING, Kind.HEREDOC, Kind.NULL)


def fields(node: Node, known: frozenset[str], what: str) -> dict[str, list[Item]]:
    """The items of an object by their first key; PolicyError for an unknown key or no object.

    The keys of the items that come back still include the first one.
    """
    if not isinstance(node, Body):
        raise PolicyError(f"{what} must be an object", line=node.line)
    found: dict[str, list[Item]] = {}
    for item in node.items:
        key = item.keys[0].string
        if key not in known:
            raise PolicyError(
                f"unknown key {key[:60]!r} in {what}",
                line=item.keys[0].line,
                hint=f"known are {', '.join(sorted(known))}",
            )
        found.setdefault(key, []).append(item)
    return found


def members(item: Item) -> dict[str, list[Item]]:
    """The items of an object by their first key in small letters, whatever the keys are.

    An object with a label is one that has the label as its only member. PolicyError where there
    is no object.
    """
    found: dict[str, list[Item]] = {}
    for member in _members(item):
        found.setdefault(member.keys[0].string.lower(), []).append(member)
    return found


def string(field: Field) -> str:
    """The last of the strings; "" without any."""
    value = ""
    for item in field:
        value = _string(_unlabelled(item), item)
    return value


def integer(field: Field) -> int:
    """The last of the integers; 0 without any."""
    value = 0
    for item in field:
        value = _as_integer(_unlabelled(item), item)
    return value


def boolean(field: Field) -> bool:
    value = False
    for item in field:
        node = _unlabelled(item)
        if not (isinstance(node, Literal) and node.kind is Kind.BOOL):
            raise _mistyped(item, "true or false")
        value = node.text == "true"
    return value


def anything(field: Field) -> object:
    """A scalar, a list, or a list of objects, one for each member; None without any.

    Only a scalar can mean something, but the rest is refused by whoever looks at the value: the
    server does not look at a time to live beside ``deny``.
    """
    value: object = None
    for item in sorted(field, key=lambda item: len(item.keys) == 1):  # those with labels first
        if len(item.keys) == 1 and isinstance(item.value, Literal):
            value = _repeated(value, item.value, item)
        elif len(item.keys) == 1 and isinstance(item.value, Listing):
            value = _joined(value, _list(item.value, item), item)
        else:
            made = _Objects(_mapping([member]) for member in _members(item))
            if made and isinstance(value, list) and not isinstance(value, _Objects):
                raise _mistyped(item, _ONE_TYPE)
            value = _joined(value, made, item)
    return value


def strings(field: Field) -> tuple[str, ...] | None:
    """All strings of all lists; None without any list."""
    if not field:
        return None
    found: list[str] = []
    for item in field:
        node = _unlabelled(item)
        if isinstance(node, Listing):
            found += [_string(element, item) for element in node.elements]
        elif not isinstance(node, Body) or node.items:
            raise _mistyped(item, "a list of strings")
    return tuple(found)


def lists(field: Field) -> dict[str, tuple[object, ...]] | None:
    """An object of lists of anything, such as ``allowed_parameters``; None without any."""
    if not field:
        return None
    found: dict[str, list[object]] = {}
    for item in field:
        for member in _members(item):
            if len(member.keys) > 1:
                raise _mistyped(member, "a list")
            found.setdefault(member.keys[0].string, []).extend(_list(member.value, member))
    return {key: tuple(values) for key, values in found.items()}


def _members(item: Item) -> Sequence[Item]:
    """The items of an object; ``allowed_parameters "x" {…}`` is an object with x in it."""
    if len(item.keys) > 1:
        return [Item(item.keys[1:], item.value)]
    if not isinstance(item.value, Body):
        raise _mistyped(item, "an object")
    return item.value.items


def _list(node: Node, item: Item) -> list[object]:
    if isinstance(node, Listing):
        return [_anything(element, item) for element in node.elements]
    if isinstance(node, Body):
        return [_anything(node, item)]
    raise _mistyped(item, "a list")


def _anything(node: Node, item: Item) -> object:
    """A list element: a scalar, a list, or an object as a dict."""
    if isinstance(node, Listing):
        return _list(node, item)
    if isinstance(node, Literal):
        return _first_scalar(node, item)
    return _mapping(node.items)


class _Objects(list[object]):
    """A list that takes nothing but objects, since its first value was one."""


def _mapping(items: Sequence[Item]) -> dict[str, object]:
    """An object within a list. What its keys hold are lists, lists of objects, or scalars."""
    found: dict[str, object] = {}
    for item in items:
        key, labels, node = item.keys[0].string, item.keys[1:], item.value
        old = found.get(key)
        if labels:
            found[key] = _joined(old, _Objects([_mapping([Item(labels, node)])]), item)
        elif isinstance(node, Body):
            found[key] = _joined(old, _Objects([_mapping(node.items)]), item)
        elif isinstance(node, Listing):
            found[key] = _joined(old, _list(node, item), item)
        else:
            found[key] = _repeated(old, node, item)
    return found


def _joined(old: object, new: list[object], item: Item) -> list[object]:
    """A list and what repeats it. A list of anything takes objects, not the other way round."""
    if old is None:
        return new
    if not isinstance(old, list):
        raise _mistyped(item, _ONE_TYPE)
    if isinstance(old, _Objects) and not all(isinstance(one, dict) for one in new):
        raise _mistyped(item, "a list of objects, as it was before")
    old += new
    return old


def _repeated(old: object, node: Literal, item: Item) -> Scalar:
    """A scalar, which is decoded as the type that the first one of its key had."""
    if old is None:
        return _first_scalar(node, item)
    if isinstance(old, bool) and node.kind is Kind.BOOL:
        return node.text == "true"
    if isinstance(old, bool | list):
        raise _mistyped(item, _ONE_TYPE)
    if isinstance(old, float):
        return _as_real(node, item)
    if isinstance(old, int):
        return _as_integer(node, item)
    return _string(node, item)


def _unlabelled(item: Item) -> Node:
    if len(item.keys) > 1:
        raise PolicyError(f"{_named(item)} takes no label", line=item.keys[0].line)
    return item.value


def _string(node: Node, item: Item) -> str:
    if isinstance(node, Literal):
        if node.kind is Kind.NUMBER:
            return node.text
        if node.kind in _STRINGS:
            return node.string
    raise _mistyped(item, "a string")


def _as_integer(node: Node, item: Item) -> int:
    if isinstance(node, Literal) and node.kind in (*_STRINGS, Kind.NUMBER):
        if node.kind is Kind.HEREDOC:
            raise _mistyped(item, "an integer")
        try:
            return _integer(node.string)
        except ValueError as error:
            raise PolicyError(f"{_named(item)}: {error}", line=node.line) from None
    raise _mistyped(item, "an integer")


def _first_scalar(node: Node, item: Item) -> Scalar:
    if not isinstance(node, Literal):
        raise _mistyped(item, "a string or a number")
    if node.kind is Kind.BOOL:
        return node.text == "true"
    if node.kind is Kind.FLOAT:
        return _as_real(node, item)
    if node.kind is Kind.NUMBER:
        return _as_integer(node, item)
    return node.string


def _as_real(node: Node, item: Item) -> float:
    if isinstance(node, Literal) and node.kind in (Kind.FLOAT, Kind.NUMBER):
        try:
            return _real(node.text)
        except ValueError:
            raise PolicyError(f"{_named(item)}: not a number", line=node.line) from None
    raise _mistyped(item, "a number")


def _mistyped(item: Item, expected: str) -> PolicyError:
    return PolicyError(f"{_named(item)} must be {expected}", line=item.keys[0].line)


def _named(item: Item) -> str:
    return item.keys[0].string
