"""ACC206: a statement that changes nothing, because another one of its policy says it already.

An allow is without effect where an allow, or a deny, applies to all that it does; a deny where
another deny does.
"""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.aws.model import Document, Estate, Statement
from scale_secrets.access.lints.aws.covering import statement_covers
from scale_secrets.access.lints.aws.documents import attached
from scale_secrets.model import Finding, Severity

# No policy that AWS takes has as many actions and resources (20,480 characters for the largest
# kind); above it, the comparison of each with each is not worth its time.
_MOST = 2000


def findings(estate: Estate) -> Iterator[Finding]:
    for one in attached(estate):
        if sum(map(_size, one.document.statements)) > _MOST:
            continue
        for statement in one.document.statements:
            other = _covering(statement, one.document)
            if other is not None:
                says = "allows" if other.allow else "denies"
                yield Finding(
                    "ACC206",
                    one.place(statement),
                    f"{statement.label} of {one.document.name} changes nothing: {other.label} "
                    f"{says} all of it",
                    "remove it, or narrow the other one if that says too much",
                    Severity.WARNING,
                )


def _size(statement: Statement) -> int:
    elements = (
        statement.actions,
        statement.not_actions,
        statement.resources,
        statement.not_resources,
    )
    return sum(len(element or ()) for element in elements)


def _covering(statement: Statement, document: Document) -> Statement | None:
    """Of two statements that say the same, the earlier one covers the later."""
    for other in document.statements:
        if other is statement or (statement.allow is False and other.allow):
            continue
        if statement_covers(other, statement):
            same = other.allow is statement.allow and statement_covers(statement, other)
            if not same or other.number < statement.number:
                return other
    return None
