"""ACC203: who may read a secret may also write policies, and so give the secret to anybody."""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.access.aws.model import Document, Estate, Statement
from scale_secrets.access.aws.wildcard import matches
from scale_secrets.access.lints.aws.documents import Kind, attached
from scale_secrets.model import Finding, Severity

_READ = "secretsmanager:GetSecretValue"
_OWNERS = ("Group", "Role", "User")
WRITES = (
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:DeleteResourcePolicy",
    "kms:PutKeyPolicy",
    "kms:CreateGrant",
    *(f"iam:Attach{owner}Policy" for owner in _OWNERS),
    *(f"iam:Put{owner}Policy" for owner in _OWNERS),
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
)


def findings(estate: Estate) -> Iterator[Finding]:
    for one in attached(estate):
        if one.kind is not Kind.IDENTITY or _granting(one.document, _READ) is None:
            continue
        for write in WRITES:
            statement = _granting(one.document, write)
            if statement is not None:
                yield Finding(
                    "ACC203",
                    one.place(statement),
                    f"{one.document.name} grants {write} beside {_READ}",
                    "give the writing of policies to a role that reads no secret",
                    Severity.WARNING,
                )
                break


def _granting(document: Document, action: str) -> Statement | None:
    """The first statement that allows the action on something, unless it is denied altogether."""
    applying = [one for one in document.statements if _applies(one, action)]
    if any(not one.allow and one.resources == ("*",) and not one.conditions for one in applying):
        return None
    return next((one for one in applying if one.allow), None)


def _applies(statement: Statement, action: str) -> bool:
    action = action.lower()
    if statement.actions is not None:
        return any(matches(pattern.lower(), action) for pattern in statement.actions)
    return not any(matches(pattern.lower(), action) for pattern in statement.not_actions or ())
