from __future__ import annotations

import gc
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scale_secrets.access.aws.document import parse
from scale_secrets.access.aws.model import (
    Caller,
    CallerKind,
    Context,
    Document,
    Request,
    Statement,
)
from scale_secrets.access.aws.statement import Matched, match, statements_for
from scale_secrets.access.verdict import Truth

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:scale/live/api-key-AbCdEf"
ROLE = Caller(CallerKind.ROLE, "arn:aws:iam::111122223333:role/reader", "111122223333")


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> Document:
    whole = [{"Effect": "Allow", "Action": "*"} | each for each in statements]
    return parse(json.dumps({"Version": version, "Statement": whole}), name="p")


def statement(version: str = "2012-10-17", **elements: Any) -> Statement:
    return policy(elements, version=version).statements[0]


def request(
    action: str = "secretsmanager:GetSecretValue",
    resource: str = SECRET,
    context: Context | None = None,
) -> Request:
    return Request(ROLE, action, resource, "111122223333", context or Context(closed=True))


ACTIONS = {
    "exact": ("secretsmanager:GetSecretValue", T),
    "another case": ("SecretsManager:getsecretvalue", T),
    "star": ("*", T),
    "service": ("secretsmanager:*", T),
    "prefix": ("secretsmanager:Get*", T),
    "question mark": ("secretsmanager:GetSecretValu?", T),
    "any service": ("*:GetSecretValue", T),
    "one of several": (["kms:Decrypt", "secretsmanager:Get*Value"], T),
    "another": ("secretsmanager:PutSecretValue", F),
    "longer": ("secretsmanager:GetSecretValues", F),
    "none": ([], F),
}


@pytest.mark.parametrize("case", ACTIONS)
def test_actions(case: str) -> None:
    actions, truth = ACTIONS[case]
    taken = match(statement(Action=actions), request())
    assert (taken.truth, taken.unmet) == (truth, "" if truth is T else "action")
    whole = {"Effect": "Allow", "NotAction": actions, "Resource": "*"}
    (excepting,) = parse({"Statement": whole}, name="p").statements
    assert match(excepting, request()).truth is truth.negated


RESOURCES = {
    "exact": (SECRET, T),
    "star": ("*", T),
    "suffix": (SECRET[:-6] + "??????", T),
    "path": ("arn:aws:secretsmanager:*:111122223333:secret:scale/live/*", T),
    "a last star reaches over colons": ("arn:aws:secretsmanager:*", T),
    "a part's last star reaches over colons": ("arn:aws:*:secret:scale/live/*", T),
    "question marks in the last part": ("arn:aws:secretsmanager:*:*:secret:scale?live/*", T),
    "a wildcard in the type": ("arn:aws:secretsmanager:*:*:secre?:scale/live/*", U),
    "a question mark for the end of the type": ("arn:aws:secretsmanager:*:*:secret?scale*", U),
    "a star after the type": ("arn:aws:secretsmanager:*:*:sec*", U),
    "a star before the name": ("arn:aws:secretsmanager:*:*:*/live/*", U),
    "a star within a part": ("arn:aws:secrets*r:us-*-1:*:*", T),
    "one of several": (["arn:aws:s3:::a", SECRET], T),
    "without the suffix": (SECRET[:-7], F),
    "another case": (SECRET.replace("live", "Live"), F),
    "another region": ("arn:aws:secretsmanager:eu-west-1:*", F),
    "none": ([], F),
    # a wildcard in the resource's type is documented as not allowed, a lone star as allowed
    "a star in the type": ("arn:aws:secretsmanager:us-east-1:111122223333:sec*", U),
    "a star for all of it": ("arn:aws:secretsmanager:us-east-1:111122223333:*", T),
    "a star before the rest": ("arn:aws:secretsmanager:us-east-1:111122223333:*AbCdEf", U),
    # no wildcard but a part's last star is documented to reach over a colon
    "a star within a part reaches": ("arn:aws:secretsmanager:us*:secret:scale/live/*", T),
    "a star before text reaches": ("arn:aws:sec*33:secret:scale/live/*", U),
    "a question mark is a colon": ("arn:aws?secretsmanager:us-east-1:*", U),
    "no parts": ("*live*", U),
}


@pytest.mark.parametrize("case", RESOURCES)
def test_resources(case: str) -> None:
    resources, truth = RESOURCES[case]
    taken = match(statement(Resource=resources), request())
    assert taken.truth is truth
    assert taken.unmet == ("resource" if truth is F else "")
    assert bool(taken.unknown) is (truth is U)
    assert match(statement(NotResource=resources), request()).truth is truth.negated


