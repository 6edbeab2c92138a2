"""Who could call in an estate: its own users, roles and root users, and those its policies name.

A ``Principal`` is a caller with everything on the caller's side that has a say in its requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from scale_secrets.access.aws.context import Part, of_account, of_caller
from scale_secrets.access.aws.model import Account, Caller, Document, Missing, Role
from scale_secrets.access.aws.statement import statements_for


@dataclass(frozen=True, eq=False)
class Principal:
    """``name`` is the ARN, or what a ``Principal`` element says: ``lambda.amazonaws.com``, ``*``.

    ``account`` is None when the caller's account was not collected: its side is MISSING then.
    ``missing`` names the attached policies that make ``policies`` MISSING, ``role`` is kept for
    those who stand behind it. ``whole_account``: the name is that of an account that was not
    collected, and means whichever of its principals it lets.
    """

    name: str
    caller: Caller
    policies: tuple[Document, ...] | Missing
    boundary: Document | Missing | None
    scps: tuple[tuple[Document, ...], ...] | Missing
    account: Account | None = None
    role: Role | None = None
    unique_id: str = ""
    missing: tuple[str, ...] = ()
    whole_account: bool = False

    @cached_property
    def context(self) -> Part:
        """What is known of the caller in the context of its requests."""
        if self.whole_account:
            return of_account(self.caller.account, self.account)
        return of_caller(
            self.caller,
            self.account,
            unique_id=self.unique_id,
            tagged_sessions=self.role is not None and may_be_tagged(self.role.trust),
        )


def may_be_tagged(trust: Document | Missing) -> bool:
    """Whether sessions may carry tags of their makers, which override the role's own.

    Source: "Pass session tags in AWS STS" of the IAM user guide: the trust policy must allow
    ``sts:TagSession``.
    """
    if isinstance(trust, Missing):
        return True
    return any(statement.allow for statement in statements_for(trust, "sts:TagSession"))
