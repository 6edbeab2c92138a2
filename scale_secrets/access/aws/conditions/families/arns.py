"""``ArnEquals`` and ``ArnLike``, which are one operator.

Each of an ARN's six parts is compared by itself, so that no wildcard reaches over a colon except
in the last one (IAM user guide, "ARN condition operators").
"""

from __future__ import annotations

from scale_secrets.access.aws.arns import PARTS
from scale_secrets.access.aws.conditions.families.base import Judge, Operator, Tokens, truth
from scale_secrets.access.aws.wildcard import Glob, Wild, glob_of
from scale_secrets.access.verdict import Truth


def _compare(tokens: Tokens) -> Judge | None:
    parts = [glob_of(part) for part in _split(tokens)]
    if len(parts) == PARTS:
        return lambda value: truth(_matches(parts, value))
    # Too few parts for an ARN: what a lone ``*`` then means is not documented.
    return (lambda _: Truth.UNKNOWN) if Wild.MANY in tokens else None


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


def _matches(parts: list[Glob], value: str) -> bool:
    texts = value.split(":", PARTS - 1)
    return len(texts) == PARTS and all(
        part.matches(text) for part, text in zip(parts, texts, strict=True)
    )


ARNS = tuple(
    Operator(
        f"Arn{name}",
        _compare,
        "is the ARN",
        f"ArnNot{name}",
        "is not the ARN",
        templated=True,
        wildcards=True,
    )
    for name in ("Equals", "Like")
)