def test_a_call_on_no_resource_is_on_the_star_alone() -> None:
    listing = request("secretsmanager:ListSecrets", "*")
    assert match(statement(Resource="*"), listing).truth is T
    assert match(statement(Resource="arn:aws:secretsmanager:*"), listing).truth is F
    assert match(statement(NotResource=SECRET), listing).truth is T


def test_without_resource_a_statement_speaks_of_what_it_is_attached_to() -> None:
    assert match(statement(), request()).truth is T


VARIABLES: dict[str, tuple[str, dict[str, tuple[str, ...]], Truth]] = {
    "known": ("scale/${aws:username}/*", {"aws:username": ("live",)}, T),
    "other": ("scale/${aws:username}/*", {"aws:username": ("test",)}, F),
    "a star in the value": ("scale/${aws:username}/*", {"aws:username": ("*",)}, F),
    "absent": ("scale/${aws:username}/*", {"aws:username": ()}, F),
    "default": ("scale/${aws:username, 'live'}/*", {"aws:username": ()}, T),
    "tag": ("scale/${aws:PrincipalTag/Mode}/*", {"aws:principaltag/mode": ("live",)}, T),
    "the type": ("${k}/live/*", {"k": ("scale",)}, T),
    "several values": ("scale/${aws:username}/*", {"aws:username": ("live", "x")}, F),
    "unknown": ("scale/${aws:username}/*", {}, U),
    "unknown and elsewhere": ("other/${aws:username}/*", {}, F),
}


@pytest.mark.parametrize("case", VARIABLES)
def test_variables_in_resources(case: str) -> None:
    name, known, truth = VARIABLES[case]
    resource = f"arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}"
    asked = request(context=Context(known))
    assert match(statement(Resource=resource), asked).truth is truth
    assert match(statement(NotResource=resource), asked).truth is truth.negated


def test_a_variable_may_stand_where_the_type_does() -> None:
    own = statement(Resource="arn:aws:iam::111122223333:${k}/${k}")
    user = "arn:aws:iam::111122223333:user/user"
    known = Context({"k": ("user",)})
    assert match(own, request("iam:GetUser", user, known)).truth is T


def test_the_old_version_takes_a_variable_literally() -> None:
    old = statement("2008-10-17", Resource="arn:aws:s3:::${aws:username}")
    known = Context({"aws:username": ("bob",)})
    assert match(old, request(resource="arn:aws:s3:::bob", context=known)).truth is F
    assert match(old, request(resource="arn:aws:s3:::${aws:username}", context=known)).truth is T


def test_what_a_variable_does_before_the_last_part_is_not_documented() -> None:
    own = statement(Resource="arn:aws:secretsmanager:*:${aws:PrincipalAccount}:secret:*")
    mine = Context({"aws:principalaccount": ("111122223333",)})
    other = Context({"aws:principalaccount": ("444455556666",)})
    assert match(own, request(context=mine)).truth is U
    assert match(own, request(context=other)).truth is F


CONDITIONS = {
    "StringEquals": {"aws:SourceVpce": "vpce-1"},
    "Bool": {"aws:SecureTransport": "true"},
}


@pytest.mark.parametrize(
    ("known", "matched"),
    [
        ({"aws:sourcevpce": ("vpce-1",), "aws:securetransport": ("true",)}, Matched(T)),
        (
            {"aws:sourcevpce": ("vpce-2",)},
            Matched(F, "condition aws:SourceVpce is vpce-1"),
        ),
        (
            {"aws:securetransport": ("false",)},
            Matched(F, "condition aws:SecureTransport is true"),
        ),
        ({"aws:securetransport": ("true",)}, Matched(U, unknown=("aws:SourceVpce is vpce-1",))),
        ({}, Matched(U, unknown=("aws:SourceVpce is vpce-1", "aws:SecureTransport is true"))),
    ],
    ids=["both", "first", "second", "one-unknown", "both-unknown"],
)
def test_all_conditions_have_to_hold(known: dict[str, tuple[str, ...]], matched: Matched) -> None:
    limited = statement(Resource="*", Condition=CONDITIONS)
    assert match(limited, request(context=Context(known))) == matched
    assert match(limited, request(context=Context(known))) == matched  # from what was kept


