"""A call of a principal on a secret, as the request and the policies that decide it.

What depends on the secret and the call alone is made once and kept.
"""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple

from scale_secrets.access.aws.context import Part, join, of_call, via_service
from scale_secrets.access.aws.document import parse
from scale_secrets.access.aws.model import (
    MISSING,
    Account,
    AwsSecret,
    Document,
    Estate,
    Grant,
    Key,
    Missing,
    Policies,
    Request,
)
from scale_secrets.access.aws.principals import Principal
from scale_secrets.access.aws.reading import Call, Target

DEFAULT_ALIAS = "alias/aws/secretsmanager"


class Asked(NamedTuple):
    request: Request
    policies: Policies


class _Side(NamedTuple):
    """The resource's side of a call."""

    resource: str
    account: str
    policy: Document | Missing | None
    rcps: tuple[tuple[Document, ...], ...] | Missing
    key: Key | None
    context: Part


class Said(NamedTuple):
    documents: tuple[Document, ...]
    grants: tuple[Grant, ...]


class Requests:
    """Makes the requests that are asked of one estate."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._keys: dict[AwsSecret, Key] = {}
        self._defaults: dict[str, Key] = {}
        self._sides: dict[tuple[AwsSecret, Call], _Side] = {}

    def ask(self, principal: Principal, secret: AwsSecret, call: Call) -> Asked:
        side = self._sides.get((secret, call))
        if side is None:
            side = self._sides[secret, call] = self._side(secret, call)
        caller = principal.caller
        request = Request(
            caller,
            call.action,
            side.resource,
            side.account,
            join(caller, principal.context, side.context, call.target),
        )
        policies = Policies(
            identity=principal.policies,
            boundary=principal.boundary,
            resource=side.policy,
            scps=principal.scps,
            rcps=side.rcps,
            grants=side.key.grants if side.key is not None else (),
            delegates=side.key is not None,
        )
        return Asked(request, policies)

    def key_of(self, secret: AwsSecret) -> Key:
        """The key that a secret is encrypted with; what was not collected of it is MISSING."""
        found = self._keys.get(secret)
        if found is None:
            found = self._keys[secret] = self._find_key(secret)
        return found

    def says_of(self, secret: AwsSecret) -> Said:
        """Everything on the side of the secret and its key that was collected."""
        key = self.key_of(secret)
        owners = (secret.account, key.arn.split(":")[4])
        rcps = [_rcps(self._estate.accounts.get(owner)) for owner in owners]
        documents = [one for one in (secret.policy, key.policy) if isinstance(one, Document)]
        for levels in rcps:
            if not isinstance(levels, Missing):
                documents += chain.from_iterable(levels)
        grants = () if isinstance(key.grants, Missing) else key.grants
        return Said(tuple(documents), grants)

    def _side(self, secret: AwsSecret, call: Call) -> _Side:
        owner = self._estate.accounts[secret.account]
        key = self.key_of(secret)
        holder = self._estate.accounts.get(key.arn.split(":")[4])
        context = of_call(call, secret, owner, key, holder)
        if call.target in (Target.KEY, Target.KEY_ITSELF):
            # Resource control policies do not reach the keys that AWS manages.
            rcps = () if key.managed else _rcps(holder)
            return _Side(key.arn, key.arn.split(":")[4], key.policy, rcps, key, context)
        if call.target is Target.FUNCTION:
            account = secret.rotation.split(":")[4]
            return _Side(secret.rotation, account, MISSING, (), None, context)
        if call.target is Target.ANYTHING:
            return _Side("*", secret.account, None, _rcps(owner), None, context)
        return _Side(secret.arn, secret.account, secret.policy, _rcps(owner), None, context)

    def _find_key(self, secret: AwsSecret) -> Key:
        if not secret.key:
            return self._managed_key(secret)
        holder = self._estate.accounts.get(secret.key.split(":")[4])
        found = holder.keys.get(secret.key) if holder is not None else None
        return found or Key(secret.key, MISSING, MISSING)

    def _managed_key(self, secret: AwsSecret) -> Key:
        for key in self._estate.accounts[secret.account].keys.values():
            here = key.arn.split(":")[3] == secret.region
            if key.managed and here and DEFAULT_ALIAS in (key.aliases or ()):
                return key
        arn = default_key_arn(secret)
        found = self._defaults.get(arn)
        if found is None:
            found = self._defaults[arn] = default_key(secret)
        return found


def default_key_arn(secret: AwsSecret) -> str:
    partition, region, account = (secret.arn.split(":")[number] for number in (1, 3, 4))
    return f"arn:{partition}:kms:{region}:{account}:key/aws/secretsmanager"


def default_key(secret: AwsSecret) -> Key:
    """``aws/secretsmanager`` of the secret's account and region, as AWS documents it.

    Its policy is the same in every account and cannot be changed (Secrets Manager user guide,
    "Secret encryption and decryption": "Key policy of the AWS managed key"). Its id is unknown:
    where a policy names single keys by their ids, this one is taken to be none of them.
    """
    partition = secret.arn.split(":")[1]
    own = {"kms:CallerAccount": secret.account}
    via = via_service(secret)
    everyone = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": "*"}
    statements = [
        everyone
        | {
            "Sid": "AllowThroughSecretsManager",
            "Action": [
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncrypt*",
                "kms:CreateGrant",
                "kms:DescribeKey",
            ],
            "Condition": {"StringEquals": own | {"kms:ViaService": via}},
        },
        everyone
        | {
            "Sid": "AllowDataKeysThroughSecretsManager",
            "Action": "kms:GenerateDataKey*",
            "Condition": {
                "StringEquals": own,
                "StringLike": {"kms:ViaService": via.replace(secret.region, "*")},
            },
        },
        {
            "Sid": "AllowTheAccountToLook",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::{secret.account}:root"},
            "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
            "Resource": "*",
        },
    ]
    policy = parse(
        {"Version": "2012-10-17", "Statement": statements},
        name="policy of aws/secretsmanager, as documented",
    )
    return Key(default_key_arn(secret), policy, managed=True, aliases=(DEFAULT_ALIAS,))


def _rcps(account: Account | None) -> tuple[tuple[Document, ...], ...] | Missing:
    if account is None:
        return MISSING
    return () if account.management else account.rcps
