"""``ArnEquals`` and ``ArnLike``, which are one operator.

Each of an ARN's six parts is compared by itself (IAM user guide, "ARN condition operators").
"""

from __future__ import annotations

from scale_secrets.access.aws.arns import pattern_by_parts
from scale_secrets.access.aws.conditions.families.base import Judge, Operator, Tokens, truth
from scale_secrets.access.aws.wildcard import Wild
from scale_secrets.access.verdict import Truth


def _compare(tokens: Tokens) -> Judge | None:
    matches = pattern_by_parts(tokens)
    if matches is not None:
        return lambda value: truth(matches(value))
    # Too few parts for an ARN: what a lone star then means is not documented.
    return (lambda _: Truth.UNKNOWN) if Wild.MANY in tokens else None


ARNS = tuple(
    Operator(
        f"Arn{name}",
        _compare,
        "is the ARN",
        f"ArnNot{name}",
        "is not the ARN",
        templated=True,
        wildcards=True,
        noun="ARN",
    )
    for name in ("Equals", "Like")
)