def test_what_is_unknown_of_the_resource_is_said_in_words() -> None:
    resource = "arn:aws:secretsmanager:*:*:secret:${aws:username}/*"
    asked = request(resource=SECRET, context=Context({}))
    assert match(statement(Resource=resource), asked) == Matched(
        U, unknown=(f"the resource is {resource}",)
    )
    assert match(statement(NotResource=["arn:aws:s3:::a", resource]), asked).unknown == (
        f"the resource is not {resource}",
    )
    assert match(statement(Resource=["*live*", resource, "a"]), asked).unknown == (
        f"the resource is *live*, {resource}",
    )


def test_the_statements_of_an_action_are_found() -> None:
    document = policy(
        {"Action": "kms:*"},
        {"Action": ["s3:*", "KMS:Decrypt"]},
        {"Action": "secretsmanager:*"},
        {"Action": "*"},
    )
    numbers = [each.number for each in statements_for(document, "kms:decrypt")]
    assert numbers == [0, 1, 3]
    assert statements_for(document, "kms:Decrypt") == statements_for(document, "KMS:DECRYPT")
    assert statements_for(document, "kms:Decrypt") is statements_for(document, "kms:Decrypt")
    assert [each.number for each in statements_for(document, "iam:GetUser")] == [3]


def test_ten_thousand_statements_of_costly_patterns_are_answered() -> None:
    costly = {
        "Resource": "arn:aws:secretsmanager:*:*:secret:" + "*a?" * 15 + "${aws:username}",
        "Condition": {"StringNotLike": {"aws:username": ["*a" * 15, "?*" * 15]}},
    }
    document = policy(*[costly] * 10_000)
    asked = request(resource=SECRET + "a" * 400, context=Context({"aws:username": ("a" * 400,)}))
    assert len(statements_for(document, asked.action)) == 10_000
    assert {match(each, asked).truth for each in document.statements} == {F}


def test_statements_are_found_for_more_actions_than_are_kept() -> None:
    document = policy({"Action": "a:B1*"})
    for number in range(1_000):
        expected = str(number).startswith("1")
        assert bool(statements_for(document, f"a:B{number}")) is expected


def test_what_was_learned_keeps_no_policy_alive() -> None:
    before = _alive()
    document = policy({"Resource": "*", "Condition": CONDITIONS})
    for each in statements_for(document, "a:B"):
        match(each, request())
    assert _alive() == before + 2
    del document, each
    assert _alive() == before


def _alive() -> int:
    gc.collect()
    # By type: asking some objects of other libraries for their class makes them do things.
    return sum(1 for each in gc.get_objects() if type(each) in (Document, Statement))


SOME_ACTIONS = ["secretsmanager:GetSecretValue", "secretsmanager:Get*", "kms:*", "*"]
SOME_RESOURCES = ["*", SECRET, "arn:aws:s3:::*", "arn:aws:*:secret:${k}*", "*live*"]


@settings(deadline=None)
@given(
    action_element=st.sampled_from(["Action", "NotAction"]),
    actions=st.lists(st.sampled_from(SOME_ACTIONS), max_size=2),
    resource_element=st.sampled_from(["Resource", "NotResource"]),
    resources=st.lists(st.sampled_from(SOME_RESOURCES), max_size=2),
    conditions=st.dictionaries(
        st.sampled_from(["StringLike", "StringNotEquals", "ForAllValues:StringLikeIfExists"]),
        st.dictionaries(st.sampled_from(["k", "l"]), st.sampled_from(["scale", "s*", "${l}"])),
        max_size=2,
    ),
    known=st.dictionaries(st.sampled_from("kl"), st.sampled_from([(), ("scale",), ("x", "scale")])),
)
def test_a_filter_by_action_and_the_words_agree_with_the_truth(
    *,
    action_element: str,
    actions: list[str],
    resource_element: str,
    resources: list[str],
    conditions: dict[str, dict[str, str]],
    known: dict[str, tuple[str, ...]],
) -> None:
    source = {
        "Effect": "Deny",
        action_element: actions,
        resource_element: resources,
        "Condition": conditions,
    }
    document = parse({"Version": "2012-10-17", "Statement": source}, name="p")
    asked = request(context=Context(known))
    matched = match(document.statements[0], asked)
    found = bool(statements_for(document, asked.action))
    assert found is (matched.unmet != "action")
    assert bool(matched.unmet) is (matched.truth is F)
    assert bool(matched.unknown) is (matched.truth is U)
