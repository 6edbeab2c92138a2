"""Service control policies: at each level of the organization one must allow.

They bind the users, roles and root user of an account, but no service-linked role, and nobody who
acts without an identity of the account (Organizations user guide, "Service control policies").
The management account is bound by none: its levels are empty.
"""

from __future__ import annotations

from typing import Final

from scale_secrets.access.aws.evaluation.caller import has_identity
from scale_secrets.access.aws.evaluation.layer import Groups, Layer
from scale_secrets.access.aws.evaluation.uncollected import Named
from scale_secrets.access.aws.model import Missing, Policies, Request


def _groups(request: Request, policies: Policies) -> Groups | Missing:
    if request.caller.service_linked or not has_identity(request.caller):
        return ()
    return policies.scps


SCP: Final = Layer(
    Named("service control policies", plural=True),
    _groups,
    if_none="none binds this caller",
    levels=True,
)
