"""Every policy document of an estate, once, with what it is attached to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from scale_secrets.access.aws.model import (
    Account,
    Document,
    Estate,
    Missing,
    Role,
    Statement,
    User,
)


class Kind(StrEnum):
    IDENTITY = "identity policy"
    BOUNDARY = "permissions boundary"
    TRUST = "trust policy"
    SECRET = "resource policy"  # noqa: S105 - the kind of a policy
    KEY = "key policy"
    SCP = "service control policy"
    RCP = "resource control policy"


GRANTING = frozenset({Kind.IDENTITY, Kind.SECRET, Kind.KEY, Kind.TRUST})
"""The kinds whose allows grant; those of the others only leave open."""


@dataclass(frozen=True, slots=True)
class Attached:
    """``owner`` is the ARN, or the account, that the document was first met at."""

    document: Document
    kind: Kind
    owner: str

    def place(self, statement: Statement) -> str:
        """Where the statement stands, for a finding."""
        return str(statement.place or f"{self.document.name} {statement.label}")


def attached(estate: Estate) -> Iterator[Attached]:
    """Documents are shared by those who have them attached, and looked at once."""
    seen = set()
    for one in chain.from_iterable(map(_of_account, estate.accounts.values())):
        key = (id(one.document.statements), one.kind)  # of a group's members, each has its own
        if key not in seen:
            seen.add(key)
            yield one


def statements(estate: Estate, *kinds: Kind) -> Iterator[tuple[Attached, Statement]]:
    """Every statement of the documents of these kinds; of all when none is named."""
    for one in attached(estate):
        if not kinds or one.kind in kinds:
            for statement in one.document.statements:
                yield one, statement


def owners(account: Account) -> tuple[User | Role, ...]:
    """Who has identity policies and may have a boundary."""
    return (*account.users, *account.roles)


def _of_account(account: Account) -> Iterator[Attached]:
    for owner in owners(account):
        yield from _all(owner.policies, Kind.IDENTITY, owner.arn)
        yield from _all(owner.boundary, Kind.BOUNDARY, owner.arn)
    for role in account.roles:
        yield from _all(role.trust, Kind.TRUST, role.arn)
    for secret in account.secrets:
        yield from _all(secret.policy, Kind.SECRET, secret.arn)
    for key in account.keys.values():
        yield from _all(key.policy, Kind.KEY, key.arn)
    for levels, kind in ((account.scps, Kind.SCP), (account.rcps, Kind.RCP)):
        if not isinstance(levels, Missing):
            yield from _all(chain.from_iterable(levels), kind, account.id)


def _all(
    found: Iterable[Document] | Document | Missing | None, kind: Kind, owner: str
) -> Iterator[Attached]:
    if found is None or isinstance(found, Missing):
        return
    for document in [found] if isinstance(found, Document) else found:
        yield Attached(document, kind, owner)
