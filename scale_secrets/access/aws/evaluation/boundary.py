"""The permissions boundary: a user or role may do at most what it allows.

It grants nothing (IAM user guide, "Permissions boundaries for IAM entities"). Which grants of a
resource policy it does not limit is told in ``resource``.
"""

from __future__ import annotations

from typing import Final

from scale_secrets.access.aws.evaluation.layer import Groups, Layer
from scale_secrets.access.aws.evaluation.uncollected import Named
from scale_secrets.access.aws.model import Missing, Policies, Request


def _groups(_request: Request, policies: Policies) -> Groups | Missing:
    boundary = policies.boundary
    if boundary is None:
        return ()
    return boundary if isinstance(boundary, Missing) else ((boundary,),)


BOUNDARY: Final = Layer(
    Named("permissions boundary", plural=False), _groups, if_none="there is none"
)
