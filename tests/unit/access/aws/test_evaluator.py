"""How the answers on single calls make the answer on an action, and the tree that tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from scale_secrets.access.aws.combining import all_needed, one_suffices
from scale_secrets.access.aws.document import parse
from scale_secrets.access.aws.evaluation import Decision
from scale_secrets.access.aws.evaluator import Evaluator
from scale_secrets.access.aws.model import (
    MISSING,
    Account,
    AwsSecret,
    Document,
    Estate,
    Key,
    Missing,
    Role,
)
from scale_secrets.access.verdict import Action, Answer, Cited, Step, Truth, Verdict
from scale_secrets.errors import UsageError

OWN, OTHER = "111122223333", "444455556666"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{OWN}:secret:scale/key-AbCdEf"
KEY = f"arn:aws:kms:eu-west-1:{OWN}:key/1"
FUNCTION = f"arn:aws:lambda:eu-west-1:{OWN}:function:rotate"
NETWORK = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def _allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def _deny(*actions: str, **more: Any) -> dict[str, Any]:
    return _allow(*actions, **more) | {"Effect": "Deny"}


def _document(*statements: dict[str, Any], name: str = "policy") -> Document:
    return parse({"Version": "2012-10-17", "Statement": list(statements)}, name=name)


TRUST = _document(
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
)
DELEGATING = Key(
    KEY, _document(_allow("kms:*", Principal={"AWS": f"arn:aws:iam::{OWN}:root"})), tags={}
)


def _evaluator(
    *statements: dict[str, Any],
    key: Key | None = None,
    rotation: str = "",
    rcps: tuple[tuple[Document, ...], ...] = (),
    policies: tuple[Document, ...] | Missing | None = None,
    missing: tuple[str, ...] = (),
    others: tuple[Account, ...] = (),
) -> Evaluator:
    own = policies if policies is not None else (_document(*statements),)
    role = Role(f"arn:aws:iam::{OWN}:role/ci", own, TRUST, tags={}, missing=missing)
    here = key is not None and key.arn.split(":")[4] == OWN
    account = Account(
        OWN,
        roles=(role,),
        secrets=(AwsSecret(SECRET, key.arn if key else "", None, {}, rotation),),
        keys={key.arn: key} if key is not None and here else {},
        scps=(),
        rcps=rcps,
    )
    return Evaluator(Estate({one.id: one for one in (account, *others)}))


def _answer(evaluator: Evaluator, action: Action = Action.READ) -> Answer:
    return evaluator.answer(evaluator.principal("ci"), evaluator.secret(SECRET), action)


def _tree(evaluator: Evaluator, action: Action = Action.READ) -> Step:
    return evaluator.explain(evaluator.principal("ci"), evaluator.secret(SECRET), action).root


def _all(step: Step) -> Iterator[Step]:
    yield step
    for below in step.steps:
        yield from _all(below)


@pytest.mark.parametrize(
    ("actions", "verdict"),
    [
        (["secretsmanager:GetSecretValue", "kms:Decrypt"], Verdict.ALLOWED),
        (["secretsmanager:GetSecretValue"], Verdict.DENIED),
        (["kms:Decrypt"], Verdict.DENIED),
        (["secretsmanager:BatchGetSecretValue", "kms:Decrypt"], Verdict.DENIED),
    ],
    ids=["both", "value", "key", "batch"],
)
def test_reading_needs_the_value_and_the_key(actions: list[str], verdict: Verdict) -> None:
    assert _answer(_evaluator(_allow(*actions), key=DELEGATING)).verdict is verdict


def test_conditions_of_all_calls_are_needed() -> None:
    evaluator = _evaluator(
        _allow("secretsmanager:GetSecretValue", Condition=NETWORK),
        _allow("kms:Decrypt", Condition=WITH_MFA),
        key=DELEGATING,
    )
    assert _answer(evaluator) == Answer(
        Verdict.CONDITIONAL,
        ("if aws:MultiFactorAuthPresent is true", "if aws:SourceVpce is vpce-1"),
        (Cited("policy", "statement 1", "allow"), Cited("policy", "statement 2", "allow")),
    )


def test_a_way_without_a_condition_is_taken() -> None:
    evaluator = _evaluator(
        _allow("secretsmanager:PutSecretValue", Condition=NETWORK),
        _allow("secretsmanager:UpdateSecret"),
    )
    assert _answer(evaluator, Action.WRITE).verdict is Verdict.ALLOWED


def test_ways_with_conditions_of_their_own_are_one_condition() -> None:
    evaluator = _evaluator(
        _allow("secretsmanager:PutSecretValue", Condition=NETWORK),
        _allow("secretsmanager:UpdateSecret", Condition=WITH_MFA),
    )
    assert _answer(evaluator, Action.WRITE).conditions == (
        "either if aws:MultiFactorAuthPresent is true, or if aws:SourceVpce is vpce-1",
    )


def test_what_can_never_hold_is_a_denial_and_the_tree_says_why() -> None:
    evaluator = _evaluator(
        _allow("secretsmanager:GetSecretValue", Condition=NETWORK),
        _deny("secretsmanager:GetSecretValue", Condition=NETWORK),
    )
    assert _answer(evaluator).verdict is Verdict.DENIED
    value = _tree(evaluator).steps[0]
    assert value.verdict is Verdict.DENIED
    assert value.because == "whatever the unknown conditions turn out to be"


def test_a_denial_cites_what_denied() -> None:
    evaluator = _evaluator(
        _allow("*"), _deny("secretsmanager:PutSecretValue"), _deny("secretsmanager:UpdateSecret")
    )
    answer = _answer(evaluator, Action.WRITE)
    assert answer.verdict is Verdict.DENIED
    assert [cited.label for cited in answer.decided_by] == ["statement 2", "statement 3"]


def test_the_tree_of_several_ways_has_one_branch_for_each() -> None:
    root = _tree(_evaluator(_allow("secretsmanager:UpdateSecret")), Action.WRITE)
    ways = [(step.title, step.verdict) for step in root.steps[:2]]
    assert ways == [
        (
            "one way: secretsmanager:PutSecretValue and kms:GenerateDataKey and kms:Decrypt",
            Verdict.DENIED,
        ),
        (
            "one way: secretsmanager:UpdateSecret and kms:GenerateDataKey and kms:Decrypt",
            Verdict.ALLOWED,
        ),
    ]
    assert [step.title.split()[0] for step in root.steps[0].steps] == [
        "secretsmanager:PutSecretValue",
        "kms:GenerateDataKey",
        "kms:Decrypt",
    ]


def test_the_tree_tells_who_stands_behind_the_role() -> None:
    (people,) = (
        step
        for step in _all(_tree(_evaluator(_allow("*"))))
        if step.title == "who stands behind the role"
    )
    assert [step.title for step in people.steps] == ["EC2 instances that have the role"]


def test_the_tree_names_attached_policies_that_were_not_collected() -> None:
    evaluator = _evaluator(policies=MISSING, missing=("arn:aws:iam::111122223333:policy/lost",))
    assert _answer(evaluator).verdict is Verdict.CONDITIONAL
    told = {step.title: step.because for step in _tree(evaluator).steps}
    assert told["attached and not collected"] == "arn:aws:iam::111122223333:policy/lost"


def test_whoever_may_change_the_keys_policy_is_said_to_in_a_remark() -> None:
    remark = "may change the policy of its key, which alone gives nobody the value"
    evaluator = _evaluator(_allow("kms:PutKeyPolicy"), key=DELEGATING)
    answer = _answer(evaluator, Action.CHANGE_POLICY)
    assert (answer.verdict, answer.remarks) == (Verdict.DENIED, (remark,))
    conditional = _evaluator(_allow("kms:PutKeyPolicy", Condition=WITH_MFA), key=DELEGATING)
    assert _answer(conditional, Action.CHANGE_POLICY).remarks == (
        "may, under conditions, change the policy of its key, which alone gives nobody the value",
    )
    assert _answer(evaluator, Action.READ).remarks == ()


def test_a_key_that_cannot_be_used_is_remarked_on_where_it_is_needed() -> None:
    disabled = replace(DELEGATING, state="Disabled")
    evaluator = _evaluator(_allow("*"), key=disabled)
    answers = {action: _answer(evaluator, action) for action in (Action.READ, Action.DELETE)}
    assert answers[Action.READ].verdict is Verdict.ALLOWED
    assert answers[Action.READ].remarks == ("its key is in the state Disabled: nobody can use it",)
    assert answers[Action.DELETE].remarks == ()


def test_a_secret_that_is_about_to_be_deleted_is_remarked_on() -> None:
    account = Account(OWN, secrets=(AwsSecret(SECRET, deleted=True),))
    evaluator = Evaluator(Estate({OWN: account}))
    answer = evaluator.answer(evaluator.principal(OWN), account.secrets[0], Action.READ)
    assert answer.remarks == (
        "the secret is scheduled for deletion: nobody can read it until it is restored",
    )


def test_a_rotation_function_is_asked_for_beside_the_rotation() -> None:
    both = _allow("secretsmanager:RotateSecret", "lambda:InvokeFunction")
    one = _allow("secretsmanager:RotateSecret")
    answers = [
        _answer(_evaluator(statement, rotation=rotation), Action.ROTATE).verdict
        for statement in (both, one)
        for rotation in (FUNCTION, "")
    ]
    # The function's own policy is not read, so it may deny.
    assert answers == [Verdict.CONDITIONAL, Verdict.DENIED, Verdict.CONDITIONAL, Verdict.DENIED]


FENCE = _document(
    {"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"}, name="fence"
)


def test_resource_control_policies_reach_a_customers_key_and_not_awss_own() -> None:
    everything = _allow("*")
    fenced = _answer(_evaluator(everything, key=DELEGATING, rcps=((FENCE,),)))
    assert fenced.verdict is Verdict.DENIED
    assert [cited.policy for cited in fenced.decided_by] == ["fence"]
    assert _answer(_evaluator(everything, rcps=((FENCE,),))).verdict is Verdict.ALLOWED


def test_a_key_abroad_is_under_the_control_policies_of_its_own_account() -> None:
    abroad = Key(
        f"arn:aws:kms:eu-west-1:{OTHER}:key/1",
        _document(_allow("kms:*", Principal={"AWS": f"arn:aws:iam::{OWN}:root"})),
    )
    free = Account(OTHER, keys={abroad.arn: abroad}, scps=(), rcps=())
    fenced = Account(OTHER, keys={abroad.arn: abroad}, scps=(), rcps=((FENCE,),))
    verdicts = [
        _answer(_evaluator(_allow("*"), key=abroad, others=(other,))).verdict
        for other in (free, fenced)
    ]
    assert verdicts == [Verdict.ALLOWED, Verdict.DENIED]


def test_awss_own_key_is_used_as_collected_where_its_alias_tells_it() -> None:
    own = Key(
        f"arn:aws:kms:eu-west-1:{OWN}:key/9",
        _document(_allow("kms:Encrypt", Principal="*")),
        managed=True,
        aliases=("alias/aws/secretsmanager",),
    )
    account = Account(OWN, secrets=(AwsSecret(SECRET),), keys={own.arn: own})
    requests = Evaluator(Estate({OWN: account})).requests
    assert requests.key_of(account.secrets[0]) is own


def test_awss_own_key_is_taken_as_documented_where_it_was_not_collected() -> None:
    account = Account(OWN, secrets=(AwsSecret(SECRET),))
    key = Evaluator(Estate({OWN: account})).requests.key_of(account.secrets[0])
    assert key.managed
    assert isinstance(key.policy, Document)
    assert key.policy.name == "policy of aws/secretsmanager, as documented"


def test_a_key_that_was_not_collected_leaves_its_say_open() -> None:
    unknown = Key(f"arn:aws:kms:eu-west-1:{OTHER}:key/1", MISSING, MISSING)
    answer = _answer(_evaluator(_allow("*"), key=unknown))
    assert answer.verdict is Verdict.CONDITIONAL
    assert any("key policy, which was not collected" in words for words in answer.conditions)


def test_what_secrets_of_aws_cannot_do_is_an_error() -> None:
    with pytest.raises(UsageError):
        _answer(_evaluator(_allow("*")), Action.PATCH)


def _decision(truth: Truth, *conditions: str, cites: str = "") -> Decision:
    cited = (Cited(cites, "statement 1", "allow"),) if cites else ()
    return Decision(truth, conditions, cited)


def test_of_calls_the_first_denied_decides_and_none_after_it_is_asked() -> None:
    def calls() -> Iterator[Decision]:
        yield _decision(Truth.UNKNOWN, "if a")
        yield _decision(Truth.FALSE, cites="b")
        raise AssertionError("asked")

    assert all_needed(calls()) == _decision(Truth.FALSE, cites="b")


def test_of_ways_one_that_asks_for_more_is_no_help() -> None:
    less = _decision(Truth.UNKNOWN, "if a", cites="less")
    more = _decision(Truth.UNKNOWN, "if a", "if b", cites="more")
    assert one_suffices([more, less, _decision(Truth.FALSE)]) == less


def test_of_no_way_at_all_nothing_comes() -> None:
    assert one_suffices([]).truth is Truth.FALSE
