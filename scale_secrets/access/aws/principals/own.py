"""The principals of a collected account: its users, its roles, its root user."""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.aws.model import (
    MISSING,
    Account,
    AwsSecret,
    Caller,
    CallerKind,
    Document,
    Missing,
    Role,
    User,
)
from scale_secrets.access.aws.principals import Principal


def principals_of(account: Account) -> Iterator[Principal]:
    yield of_root(account)
    for user in account.users:
        yield of_user(user, account)
    for role in account.roles:
        yield of_role(role, account)


def of_root(account: Account) -> Principal:
    """The root user, who needs no identity policy."""
    arn = f"arn:{_partition(account)}:iam::{account.id}:root"
    caller = Caller(CallerKind.ROOT, arn, account.id, tags={})
    return Principal(arn, caller, (), None, guardrails(account), account)


def _partition(account: Account) -> str:
    """The partition of the account's ARNs: ``aws``, ``aws-cn``, ``aws-us-gov``."""
    listed: tuple[tuple[Role | User | AwsSecret, ...], ...] = (
        account.roles,
        account.users,
        account.secrets,
    )
    return next((some[0].arn.split(":")[1] for some in listed if some), "aws")


def of_user(user: User, account: Account) -> Principal:
    caller = Caller(CallerKind.USER, user.arn, account.id, tags=user.tags)
    return Principal(
        name=user.arn,
        caller=caller,
        policies=user.policies,
        boundary=user.boundary,
        scps=guardrails(account),
        account=account,
        unique_id=user.id,
        missing=user.missing,
    )


def of_role(role: Role, account: Account, session: str = "") -> Principal:
    """A session of the role: any, or the one whose ARN is ``session``.

    No session policy is in force: whoever assumes the role may do so without one.
    """
    caller = Caller(
        CallerKind.ROLE,
        role.arn,
        account.id,
        session=session,
        tags=role.tags,
        service_linked=role.service_linked,
    )
    return Principal(
        name=session or role.arn,
        caller=caller,
        policies=role.policies,
        boundary=role.boundary,
        scps=guardrails(account),
        account=account,
        role=role,
        unique_id=role.id,
        missing=role.missing,
    )


def guardrails(account: Account | None) -> tuple[tuple[Document, ...], ...] | Missing:
    """The service control policies over an account's principals."""
    if account is None:
        return MISSING
    return () if account.management else account.scps
