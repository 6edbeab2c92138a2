"""What a kind of caller can never do, whatever policies say.

The root user cannot assume roles (STS API reference, "AssumeRole"). The credentials of
``GetFederationToken`` cannot call IAM at all, nor STS except ``GetCallerIdentity`` (STS API
reference, "GetFederationToken").
"""

from __future__ import annotations

from scale_secrets.access.aws.model import CallerKind, Request


def forbids(request: Request) -> str:
    """The reason, in words; empty when nothing of the kind stands against the request."""
    kind = request.caller.kind
    if kind is CallerKind.ROOT:
        if request.action.lower() == "sts:assumerole":
            return "an account's root user cannot assume a role"
    elif kind is CallerKind.FEDERATED_USER:
        action = request.action.lower()
        if action.startswith(("iam:", "sts:")) and action != "sts:getcalleridentity":
            return "a federated user's session cannot call IAM or STS"
    return ""
