"""What ACC206 calls shadowed can be taken out of its policy, and no decision changes."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random
from types import MappingProxyType
from typing import Any

from scale_secrets.access.aws.document import parse
from scale_secrets.access.aws.evaluation import decide
from scale_secrets.access.aws.model import (
    Account,
    Caller,
    CallerKind,
    Context,
    Document,
    Estate,
    Policies,
    Request,
    Role,
)
from scale_secrets.access.lints.aws.shadowed_statement import findings
from tests.support.lints import ACCOUNT

ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
ACTIONS = ["s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "sqs:SendMessage"]
RESOURCES = ["arn:aws:s3:::a/x", "arn:aws:s3:::a/y", "arn:aws:s3:::b"]
PATTERNS = {
    "Action": ["*", "s3:*", "s3:Get*", "S3:getobject", "s3:?utObject", "sqs:*", "s3:GetObject*"],
    "Resource": ["*", "arn:aws:s3:::*", "arn:aws:s3:::a/*", "arn:aws:s3:::a/?", "arn:aws:s3:::b"],
}
CONDITIONS = [
    {},
    {"StringEquals": {"aws:SourceVpc": "vpc-1"}},
    {"StringEquals": {"aws:SourceVpc": "vpc-1"}, "Bool": {"aws:SecureTransport": "true"}},
]
CONTEXTS = [
    Context(MappingProxyType({"aws:sourcevpc": vpc, "aws:securetransport": (secure,)}), closed=True)
    for vpc, secure in product([(), ("vpc-1",), ("vpc-2",)], ["true", "false"])
]
CALLER = Caller(CallerKind.ROLE, ROLE, ACCOUNT)


def written(random: Random) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": random.choice(["Allow", "Allow", "Deny"])}
    for element, patterns in PATTERNS.items():
        name = f"Not{element}" if random.random() < 0.2 else element
        found[name] = random.sample(patterns, random.randint(1, 2))
    condition = random.choice(CONDITIONS)
    return found | ({"Condition": condition} if condition else {})


def shadowed(document: Document) -> set[int]:
    """The numbers of the statements that the lint names."""
    role = Role(ROLE, (document,), Document("trust", ()))
    found = findings(Estate({ACCOUNT: Account(ACCOUNT, roles=(role,))}))
    return {int(one.message.split()[1]) - 1 for one in found}


def decisions(document: Document) -> list[object]:
    policies = Policies(identity=(document,))
    return [
        decide(Request(CALLER, action, resource, ACCOUNT, context), policies).truth
        for action, resource, context in product(ACTIONS, RESOURCES, CONTEXTS)
    ]


def test_no_decision_hangs_on_a_statement_that_is_called_shadowed() -> None:
    named = 0
    for seed in range(120):
        random = Random(seed)  # noqa: S311 - the same policies each time
        policy = {"Version": "2012-10-17", "Statement": [written(random) for _ in range(4)]}
        document = parse(policy, name="p")
        for number in shadowed(document):
            named += 1
            kept = tuple(one for one in document.statements if one.number != number)
            assert decisions(replace(document, statements=kept)) == decisions(document), policy
    assert named > 60
