"""The explanation of a decision: each layer's step, each statement's reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scale_secrets.access.aws.document import parse
from scale_secrets.access.aws.evaluation import explain
from scale_secrets.access.aws.model import Policies
from scale_secrets.access.verdict import Place, Step, Verdict
from tests.support.aws_written import policies, request

ACCOUNT = "111122223333"
GET = "secretsmanager:GetSecretValue"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:scale/live/api-key-AbCdEf"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/labels"


def steps(
    kind: str = "role",
    arn: str = ROLE,
    action: str = GET,
    context: dict[str, Any] | None = None,
    **written: Any,
) -> dict[str, Step]:
    case = {
        "caller": {"kind": kind, "arn": arn},
        "action": action,
        "resource": KEY if action.startswith("kms:") else SECRET,
        "context": context or {},
    }
    return {step.title: step for step in explain(request(case), policies(written))}


def told(step: Step) -> list[tuple[str, Verdict | None, str]]:
    return [(below.title, below.verdict, below.because) for below in step.steps]


def allow(action: str = "*", resource: str = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action: str = "*", resource: str = "*", **elements: Any) -> dict[str, Any]:
    return {**allow(action, resource, **elements), "Effect": "Deny"}


def test_the_layers_stand_in_the_order_of_the_evaluation() -> None:
    assert list(steps(scps=[["FULL"], ["FULL"]])) == [
        "service control policies, level 1 of 2",
        "service control policies, level 2 of 2",
        "resource control policies",
        "resource policy",
        "identity policies",
        "permissions boundary",
        "session policies",
        "together",
    ]


def test_a_level_that_does_not_allow_says_so() -> None:
    found = steps(identity=["FULL"], scps=[["FULL"], [[allow("s3:*")]], ["FULL"]])
    level = found["service control policies, level 2 of 3"]
    assert (level.verdict, level.because) == (Verdict.DENIED, "no statement allows it")
    assert found["service control policies, level 3 of 3"].verdict is Verdict.ALLOWED
    assert found["together"].verdict is Verdict.DENIED


def test_a_statement_that_does_not_apply_gives_its_reason() -> None:
    found = steps(
        identity=[
            [
                allow(GET, SECRET[:-7], Sid="Short"),
                allow(GET, SECRET, Condition={"Bool": {"aws:SecureTransport": "false"}}),
                allow("s3:*"),
                allow("ec2:*"),
            ]
        ],
        context={"aws:securetransport": ["true"]},
    )
    assert told(found["identity policies"]) == [
        ("allow Short of identity 1", None, "is about another resource"),
        (
            "allow statement 2 of identity 1",
            None,
            "condition aws:SecureTransport is false does not hold",
        ),
        ("2 statements are about other actions", None, "identity 1"),
    ]


def test_a_resource_policy_tells_whom_it_names_and_what_that_is_worth() -> None:
    found = steps(
        boundary=[allow("s3:*")],
        resource=[
            allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}),
            allow(Principal={"AWS": ROLE}),
            allow(Principal={"AWS": ACCOUNT}),
        ],
    )
    assert told(found["resource policy"]) == [
        ("allow statement 1 of resource", None, "does not name the caller"),
        (
            "allow statement 2 of resource",
            Verdict.ALLOWED,
            "limited by the permissions boundary and the session policies",
        ),
        (
            "allow statement 3 of resource",
            Verdict.ALLOWED,
            "for the account, which leaves it to the account's identity policies",
        ),
    ]
    assert found["permissions boundary"].because == "no statement allows it"


def test_a_denial_is_named_by_its_layer() -> None:
    found = steps(identity=["FULL"], boundary=[allow(), deny(GET, Sid="NoSecrets")])
    boundary = found["permissions boundary"]
    assert (boundary.verdict, boundary.because) == (
        Verdict.DENIED,
        "denied by NoSecrets of boundary",
    )
    assert told(boundary)[1] == ("deny NoSecrets of boundary", Verdict.DENIED, "")


def test_a_denial_that_hangs_on_what_is_unknown_says_on_what() -> None:
    only_here = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    found = steps(identity=["FULL"], resource=[deny(Principal="*", Condition=only_here)])
    policy = found["resource policy"]
    assert policy.verdict is Verdict.CONDITIONAL
    assert policy.because == "no statement allows it; unless aws:SourceVpce is not vpce-1"
    assert told(policy)[0][1:] == (Verdict.CONDITIONAL, "denies if aws:SourceVpce is not vpce-1")
    assert told(found["together"])[-1] == (
        "unless aws:SourceVpce is not vpce-1",
        Verdict.CONDITIONAL,
        "",
    )


def test_what_was_not_collected_is_said() -> None:
    found = steps(identity="MISSING", boundary="MISSING", resource="MISSING", scps="MISSING")
    assert {title: step.because for title, step in found.items() if step.verdict} == {
        "service control policies": "the service control policies were not collected",
        "resource policy": "the resource policy was not collected",
        "identity policies": "the identity policies were not collected",
        "permissions boundary": "the permissions boundary was not collected",
        "together": "within an account, the resource policy or the identity policies must allow",
    }


def test_layers_that_bind_nobody_say_why() -> None:
    found = steps("root", f"arn:aws:iam::{ACCOUNT}:root")
    assert found["identity policies"].because == "the root user needs none"
    assert found["service control policies"].because == "none binds this caller"
    assert found["permissions boundary"].because == "there is none"


def test_what_a_kind_of_caller_can_never_do_comes_first() -> None:
    found = steps("root", f"arn:aws:iam::{ACCOUNT}:root", "sts:AssumeRole", delegates=True)
    first = next(iter(found.values()))
    assert (first.verdict, first.because) == (
        Verdict.DENIED,
        "an account's root user cannot assume a role",
    )


def test_a_service_has_no_layers_of_its_own() -> None:
    found = steps("service", "lambda.amazonaws.com")
    assert list(found) == [
        "service control policies",
        "resource control policies",
        "resource policy",
        "together",
    ]


def test_grants_of_a_key_have_a_step_of_their_own() -> None:
    grant = {"id": "0c237476", "grantee": ROLE, "operations": ["Decrypt"]}
    other = {"id": "1d348587", "grantee": f"{ROLE}-2", "operations": ["Decrypt"]}
    found = steps(
        action="kms:Decrypt",
        delegates=True,
        resource=[allow("kms:*", Principal={"AWS": ACCOUNT})],
        grants=[grant, other],
    )
    assert found["grants of the key"].verdict is Verdict.ALLOWED
    assert told(found["grants of the key"])[1] == (
        "allow grant 1d348587 of grants of the key",
        None,
        "does not name the caller",
    )
    assert found["together"].steps[0].title == "decided by grant 0c237476 of grants of the key"


def test_every_statement_is_cited_with_its_place() -> None:
    text = '{"Statement": [\n\n{"Effect": "Allow", "Action": "*",\n"Resource": "*"}]}'
    document = parse(text, name="Admin", file="policies/Admin.json")
    case = {"caller": {"kind": "role", "arn": ROLE}, "action": GET, "resource": SECRET}
    found = explain(request(case), Policies(identity=(document,)))
    places = {step.cited.place for step in _all(found) if step.cited}
    assert places == {Place("policies/Admin.json", 3)}


def _all(found: tuple[Step, ...]) -> Iterator[Step]:
    for step in found:
        yield step
        yield from _all(step.steps)


def test_the_end_says_what_did_not_let_it_pass() -> None:
    within = "within an account, the resource policy or the identity policies must allow"
    limited = steps(identity=["FULL"], boundary=[allow("s3:*")], scps=[[[allow("ec2:*")]]])
    assert limited["together"].because == (
        f"{within}; the service control policies do not let it pass; "
        "the permissions boundary does not let it pass"
    )
    assert steps()["together"].because == within


def test_the_end_says_that_a_denial_wins() -> None:
    found = steps(identity=[[allow(), deny(GET, Sid="NoSecrets")]])
    assert found["together"].because == "a denial wins over whatever allows"
    assert found["together"].steps[0].title == "decided by NoSecrets of identity 1"


def test_a_layer_that_was_not_needed_denies_nothing() -> None:
    user = f"arn:aws:iam::{ACCOUNT}:user/ann"
    found = steps("user", user, boundary=[allow("s3:*")], resource=[allow(Principal={"AWS": user})])
    assert found["together"].verdict is Verdict.ALLOWED
    for layer in ("identity policies", "permissions boundary"):
        assert (found[layer].verdict, found[layer].because) == (None, "no statement allows it")


def test_across_accounts_the_end_names_both_sides() -> None:
    found = steps(arn="arn:aws:iam::444455556666:role/labels", identity=["FULL"])
    assert (found["resource policy"].verdict, found["resource policy"].because) == (
        Verdict.DENIED,
        "there is none",
    )
    assert found["together"].because == (
        "across accounts, the resource policy and the caller's identity policies must both allow"
    )
