"""An answer about AWS beside an independent simulator's: ``python -m bench.access_aws_engine``.

2,000 principals x 50 secrets x read, once with policies as accounts share them (*warm*) and once
with no two policies alike (*cold*). A round is a slice of the principals: ours answers all of it,
from the files that it has read for that slice, the simulator a sample of it, each answer being
``GetSecretValue`` and, where that is allowed, ``Decrypt``. The simulator's time is what the
simulations alone took inside its running process: no start, no JSON. Both are processor time. What
counts is the ratio per answer within one round, and its median over the rounds. Both must give the
same answers.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.access_estates import ACCOUNT, Size, files
from scale_secrets.access.aws.estate import parse_estate
from scale_secrets.access.aws.evaluator import Evaluator
from scale_secrets.access.aws.matrix import matrix
from scale_secrets.access.aws.model import AwsSecret
from scale_secrets.access.aws.principals import Principal
from scale_secrets.access.aws.reading import Call, ways
from scale_secrets.access.verdict import Action, Verdict
from tests.support.aws_cases import FULL, Case, Json, simulation
from tests.support.iam_simulate import Simulator

PRINCIPALS = 2_000
ROUNDS = 10
SAMPLE = 100  # answers of the simulator in each round
TARGETS = {"cold": 20, "warm": 50}


class Written:
    """The estate's policies as JSON, by whom or what they belong to."""

    def __init__(self, contents: dict[str, str]) -> None:
        authorization = json.loads(contents[f"{ACCOUNT}/authorization.json"])
        managed = {
            one["Arn"]: one["PolicyVersionList"][0]["Document"] for one in authorization["Policies"]
        }
        self.identity: dict[str, tuple[Json, ...]] = {
            one["Arn"]: (
                *(managed[each["PolicyArn"]] for each in one["AttachedManagedPolicies"]),
                *(each["PolicyDocument"] for each in one.get(inline, ())),
            )
            for details, inline in (
                ("UserDetailList", "UserPolicyList"),
                ("RoleDetailList", "RolePolicyList"),
            )
            for one in authorization[details]
        }
        secrets = json.loads(contents[f"{ACCOUNT}/secrets.json"])["SecretList"]
        keys = json.loads(contents[f"{ACCOUNT}/keys.json"])
        self.resource: dict[str, Json] = {
            one[name]: json.loads(one[policy])
            for listed, name, policy in (
                (secrets, "ARN", "ResourcePolicy"),
                (keys, "Arn", "Policy"),
            )
            for one in listed
            if one[policy]
        }
        organization = json.loads(contents["organization.json"])
        (regions,) = (one for one in organization["Policies"] if "Content" in one)
        self.scps = ((FULL, json.loads(regions["Content"])), (FULL,))


@dataclass(frozen=True)
class Round:
    ours: float  # seconds for each answer
    theirs: float

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours


class Duel:
    """One estate, and both that answer about it."""

    def __init__(self, simulator: Simulator, *, shared: bool) -> None:
        contents = dict(files(Size(PRINCIPALS, shared=shared)))
        self._simulator = simulator
        self._written = Written(contents)
        start = time.process_time()
        self._evaluator = Evaluator(parse_estate(contents))
        self.reading = time.process_time() - start
        self._secrets = self._evaluator.secrets()
        self._random = random.Random(11)  # noqa: S311 - the same for each run

    def rounds(self) -> Iterator[Round]:
        principals = [
            one for one in self._evaluator.principals() if one.name in self._written.identity
        ]
        size = len(principals) // ROUNDS
        for start in range(0, size * ROUNDS, size):
            yield self._round(principals[start : start + size])

    def _round(self, principals: Sequence[Principal]) -> Round:
        start = time.process_time()
        cells = list(matrix(self._evaluator, principals, self._secrets, [Action.READ]))
        seconds = time.process_time() - start
        answers = len(principals) * len(self._secrets)
        reading = self.reading * len(principals) / PRINCIPALS
        verdicts = {(one.name, secret.arn): answer.verdict for one, secret, _, answer in cells}
        return Round((seconds + reading) / answers, self._theirs(principals, verdicts))

    def _theirs(
        self, principals: Sequence[Principal], verdicts: dict[tuple[str, str], Verdict]
    ) -> float:
        pairs = [
            (self._random.choice(principals), self._random.choice(self._secrets))
            for _ in range(SAMPLE)
        ]
        before = self._simulator.seconds
        allowed = set(range(SAMPLE))
        for number in range(2):
            asked = sorted(allowed)
            runs = [self._run(*pairs[each], number) for each in asked]
            for each, answer in zip(asked, self._simulator.run(runs), strict=True):
                if answer.error:
                    raise RuntimeError(answer.error)
                if not answer.allowed:
                    allowed.discard(each)
        for each, (principal, secret) in enumerate(pairs):
            ours = verdicts.get((principal.name, secret.arn), Verdict.DENIED)
            if ours is not Verdict.CONDITIONAL and (ours is Verdict.ALLOWED) != (each in allowed):
                raise RuntimeError(f"{ours} of {principal.name} on {secret.arn} is contradicted")
        return (self._simulator.seconds - before) / SAMPLE

    def _run(self, principal: Principal, secret: AwsSecret, number: int) -> dict[str, Any]:
        (way,) = ways(Action.READ, secret, principal.caller)
        call: Call = way[number]
        asked = self._evaluator.requests.ask(principal, secret, call)
        managed = {"Version": "2012-10-17", "Statement": [_OF_MANAGED_KEY]}
        policy = self._written.resource.get(asked.request.resource)
        if policy is None and call.action.startswith("kms:"):
            policy = managed
        return simulation(
            Case(
                caller=asked.request.caller,
                action=call.action,
                resource=asked.request.resource,
                account=asked.request.account,
                context=asked.request.context.known,
                identity=self._written.identity[principal.name],
                policy=policy,
                scps=self._written.scps,
            )
        )


# What the policy of aws/secretsmanager says of decrypting, in a statement.
_OF_MANAGED_KEY: Json = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": "kms:Decrypt",
    "Resource": "*",
    "Condition": {"StringEquals": {"kms:CallerAccount": ACCOUNT}},
}


def main() -> None:
    missed = []
    print(f"{'policies':<9} {'ours':>12} {'simulator':>12} {'ratio (quartiles)':>22}  target")
    for name, shared in (("cold", False), ("warm", True)):
        with Simulator() as simulator:
            rounds = list(Duel(simulator, shared=shared).rounds())
        ratios = [each.ratio for each in rounds]
        low, median, high = statistics.quantiles(ratios, n=4)
        ours = statistics.median(each.ours for each in rounds) * 1e6
        theirs = statistics.median(each.theirs for each in rounds) * 1e6
        spread = f"{median:.0f} ({low:.0f}-{high:.0f})"
        print(f"{name:<9} {ours:>9.1f} µs {theirs:>9.1f} µs {spread:>22}  {TARGETS[name]}")
        if median < TARGETS[name]:
            missed.append(name)
    if missed:
        sys.exit(f"below the target: {', '.join(missed)}")


if __name__ == "__main__":
    main()
