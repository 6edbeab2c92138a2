"""Small random estates whose policies are made of near hits: the same few names everywhere.

Everything that may tell principals apart turns up: names of roles, users and sessions, unique ids,
``NotPrincipal``, conditions and variables about the caller, tagged sessions, holes in what was
collected.
"""

from __future__ import annotations

import random
from typing import Any

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
    Role,
    User,
)

ACCOUNT, ABROAD = "111122223333", "444455556666"
_IAM = f"arn:aws:iam::{ACCOUNT}"
_SECRETS = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret"
_KEYS = tuple(f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{letter * 8}" for letter in "ab")
_NAMES = ("team-a/one", "team-a/two", "team-b/one", "other")
_PATTERNS = (
    "*",
    f"{_SECRETS}:*",
    f"{_SECRETS}:team-a/*",
    f"{_SECRETS}:team-?/one-AAAAAA",
    f"{_SECRETS}:other-AAAAAA",
    f"{_SECRETS}:${{aws:PrincipalTag/team}}/*",
    "arn:aws:secretsmanager:*:*:secret:*/two-??????",
    *_KEYS,
)
_ACTIONS = (
    "*",
    "secretsmanager:*",
    "secretsmanager:Get*",
    "secretsmanager:GetSecretValue",
    "secretsmanager:DescribeSecret",
    ["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:ListSecrets",
    "kms:*",
    "kms:Decrypt",
    "s3:GetObject",
)
_CONDITIONS: tuple[dict[str, Any], ...] = (
    {"StringEquals": {"aws:PrincipalTag/team": "a"}},
    {"StringNotEquals": {"aws:PrincipalTag/team": "${secretsmanager:ResourceTag/team}"}},
    {"ArnLike": {"aws:PrincipalArn": f"{_IAM}:role/role-1*"}},
    {"StringLike": {"aws:userid": "AROA0000:*"}},
    {"StringEquals": {"aws:username": "user-1"}},
    {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
    {"Bool": {"aws:ViaAWSService": "true"}},
    {"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}},
)
_PRINCIPALS: tuple[Any, ...] = (
    "*",
    {"AWS": "*"},
    {"AWS": f"{_IAM}:root"},
    {"AWS": f"arn:aws:iam::{ABROAD}:root"},
    {"AWS": f"{_IAM}:role/role-1"},
    {"AWS": [f"{_IAM}:role/role-2", f"{_IAM}:user/user-1"]},
    {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/role-1/ann"},
    {"AWS": "AROA0000"},
    {"AWS": f"arn:aws:iam::{ABROAD}:role/partner"},
    {"Service": "lambda.amazonaws.com"},
)


class RandomEstate:
    """``build`` makes one estate; the same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same for the same seed
        self._pool = [self._document(f"p{number}") for number in range(5)]

    def build(self) -> Estate:
        own = Account(
            ACCOUNT,
            users=tuple(self._user(number) for number in range(3)),
            roles=tuple(self._role(number) for number in range(5)),
            keys={arn: self._key(arn) for arn in _KEYS},
            secrets=tuple(self._secret(name) for name in _NAMES),
            scps=self._levels(),
            rcps=self._one_of((), (), MISSING),
            org_id=self._one_of("o-1", "", None),
        )
        abroad = Account(ABROAD, roles=(self._role(7, ABROAD),), scps=(), rcps=(), org_id="o-1")
        return Estate({ACCOUNT: own, ABROAD: abroad})

    def _one_of(self, *choices: Any) -> Any:
        return self._random.choice(choices)

    def _chance(self, of: float) -> bool:
        return self._random.random() < of

    def _document(self, name: str, *, resource: bool = False) -> Document:
        count = self._random.randint(1, 3)
        statements = [self._statement(resource) for _ in range(count)]
        return parse({"Version": "2012-10-17", "Statement": statements}, name=name)

    def _statement(self, resource: bool) -> dict[str, Any]:
        deny = self._chance(0.25)
        statement: dict[str, Any] = {"Effect": "Deny" if deny else "Allow"}
        element = "NotAction" if self._chance(0.1) else "Action"
        statement[element] = self._one_of(*_ACTIONS)
        if resource:
            negated = deny and self._chance(0.2)
            statement["NotPrincipal" if negated else "Principal"] = self._one_of(*_PRINCIPALS)
            statement["Resource"] = "*"
        else:
            element = "NotResource" if self._chance(0.1) else "Resource"
            statement[element] = self._one_of(*_PATTERNS)
        if self._chance(0.35):
            statement["Condition"] = self._one_of(*_CONDITIONS)
        return statement

    def _policies(self) -> tuple[Document, ...] | Missing:
        if self._chance(0.05):
            return MISSING
        return tuple(self._random.sample(self._pool, self._random.randint(0, 2)))

    def _boundary(self) -> Document | Missing | None:
        boundary: Document | Missing | None = self._one_of(None, None, None, MISSING, self._pool[0])
        return boundary

    def _tags(self) -> dict[str, str] | None:
        tags: dict[str, str] | None = self._one_of(None, {}, {"team": "team-a"}, {"team": "a"})
        return tags

    def _user(self, number: int) -> User:
        arn = f"{_IAM}:user/user-{number}"
        return User(arn, self._policies(), (), self._boundary(), self._tags(), f"AIDA000{number}")

    def _role(self, number: int, account: str = ACCOUNT) -> Role:
        actions = ["sts:AssumeRole", *(["sts:TagSession"] if self._chance(0.3) else [])]
        trust = parse(
            {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"Service": "ec2.amazonaws.com"},
                    "Action": actions,
                },
            },
            name="trust",
        )
        return Role(
            f"arn:aws:iam::{account}:role/role-{number}",
            self._policies(),
            trust,
            self._boundary(),
            self._tags(),
            id=f"AROA000{number}",
        )

    def _key(self, arn: str) -> Key:
        policy = self._one_of(MISSING, *(self._document("key", resource=True) for _ in range(4)))
        grant = Grant("g", f"{_IAM}:role/role-{self._random.randrange(3)}", frozenset(["Decrypt"]))
        grants: tuple[Grant, ...] | Missing = self._one_of((), MISSING, (grant,))
        return Key(arn, policy, grants)

    def _secret(self, name: str) -> AwsSecret:
        policy = self._one_of(
            None, None, MISSING, *(self._document("secret", resource=True) for _ in range(4))
        )
        return AwsSecret(
            f"{_SECRETS}:{name}-AAAAAA",
            key=self._one_of("", *_KEYS),
            policy=policy,
            tags=self._one_of(None, {}, {"team": "a"}),
        )

    def _levels(self) -> tuple[tuple[Document, ...], ...] | Missing:
        everything = parse(
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
            },
            name="FullAWSAccess",
        )
        levels: tuple[tuple[Document, ...], ...] | Missing = self._one_of(
            (), MISSING, ((everything,), (everything, self._document("scp")))
        )
        return levels
