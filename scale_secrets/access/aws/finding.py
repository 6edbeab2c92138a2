"""One thing by what a person calls it: its ARN, or a name that no other has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from scale_secrets.errors import NotFoundError, UsageError

Thing = TypeVar("Thing")

_SHOWN = 5


def found(
    text: str,
    by_arn: Mapping[str, Thing],
    kind: str,
    name_of: Callable[[Thing], str],
    name: str = "",
) -> Thing:
    """``name`` is what of ``text`` is compared with names, all of it when empty.

    Raises ``NotFoundError`` with near misses, ``UsageError`` when several have the name.
    """
    if text in by_arn:
        return by_arn[text]
    named = {arn: one for arn, one in by_arn.items() if name_of(one) == (name or text)}
    if text.startswith("arn:"):  # of one account and region
        named = {arn: one for arn, one in named.items() if arn.startswith(text)}
    if len(named) == 1:
        return next(iter(named.values()))
    if named:
        raise UsageError(
            f"{text} is the name of more than one {kind}",
            hint=f"name it by its ARN: {_listed(sorted(named))}",
        )
    raise NotFoundError(f"no {kind} {text} was collected", hint=_near(text, by_arn, name_of))


def _near(text: str, by_arn: Mapping[str, Thing], name_of: Callable[[Thing], str]) -> str:
    from difflib import get_close_matches  # only a miss needs it

    if text.startswith("arn:"):
        near = get_close_matches(text, by_arn, n=_SHOWN)
    else:
        names = sorted({name_of(one) for one in by_arn.values()})
        near = get_close_matches(text, names, n=_SHOWN)
    if near:
        return f"did you mean {_listed(near)}?"
    return f"there are {_listed(sorted(by_arn))}" if by_arn else "none was collected"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"
