"""Amazon Resource Names, ``arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE``, and their patterns.

Two kinds of pattern (IAM user guide): that of the ARN operators compares each of the six parts by
itself; in a ``Resource`` element, a star that ends a part "can expand to match beyond the colon".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scale_secrets.access.aws.wildcard import Wild, glob_of
from scale_secrets.access.verdict import Truth

PARTS = 6

Tokens = Sequence[str | Wild]


@dataclass(frozen=True, slots=True)
class Arn:
    partition: str
    service: str
    region: str
    account: str
    resource: str  # may hold colons


def parse_arn(text: str) -> Arn | None:
    """None when ``text`` is no ARN."""
    parts = text.split(":", PARTS - 1)
    return Arn(*parts[1:]) if len(parts) == PARTS and parts[0] == "arn" else None


def last_name(arn: str) -> str:
    """A role's or user's name, without the path before it."""
    return arn.rpartition("/")[2]


def pattern_by_parts(tokens: Tokens) -> Callable[[str], bool] | None:
    """A pattern whose wildcards reach over no colon before the last part.

    None when it has fewer parts than an ARN.
    """
    parts = [glob_of(part) for part in _split(tokens)]
    if len(parts) < PARTS:
        return None

    def matches(text: str) -> bool:
        texts = text.split(":", PARTS - 1)
        return len(texts) == PARTS and all(
            part.matches(text) for part, text in zip(parts, texts, strict=True)
        )

    return matches


def resource_pattern(tokens: Tokens) -> Callable[[str], Truth]:
    """A pattern of a ``Resource`` element.

    UNKNOWN is a match for which a wildcard other than a part's last star has to reach over a colon.
    """
    whole = glob_of(tokens)
    if not _reaches(tokens):
        return lambda text: Truth.TRUE if whole.matches(text) else Truth.FALSE
    by_parts = pattern_by_parts(tokens)

    def matches(text: str) -> Truth:
        if not whole.matches(text):
            return Truth.FALSE
        return Truth.TRUE if by_parts is not None and by_parts(text) else Truth.UNKNOWN

    return matches


def _reaches(tokens: Tokens) -> bool:
    """Whether a wildcard before the last part stands elsewhere than at a part's end."""
    parts = _split(tokens)
    before_last = parts[:-1] if len(parts) == PARTS else parts
    return any(Wild.ONE in part or Wild.MANY in _without_last(part) for part in before_last)


def _without_last(part: list[str | Wild]) -> list[str | Wild]:
    """Of several stars in a row each is the last."""
    filled = [token for token in part if token != ""]
    while filled and filled[-1] is Wild.MANY:
        filled.pop()
    return filled


def _split(tokens: Tokens) -> list[list[str | Wild]]:
    parts: list[list[str | Wild]] = [[]]
    for token in tokens:
        if not isinstance(token, str):
            parts[-1].append(token)
            continue
        first, *rest = token.split(":", PARTS - len(parts))
        parts[-1].append(first)
        parts += [[text] for text in rest]
    return parts
