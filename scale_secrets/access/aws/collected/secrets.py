"""Secrets of an account: ``secrets.json``, as ``list-secrets`` prints them.

``{"SecretList": [{"ARN", "KmsKeyId", "Tags", "ResourcePolicy", …}]}``. ``ResourcePolicy`` is what
``get-resource-policy`` prints under that name, null when the secret has none; when it is absent, it
was not collected. An absent ``KmsKeyId`` means ``aws/secretsmanager`` (Secrets Manager API
reference, "SecretListEntry").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from scale_secrets.access.aws.arns import parse_arn
from scale_secrets.access.aws.collected.node import Node
from scale_secrets.access.aws.document import Kind
from scale_secrets.access.aws.model import MISSING, AwsSecret, Document, Key, Missing

_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:.+-[A-Za-z0-9]{6}")
_DEFAULT_ALIAS = "alias/aws/secretsmanager"


def read_secrets(root: Node, account: str, keys: Mapping[str, Key]) -> Iterator[AwsSecret]:
    """``keys`` are those of the same account, by ARN: they resolve an alias or an id."""
    for node in root.items("SecretList"):
        arn = node.arn("ARN", "secretsmanager", account)
        if not _ARN.fullmatch(arn):
            node.fail(
                "has an ARN that is not a secret's",
                hint="it ends in a hyphen and six random characters",
            )
        yield AwsSecret(
            arn=arn,
            key=_key(node, arn, keys),
            policy=_policy(node, arn),
            tags=node.pairs("Tags"),
            rotation=_arn(node, "RotationLambdaARN"),
            version=_current(node),
            deleted=node.at("DeletedDate") is not None,
        )


def _arn(node: Node, name: str) -> str:
    """An ARN wherever it leads, empty when it is absent."""
    written = node.text(name)
    if written and parse_arn(written) is None:
        node.fail(f"has no ARN as its {name}")
    return written


def _policy(node: Node, arn: str) -> Document | Missing | None:
    if "ResourcePolicy" not in node.value:
        return MISSING
    policy = node.at("ResourcePolicy")
    if policy is None:
        return None
    return policy.document(f"resource policy of {arn.split(':', 6)[6]}", Kind.RESOURCE)


def _key(node: Node, secret: str, keys: Mapping[str, Key]) -> str:
    """The ARN of the key, empty for the account's ``aws/secretsmanager``.

    The service answers with an ARN, an id or an alias, whichever it was given.
    """
    written = node.text("KmsKeyId")
    if written.startswith("arn:"):
        _arn(node, "KmsKeyId")
    alias = written[written.find("alias/") :] if "alias/" in written else ""
    if not written or alias == _DEFAULT_ALIAS:
        return ""
    partition, region, account = (secret.split(":")[number] for number in (1, 3, 4))
    if alias:
        holder = written.split(":")[4] if written.startswith("arn:") else account
        for key in keys.values():
            if alias in (key.aliases or ()) and key.arn.split(":")[3:5] == [region, holder]:
                return key.arn
        return f"arn:{partition}:kms:{region}:{holder}:{alias}"  # of no key that was collected
    if written.startswith("arn:"):
        return written
    return f"arn:{partition}:kms:{region}:{account}:key/{written}"


def _current(node: Node) -> str:
    """The id of the version that is current, from ``describe-secret`` or ``list-secrets``."""
    stages = node.at("VersionIdsToStages") or node.at("SecretVersionsToStages")
    for version, held in stages.members() if stages is not None else ():
        if any(stage.as_text() == "AWSCURRENT" for stage in held.elements()):
            return version
    return ""
