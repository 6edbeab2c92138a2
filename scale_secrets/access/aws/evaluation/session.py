"""Session policies: what a session may do of what its role or user may.

A role's session without any is not limited. A federated user's (``GetFederationToken``) without
any may do nothing but what a resource policy grants to it (IAM user guide, "How AWS enforcement
code logic evaluates requests"; STS API reference, "GetFederationToken").
"""

from __future__ import annotations

from typing import Final

from scale_secrets.access.aws.evaluation.layer import Groups, Layer
from scale_secrets.access.aws.evaluation.uncollected import Named
from scale_secrets.access.aws.model import CallerKind, Missing, Policies, Request


def _groups(request: Request, policies: Policies) -> Groups | Missing:
    if policies.session is not None:
        return (policies.session,)
    return ((),) if request.caller.kind is CallerKind.FEDERATED_USER else ()


SESSION: Final = Layer(Named("session policies", plural=True), _groups, if_none="there are none")
