"""Objects within objects of the JSON form, turned into the labels that HCL writes.

``{"path": {"a": {…}, "b": {…}}}`` becomes ``path "a" {…}`` and ``path "b" {…}``, and a list of
objects becomes one item for each. It happens wherever *all* members are objects, also where it
does harm: below a path whose only member is ``allowed_parameters``, that becomes a label too.
Source: ``json/parser/flatten.go`` of hcl v1.
"""

from __future__ import annotations

from collections.abc import Sequence

from scale_secrets.access.vault.hcl.tree import (
    MAX_LABELS,
    Body,
    Item,
    Listing,
    Node,
)
from scale_secrets.errors import PolicyError


def flatten(root: Body) -> None:
    """Flatten a tree in place, from the root down."""
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Body):
            node.items[:] = _flat(node.items)
            waiting += [item.value for item in node.items]
        elif isinstance(node, Listing):
            waiting += node.elements


def _flat(items: list[Item]) -> list[Item]:
    made: list[Item] = []
    frontier = items[::-1]
    while frontier:
        item = frontier.pop()
        parts = _parts(item)
        if parts is None:
            made.append(item)
        else:
            frontier += reversed(parts)
    return made


def _parts(item: Item) -> Sequence[Item] | None:
    """The items that stand for an item whose members are all objects; None for another one."""
    match item.value:
        case Body(items=members) if members and all(
            isinstance(member.value, Body) for member in members
        ):
            parts = [Item(item.keys + member.keys, member.value) for member in members]
        case Listing(elements=elements) if elements and all(
            isinstance(element, Body) for element in elements
        ):
            parts = [Item(item.keys, element) for element in elements]
        case _:
            return None
    if any(len(part.keys) > MAX_LABELS for part in parts):
        raise PolicyError(
            f"objects in objects make more than {MAX_LABELS} labels", line=item.keys[0].line
        )
    return parts
