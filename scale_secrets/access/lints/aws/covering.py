"""Whether one pattern, or one statement, matches all that another one does.

Sound and not complete: True is a proof. Wildcards are those of ``aws.wildcard``; a policy variable
is only ever covered by itself or by a star that swallows it whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from scale_secrets.access.aws.model import Statement

_ALL = ("*",)
_WILDCARD = re.compile(r"[*?]")


@lru_cache(maxsize=4096)
def pattern_covers(broad: str, narrow: str) -> bool:
    """Whether ``broad`` matches every text that ``narrow`` matches."""
    if broad in ("*", narrow):
        return True
    if "${" in broad:
        return False  # what it stands for is not known here
    if not narrow.startswith(_WILDCARD.split(broad, maxsplit=1)[0]):
        return False  # as most are told apart
    # reachable: the positions in narrow that broad, so far, can have swallowed.
    reachable = {0}
    for char in broad:
        if char == "*":
            reachable = set(range(min(reachable), len(narrow) + 1))
        else:
            reachable = {
                at + 1
                for at in reachable
                if at < len(narrow) and (narrow[at] == char or (char == "?" and narrow[at] != "*"))
            }
            if char == "?":
                reachable = {at for at in reachable if not _within_variable(narrow, at - 1)}
        if not reachable:
            return False
    return len(narrow) in reachable


def _within_variable(text: str, at: int) -> bool:
    """A variable's value has a length of its own, so a question mark stands for no part of it."""
    return text.rfind("${", 0, at + 2) > text.rfind("}", 0, at)


def _each_covered(broad: Iterable[str], narrow: Iterable[str]) -> bool:
    broad = tuple(broad)
    return all(any(pattern_covers(one, other) for one in broad) for other in narrow)


def statement_covers(broad: Statement, narrow: Statement) -> bool:
    """Whether ``broad`` applies to every request to which ``narrow`` applies."""
    return (
        set(broad.conditions) <= set(narrow.conditions)
        and _actions_cover(broad, narrow)
        and _element_covers(
            (broad.resources, broad.not_resources), (narrow.resources, narrow.not_resources)
        )
        and _principals_cover(broad, narrow)
    )


_Element = tuple[tuple[str, ...] | None, tuple[str, ...] | None]


def _element_covers(broad: _Element, narrow: _Element) -> bool:
    """For an element and its Not form, of which at most one is there."""
    (wanted, excluded), (asked, left_out) = broad, narrow
    if wanted is not None:
        return _each_covered(wanted, asked if asked is not None else _ALL)
    if excluded is not None:
        # NotX covers NotX when it leaves out nothing that the other does not leave out as well.
        return left_out is not None and _each_covered(left_out, excluded)
    return asked is None and left_out is None


def _actions_cover(broad: Statement, narrow: Statement) -> bool:
    return _element_covers(
        (_lower(broad.actions), _lower(broad.not_actions)),
        (_lower(narrow.actions), _lower(narrow.not_actions)),
    )


def _lower(actions: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if actions is None else tuple(one.lower() for one in actions)


def _principals_cover(broad: Statement, narrow: Statement) -> bool:
    """Principals take no wildcard but a lone star, and an account's forms are left untouched."""
    if broad.not_principals != narrow.not_principals:
        return False
    if broad.principals is None or narrow.principals is None:
        return broad.principals is narrow.principals
    if broad.principals.get("*"):
        return True
    return all(
        set(values) <= set(broad.principals.get(kind, ()))
        for kind, values in narrow.principals.items()
    )
