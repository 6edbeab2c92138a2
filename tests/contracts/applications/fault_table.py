"""The table of faults: what goes wrong, and which error a program gets from each kind of store.

``docs/reliability.md`` shows the same table, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scale_secrets.errors import (
    BadAnswerError,
    DeadlineError,
    DeniedError,
    NotFoundError,
    ScaleSecretsError,
    SeparationError,
    SoftDeletedError,
    UnreachableError,
)

KINDS = ("vault", "aws", "local")


@dataclass(frozen=True)
class Row:
    """``outcomes``: by kind of store; a kind that is left out does not know this fault."""

    title: str
    outcomes: Mapping[str, type[ScaleSecretsError]]


def everywhere(error: type[ScaleSecretsError]) -> Mapping[str, type[ScaleSecretsError]]:
    return dict.fromkeys(KINDS, error)


def over_the_network(error: type[ScaleSecretsError]) -> Mapping[str, type[ScaleSecretsError]]:
    return {"vault": error, "aws": error}


FAULTS: Mapping[str, Row] = {
    "down": Row(
        "the store is down: nothing listens, or its file is gone",
        {**over_the_network(UnreachableError), "local": NotFoundError},
    ),
    "slow": Row("it takes a request and never answers", over_the_network(DeadlineError)),
    "dripping": Row("it answers a byte at a time", over_the_network(DeadlineError)),
    "hanging up": Row("it ends the connection instead", over_the_network(UnreachableError)),
    "overloaded": Row(
        "it is overloaded, sealed or failing (503)", over_the_network(UnreachableError)
    ),
    "cut": Row("its answer, or its file, is cut short", everywhere(BadAnswerError)),
    "garbled": Row("its answer is not what its protocol says", everywhere(BadAnswerError)),
    "other mode": Row("it lies: the key is one of the other mode", everywhere(SeparationError)),
    "other kind": Row("it lies: the value is no Scale key", everywhere(SeparationError)),
    "credential": Row(
        "the token or session has ended, or we are no reader any more", everywhere(DeniedError)
    ),
    "secret gone": Row(
        "the secret is gone, or deleted",
        {**over_the_network(NotFoundError), "local": SoftDeletedError},
    ),
    "clock": Row(
        "our clock is wrong: certificates or signatures look expired",
        {"vault": UnreachableError, "aws": DeniedError},
    ),
}
CASES = [(kind, fault) for fault, row in FAULTS.items() for kind in row.outcomes]


def markdown() -> Iterator[str]:
    """The table's lines as the document shows them."""
    yield f"| what goes wrong | {' | '.join(f'`{kind}`' for kind in KINDS)} |"
    yield "|---" * (1 + len(KINDS)) + "|"
    for row in FAULTS.values():
        names = (row.outcomes[kind].__name__ if kind in row.outcomes else "" for kind in KINDS)
        yield f"| {row.title} | {' | '.join(f'`{name}`' if name else '-' for name in names)} |"
