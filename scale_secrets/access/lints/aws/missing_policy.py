"""ACC205: a policy is attached whose text is not there, so that answers hang on it."""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.aws.model import Account, Estate, Missing
from scale_secrets.access.lints.aws.documents import owners
from scale_secrets.model import Finding, Severity


def findings(estate: Estate) -> Iterator[Finding]:
    for account in estate.accounts.values():
        for owner, what in _missing(account):
            yield Finding(
                "ACC205",
                owner,
                f"{what} was not collected, or does not exist",
                "collect it, or detach it",
                Severity.WARNING,
            )


def _missing(account: Account) -> Iterator[tuple[str, str]]:
    for owner in owners(account):
        if isinstance(owner.policies, Missing):
            for arn in owner.missing or ("one of its policies",):
                yield owner.arn, arn
        if isinstance(owner.boundary, Missing):
            yield owner.arn, "its permissions boundary"
    for role in account.roles:
        if isinstance(role.trust, Missing):
            yield role.arn, "its trust policy"
    for secret in account.secrets:
        if isinstance(secret.policy, Missing):
            yield secret.arn, "its resource policy"
    for key in account.keys.values():
        if isinstance(key.policy, Missing):
            yield key.arn, "its key policy"
