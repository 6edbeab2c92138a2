"""KMS grants: permissions to use one key, additive to its policy.

A grant speaks like an allowing statement of the key's policy, so it is made into one and heard by
the same rules: its grantee is the principal, its operations the actions, its constraints on the
encryption context conditions (KMS developer guide, "Grants in AWS KMS" and "Using grant
constraints"). A grant never denies.

- *Subset*: each pair of the constraint is in the request.
- *Equals*: likewise, and the request has no other pair.
- In both, case counts in a pair's value and not in its name (KMS API reference,
  "GrantConstraints"). They bind cryptographic operations, which carry an encryption context, and
  not ``DescribeKey`` or ``RetireGrant``, which carry none.
- *SourceArn*: a service acts on behalf of this resource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from scale_secrets.access.aws.evaluation.uncollected import Named
from scale_secrets.access.aws.model import Condition, Document, Grant, Request, Statement

NAMED: Final = Named("grants of the key", plural=True)

_CONTEXT: Final = "kms:EncryptionContext:"
_CONTEXT_KEYS: Final = "kms:EncryptionContextKeys"
_WITHOUT_CONTEXT: Final = frozenset(("describekey", "retiregrant"))


def concern(request: Request) -> bool:
    """Grants are for operations of KMS alone."""
    return request.action.lower().startswith("kms:")


def as_document(request: Request, grants: Iterable[Grant]) -> Document:
    """The grants that allow the request's operation, as the statements of one document."""
    operation = request.action.lower().partition(":")[2]
    statements = tuple(
        _statement(grant, number, operation)
        for number, grant in enumerate(grants)
        if operation in map(str.lower, grant.operations)
    )
    return Document("grants of the key", statements)


def _statement(grant: Grant, number: int, operation: str) -> Statement:
    # A service is a grantee by its host name, everything else by an ARN or a unique id.
    is_service = "." in grant.grantee and not grant.grantee.startswith("arn:")
    return Statement(
        allow=True,
        number=number,
        sid=f"grant {grant.id}",
        actions=(f"kms:{operation}",),
        resources=("*",),
        principals={"Service" if is_service else "AWS": (grant.grantee,)},
        conditions=tuple(_conditions(grant, operation)),
        variables=False,
    )


def _conditions(grant: Grant, operation: str) -> Iterator[Condition]:
    if grant.source_arn:
        yield Condition("ArnEquals", "aws:sourcearn", (grant.source_arn,), written="aws:SourceArn")
    if operation in _WITHOUT_CONTEXT:
        return
    yield from _pairs(grant.constraints_subset)
    yield from _pairs(grant.constraints_equal)
    if grant.constraints_equal is not None:
        yield Condition(
            "StringEqualsIgnoreCase",
            _CONTEXT_KEYS.lower(),
            tuple(grant.constraints_equal),
            quantifier="ForAllValues",
            written=_CONTEXT_KEYS,
        )


def _pairs(constraint: Mapping[str, str] | None) -> Iterator[Condition]:
    for name, value in (constraint or {}).items():
        written = _CONTEXT + name
        yield Condition("StringEquals", written.lower(), (value,), written=written)
