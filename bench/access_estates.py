"""Made-up AWS estates of any size, the same for the same seed: files as the AWS CLI prints them.

*Shared*: principals have a few of the account's managed policies, as in real accounts.
*Unshared*: every principal has policies of its own, no two alike, which leaves nothing to keep.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ACCOUNT = "111122223333"
REGION = "eu-west-1"
TEAMS = 25
_POOL = 60
_SERVICES = ("s3", "ec2", "sqs", "dynamodb", "logs", "cloudwatch", "sns", "lambda", "ecr", "rds")


@dataclass(frozen=True)
class Size:
    principals: int
    secrets: int = 50
    shared: bool = True
    seed: int = 7


def files(size: Size) -> Mapping[str, str]:
    """What ``parse_estate`` reads."""
    return _Made(size).files()


def _policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(actions: Any, resources: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def secret_arn(number: int) -> str:
    name = f"team-{number % TEAMS}/key-{number}"
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-{number:06d}"


def key_arn(number: int) -> str:
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{number:08d}-1111-2222-3333-444455556666"


class _Made:
    def __init__(self, size: Size) -> None:
        self._size = size
        self._random = random.Random(size.seed)  # noqa: S311 - the same for the same seed
        self._pool = [self._managed(number) for number in range(_POOL)] if size.shared else []

    def files(self) -> Mapping[str, str]:
        contents = {
            "organization.json": self._organization(),
            f"{ACCOUNT}/authorization.json": self._authorization(),
            f"{ACCOUNT}/secrets.json": {"SecretList": self._secrets()},
            f"{ACCOUNT}/keys.json": [self._key(number) for number in range(5)],
        }
        return {path: json.dumps(content) for path, content in contents.items()}

    def _organization(self) -> Any:
        only_here = {
            "Effect": "Deny",
            "NotAction": ["iam:*", "sts:*", "organizations:*"],
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": [REGION, "us-east-1"]}},
        }
        kind = "SERVICE_CONTROL_POLICY"
        return {
            "Organization": {"Id": "o-a1b2c3d4e5", "MasterAccountId": "999988887777"},
            "Roots": [
                {"Id": "r-ab12", "PolicyTypes": [{"Type": kind, "Status": "ENABLED"}]},
            ],
            "Accounts": {ACCOUNT: {"Path": ["r-ab12"]}},
            "Policies": [
                {
                    "Id": "p-FullAWSAccess",
                    "Name": "FullAWSAccess",
                    "Type": kind,
                    "Targets": ["r-ab12", ACCOUNT],
                },
                {
                    "Id": "p-regions1",
                    "Name": "regions",
                    "Type": kind,
                    "Targets": ["r-ab12"],
                    "Content": json.dumps(_policy(only_here)),
                },
            ],
        }

    def _authorization(self) -> Any:
        principals = range(self._size.principals)
        users = [self._principal(number, "user") for number in principals if number % 10 < 3]
        roles = [self._principal(number, "role") for number in principals if number % 10 >= 3]
        return {
            "UserDetailList": users,
            "GroupDetailList": [],
            "RoleDetailList": roles,
            "Policies": self._pool,
        }

    def _principal(self, number: int, kind: str) -> Any:
        title = kind.title()
        inline = f"{title}PolicyList"
        made: dict[str, Any] = {
            "Arn": f"arn:aws:iam::{ACCOUNT}:{kind}/{kind}-{number}",
            f"{title}Name": f"{kind}-{number}",
            f"{title}Id": f"{'AROA' if kind == 'role' else 'AIDA'}{number:016d}",
            "Path": "/",
            "Tags": [{"Key": "team", "Value": str(number % TEAMS)}],
            "AttachedManagedPolicies": [],
        }
        if kind == "role":
            made["AssumeRolePolicyDocument"] = _policy(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "ec2.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            )
        if self._size.shared:
            chosen = self._random.sample(self._pool, self._random.randint(1, 3))
            made["AttachedManagedPolicies"] = [
                {"PolicyName": one["PolicyName"], "PolicyArn": one["Arn"]} for one in chosen
            ]
        else:
            made[inline] = [
                {"PolicyName": f"own-{part}", "PolicyDocument": self._document(f"{number}-{part}")}
                for part in range(2)
            ]
        return made

    def _managed(self, number: int) -> Any:
        name = f"policy-{number}"
        return {
            "PolicyName": name,
            "Arn": f"arn:aws:iam::{ACCOUNT}:policy/{name}",
            "PolicyVersionList": [
                {"IsDefaultVersion": True, "Document": self._document(str(number))}
            ],
        }

    def _document(self, mark: str) -> Any:
        """Mostly about other services; three of ten about secrets, one of fifty about all."""
        statements = [self._other(mark) for _ in range(self._random.randint(1, 6))]
        chance = self._random.random()
        if chance < 0.02:
            statements.append(_allow("*", "*"))
        elif chance < 0.3:
            statements += self._about_secrets(mark)
        return _policy(*statements)

    def _other(self, mark: str) -> Any:
        service = self._random.choice(_SERVICES)
        actions = [f"{service}:{verb}" for verb in ("Get*", "List*", "Describe*", "Put*")]
        return _allow(actions, [f"arn:aws:{service}:::{mark}-{self._random.randrange(1000)}/*"])

    def _about_secrets(self, mark: str) -> list[Any]:
        team = self._random.randrange(TEAMS)
        start = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret"
        condition = {}
        if self._random.random() < 0.2:
            condition = {"Condition": {"StringEquals": {"aws:SourceVpce": f"vpce-{mark}"}}}
        key = key_arn(self._random.randrange(5))
        return [
            _allow(
                ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                [f"{start}:team-{team}/*", f"{start}:own/{mark}-??????"],
                **condition,
            ),
            _allow(["kms:Decrypt"], [key]),
        ]

    def _secrets(self) -> list[Any]:
        return [self._secret(number) for number in range(self._size.secrets)]

    def _secret(self, number: int) -> Any:
        made: dict[str, Any] = {
            "ARN": secret_arn(number),
            "Name": f"team-{number % TEAMS}/key-{number}",
            "Tags": [{"Key": "team", "Value": str(number % TEAMS)}],
            "ResourcePolicy": None,
        }
        if number % 2:
            made["KmsKeyId"] = key_arn(number % 5)
        if number % 10 == 0:
            role = f"arn:aws:iam::{ACCOUNT}:role/role-{number + 3}"
            made["ResourcePolicy"] = json.dumps(
                _policy(
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": role},
                        "Action": "secretsmanager:GetSecretValue",
                        "Resource": "*",
                    },
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "secretsmanager:GetSecretValue",
                        "Resource": "*",
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    },
                )
            )
        return made

    def _key(self, number: int) -> Any:
        delegating = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
        return {
            "Arn": key_arn(number),
            "KeyManager": "CUSTOMER",
            "Policy": json.dumps(_policy(delegating)),
            "Grants": [],
            "Tags": [],
            "Aliases": [{"AliasName": f"alias/keys-{number}"}],
        }
