"""Identity policies: those of the user and its groups, or of the role. One of them must allow.

An account's root user needs none (IAM user guide, "How AWS enforcement code logic evaluates
requests": denied by default are all "with the exception of the root user").
"""

from __future__ import annotations

from typing import Final

from scale_secrets.access.aws.evaluation.layer import Groups, Layer
from scale_secrets.access.aws.evaluation.uncollected import Named
from scale_secrets.access.aws.model import CallerKind, Missing, Policies, Request


def _groups(request: Request, policies: Policies) -> Groups | Missing:
    if request.caller.kind is CallerKind.ROOT:
        return ()
    identity = policies.identity
    return identity if isinstance(identity, Missing) else (identity,)


IDENTITY: Final = Layer(
    Named("identity policies", plural=True),
    _groups,
    if_none="the root user needs none",
    grants=True,
)
