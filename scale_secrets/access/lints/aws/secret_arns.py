"""What the ``Resource`` of a statement says of secrets: a pattern of names in one account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scale_secrets.access.aws.model import AwsSecret, Estate, Statement
from scale_secrets.access.aws.wildcard import matches
from scale_secrets.access.lints.aws.documents import Attached, statements

_SECRET = re.compile(
    r"arn:[^:]*:secretsmanager:(?P<region>[^:]*):(?P<account>[^:]*):secret:(?P<name>.+)"
)


@dataclass(frozen=True, slots=True)
class Named:
    """One resource that is a secret's ARN or a pattern of such. ``name``: after ``secret:``."""

    attached: Attached
    statement: Statement
    arn: str
    name: str
    account: str

    @property
    def place(self) -> str:
        return self.attached.place(self.statement)

    def matched(self, secrets: tuple[AwsSecret, ...]) -> tuple[AwsSecret, ...]:
        return tuple(secret for secret in secrets if matches(self.arn, secret.arn))


def named(estate: Estate) -> Iterator[Named]:
    """Resources with a policy variable are left out: what they name hangs on the request."""
    for one, statement in statements(estate):
        for arn in statement.resources or ():
            parts = _SECRET.fullmatch(arn)
            if parts and "${" not in arn:
                yield Named(one, statement, arn, parts["name"], parts["account"])


def known_secrets(estate: Estate, account: str) -> tuple[AwsSecret, ...]:
    """The account's collected secrets; empty when there are none, or it was not collected."""
    found = estate.accounts.get(account)
    return found.secrets if found else ()
