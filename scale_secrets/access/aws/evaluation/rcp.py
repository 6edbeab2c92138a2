"""Resource control policies: what nobody may do with the resources of an account.

``RCPFullAWSAccess`` is attached to every level and cannot be detached, so an allow is always
there, and policies of one's own can only deny (Organizations user guide, "Resource control
policies (RCPs)"). They bind callers from anywhere, except service-linked roles, and cover some
services only; ``kms:RetireGrant`` is exempt. AWS-managed keys and the resources of the management
account are under none: for those, the levels are empty.
"""

from __future__ import annotations

from typing import Final

from scale_secrets.access.aws.evaluation.layer import Groups, Layer
from scale_secrets.access.aws.evaluation.uncollected import Named
from scale_secrets.access.aws.model import Missing, Policies, Request

# The prefixes of "List of AWS services that support RCPs" as of September 2026. It grows.
_PREFIXES: Final = """
aoss appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront
cloudsearch cloudtrail-data codeartifact codebuild codecommit codepipeline cognito-identity
cognito-idp comprehend comprehendmedical compute-optimizer cost-optimization-hub dax dsql dynamodb
ecr ecr-public events firehose fis fms gamelift health inspector-scan kendra kinesisvideo kms logs
memorydb networkmonitor notifications opensearch pca-connector-ad personalize polly pricing
resource-groups rolesanywhere s3 secretsmanager servicediscovery signin sqs sts support swf
textract timestream-influxdb transcribe transfer translate wafv2 workspaces xray
"""
COVERED: Final = frozenset(_PREFIXES.split())
_EXEMPT: Final = frozenset(("kms:retiregrant",))


def _groups(request: Request, policies: Policies) -> Groups | Missing:
    if not policies.rcps or request.caller.service_linked:
        return ()
    action = request.action.lower()
    if action.partition(":")[0] not in COVERED or action in _EXEMPT:
        return ()
    return policies.rcps


RCP: Final = Layer(
    Named("resource control policies", plural=True),
    _groups,
    if_none="none binds this request",
    levels=True,
    always_allows="RCPFullAWSAccess is attached everywhere and cannot be detached",
)
