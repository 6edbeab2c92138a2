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

    UNKNOWN is a match for which a wildcard other than a part's last star has to reach over a colon,
    or one has to stand in the resource's type: ``u*`` for ``user/ann`` is "not allowed" (IAM user
    guide, "Identify AWS resources with ARNs"), while a lone star for all of ``user/ann`` is.
    """
    whole = glob_of(tokens)
    reaches, types = _reaches(tokens), _stands_for_type(tokens)
    if not (reaches or types):
        return lambda text: Truth.TRUE if whole.matches(text) else Truth.FALSE
    by_parts = pattern_by_parts(tokens)

    def matches(text: str) -> Truth:
        if not whole.matches(text):
            return Truth.FALSE
        if types and _has_type(text):
            return Truth.UNKNOWN
        sure = not reaches or (by_parts is not None and by_parts(text))
        return Truth.TRUE if sure else Truth.UNKNOWN

    return matches


def _stands_for_type(tokens: Tokens) -> bool:
    """Whether a wildcard of the last part stands where a resource's type would, but for a star."""
    parts = _split(tokens)
    if len(parts) < PARTS:
        return False
    last = [token for token in parts[-1] if token != ""]
    wild = next((at for at, token in enumerate(last) if isinstance(token, Wild)), None)
    if wild is None:
        return False
    if wild:
        return not any(
            _TYPE_ENDS.intersection(text) for text in last[:wild] if isinstance(text, str)
        )
    return any(token is not Wild.MANY for token in last)


def _has_type(text: str) -> bool:
    """An object of S3 follows its bucket, where other ARNs have a type."""
    is_object = text.split(":", PARTS - 1)[2:5] == ["s3", "", ""]
    return not is_object and bool(_TYPE_ENDS.intersection(text.split(":", PARTS - 1)[-1]))


_TYPE_ENDS = frozenset("/:")


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
