from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from scale_secrets.access.aws.document import Kind, parse
from scale_secrets.access.aws.model import Condition, Document
from scale_secrets.access.verdict import Place
from scale_secrets.errors import PolicyError

GOOD = """{
  "Version": "2012-10-17",
  "Id": "an id with spaces",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Principal": {"AWS": ["111122223333", "*"], "Service": "lambda.amazonaws.com"},
      "Action": ["secretsmanager:GetSecretValue", "kms:Decrypt"],
      "Resource": "*"
    },
    {
      "Effect": "Deny",
      "NotPrincipal": "*",
      "NotAction": "*",
      "NotResource": ["arn:aws:s3:::a", "arn:aws:s3:::b"],
      "Condition": {
        "ForAnyValue:StringLikeIfExists": {"aws:PrincipalTag/Team": ["a*", "b"], "aws:UserId": "x"},
        "Bool": {"aws:SecureTransport": false},
        "NumericLessThan": {"s3:max-keys": [10, 1.50, "3"]}
      }
    }
  ]
}
"""


def statement(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "a:B", "Resource": "*"} | elements


def policy(*statements: Any, **elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)} | elements)


def test_every_element_becomes_data() -> None:
    document = parse(GOOD, name="p", file="p.json")
    first, second = document.statements
    assert document.name == "p"
    assert document.variables
    assert (first.allow, first.number, first.sid, first.label) == (True, 0, "Read", "Read")
    assert first.principals == {"AWS": ("111122223333", "*"), "Service": ("lambda.amazonaws.com",)}
    assert first.actions == ("secretsmanager:GetSecretValue", "kms:Decrypt")
    assert first.resources == ("*",)
    assert (first.not_actions, first.not_resources, first.not_principals) == (None, None, None)
    assert first.conditions == ()
    assert (second.allow, second.number, second.label) == (False, 1, "statement 2")
    assert second.not_principals == {"*": ("*",)}
    assert second.not_actions == ("*",)
    assert second.not_resources == ("arn:aws:s3:::a", "arn:aws:s3:::b")
    assert (second.actions, second.resources, second.principals) == (None, None, None)


def test_conditions_are_taken_apart() -> None:
    assert parse(GOOD, name="p").statements[1].conditions == (
        Condition(
            "StringLike",
            "aws:principaltag/Team",
            ("a*", "b"),
            "ForAnyValue",
            if_exists=True,
            written="aws:PrincipalTag/Team",
        ),
        Condition(
            "StringLike", "aws:userid", ("x",), "ForAnyValue", if_exists=True, written="aws:UserId"
        ),
        Condition("Bool", "aws:securetransport", ("false",), written="aws:SecureTransport"),
        Condition("NumericLessThan", "s3:max-keys", ("10", "1.50", "3"), written="s3:max-keys"),
    )


def test_a_statement_knows_its_line() -> None:
    places = [each.place for each in parse(GOOD, name="p", file="p.json").statements]
    assert places == [Place("p.json", 5), Place("p.json", 12)]


def test_the_line_of_a_decoded_document_is_asked_for() -> None:
    document = parse(json.loads(GOOD), name="p", file="dump.json", line=lambda number: 70 + number)
    assert [str(each.place) for each in document.statements] == ["dump.json:70", "dump.json:71"]


def test_a_decoded_document_without_a_file_has_no_place() -> None:
    assert parse(json.loads(GOOD), name="p").statements[0].place is None


def _same(one: Document, other: Document) -> bool:
    return [str(each) for each in one.statements] == [str(each) for each in other.statements]


@pytest.mark.parametrize(
    "source",
    [
        GOOD.encode(),
        "\ufeff" + GOOD,
        quote(GOOD),
        quote(GOOD, safe="").encode(),
        quote("  " + GOOD),
    ],
    ids=["bytes", "byte-order-mark", "url-encoded", "url-encoded-bytes", "url-encoded-space"],
)
def test_a_policy_comes_in_many_wrappings(source: str | bytes) -> None:
    assert _same(parse(source, name="p"), parse(GOOD, name="p"))


def test_percent_signs_of_plain_text_stay() -> None:
    document = parse(policy(statement(Resource="arn:aws:s3:::a%20b")), name="p")
    assert document.statements[0].resources == ("arn:aws:s3:::a%20b",)


def test_one_statement_needs_no_list() -> None:
    document = parse(json.dumps({"Statement": statement()}), name="p", file="f")
    assert [str(each.place) for each in document.statements] == ["f:1"]


@pytest.mark.parametrize(
    ("version", "variables"),
    [({}, False), ({"Version": "2008-10-17"}, False), ({"Version": "2012-10-17"}, True)],
    ids=["none", "2008", "2012"],
)
def test_only_the_current_version_knows_variables(version: dict[str, str], variables: bool) -> None:
    document = parse(json.dumps({**version, "Statement": [statement()]}), name="p")
    assert document.variables is variables
    assert document.statements[0].variables is variables


@pytest.mark.parametrize(
    "elements",
    [
        {"Action": []},
        {"Resource": []},
        {"Condition": {}},
        {"Condition": {"StringEquals": {}}},
        {"Condition": {"StringEquals": {"aws:username": []}}},
        {"Condition": {"stringequals": {"aws:username": "x"}}},
        {"Condition": {"Null": {"aws:username": True}}},
        {"Condition": {"ForAllValues:Null": {"aws:username": True}}},
        {"Sid": "Allow it, please"},
        {"Principal": {}},
        {"Principal": {"Federated": "accounts.google.com", "CanonicalUser": "79a5"}},
    ],
    ids=str,
)
def test_what_aws_takes_is_taken(elements: dict[str, Any]) -> None:
    assert len(parse(policy(statement(**elements)), name="p").statements) == 1


def test_a_policy_may_have_no_statements() -> None:
    assert parse(policy(), name="p").statements == ()


# Each with the line on which the error is found, and words of the rule.
REFUSED = {
    "not-an-object": ("[]", 1, "not a JSON object"),
    "no-statement": ('{"Version": "2012-10-17"}', 1, "no Statement"),
    "version": ('{\n"Version": "2012-10-18", "Statement": []}', 2, "Version is '2012-10-18'"),
    "version-number": ('{"Version": 20121017, "Statement": []}', 1, "Version is '20121017'"),
    "version-list": ('{"Version": ["2012-10-17"], "Statement": []}', 1, "Version is a list"),
    "unknown-element": ('{"Statement": [],\n "Rules": 1}', 2, "'Rules' is no element of a policy"),
    "lower-case": ('{\n"statement": []}', 2, "'statement' is no element of a policy"),
    "repeated": ('{"Id": "a",\n"Id": "b", "Statement": []}', 2, "'Id' stands twice"),
    "statement-number": ('{"Statement": 3}', 1, "a statement is not an object"),
    "statement-null": ('{"Statement": [\nnull]}', 2, "a statement is not an object"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_policy_that_breaks_the_grammar_is_refused(case: str) -> None:
    text, line, rule = REFUSED[case]
    with pytest.raises(PolicyError) as caught:
        parse(text, name="p", file="p.json")
    assert caught.value.line == line
    assert rule in caught.value.reason


# Elements of a statement, one on each line from 3 on.
REFUSED_STATEMENTS = {
    "no-effect": (['"Action": "a:B"'], 2, "there is no Effect"),
    "effect-case": (['"Effect": "allow"', '"Action": "a:B"'], 3, "Effect is 'allow'"),
    "effect-list": (['"Effect": ["Allow"]', '"Action": "a:B"'], 3, "Effect is a list"),
    "no-action": (['"Effect": "Allow"'], 2, "neither Action nor NotAction"),
    "both-actions": (
        ['"Effect": "Allow"', '"Action": "a:B"', '"NotAction": "a:B"'],
        5,
        "both Action and NotAction",
    ),
    "both-resources": (
        ['"Effect": "Allow"', '"Action": "a:B"', '"Resource": "*"', '"NotResource": "*"'],
        6,
        "both Resource and NotResource",
    ),
    "both-principals": (
        ['"Effect": "Allow"', '"Action": "a:B"', '"Principal": "*"', '"NotPrincipal": "*"'],
        6,
        "both Principal and NotPrincipal",
    ),
    "unknown": (
        ['"Effect": "Allow"', '"Action": "a:B"', '"Resources": "*"'],
        5,
        "'Resources' is no element of a statement",
    ),
    "lower-case": (['"effect": "Allow"', '"Action": "a:B"'], 3, "'effect' is no element"),
    "repeated": (
        ['"Effect": "Allow"', '"Action": "a:B"', '"Effect": "Deny"'],
        5,
        "'Effect' stands twice",
    ),
    "sid-number": (['"Sid": 1', '"Effect": "Allow"', '"Action": "a:B"'], 3, "Sid is not a string"),
    "action-number": (['"Effect": "Allow"', '"Action": [1]'], 4, "neither a string nor a list"),
    "action-object": (['"Effect": "Allow"', '"Action": {}'], 4, "neither a string nor a list"),
    "no-service": (['"Effect": "Allow"', '"Action": "Get*"'], 4, "'Get*' names no service"),
    "resource-null": (
        ['"Effect": "Allow"', '"Action": "a:B"', '"Resource": null'],
        5,
        "Resource is neither a string nor a list",
    ),
    "principal-text": (
        ['"Effect": "Allow"', '"Action": "a:B"', '"Principal": "111122223333"'],
        5,
        'Principal is neither "*" nor an object',
    ),
    "principal-kind": (
        ['"Effect": "Allow"', '"Action": "a:B"', '"Principal": {"User": "x"}'],
        5,
        "'User' is no kind of principal",
    ),
    "principal-twice": (
        ['"Effect": "Allow"', '"Action": "a:B"', '"Principal": {"AWS": "*", "AWS": "*"}'],
        5,
        "names 'AWS' twice",
    ),
    "principal-value": (
        ['"Effect": "Allow"', '"Action": "a:B"', '"Principal": {"AWS": {"x": 1}}'],
        5,
        "Principal, AWS, is neither a string nor a list",
    ),
}
REFUSED_CONDITIONS = {
    "list": ("[]", "Condition is not an object"),
    "operator": ('{"StringIs": {"k": "v"}}', "'StringIs' is no condition operator"),
    "quantifier": ('{"ForSome:StringLike": {"k": "v"}}', "is no condition operator"),
    "null-if-exists": ('{"NullIfExists": {"k": true}}', "is no condition operator"),
    "twice-if-exists": ('{"BoolIfExistsIfExists": {"k": true}}', "is no condition operator"),
    "no-keys": ('{"Bool": "v"}', "Bool does not hold condition keys"),
    "empty-key": ('{"Bool": {"": "v"}}', "an empty condition key"),
    "object": ('{"Bool": {"k": {"v": 1}}}', "no string, number or boolean"),
    "null": ('{"Bool": {"k": [null]}}', "no string, number or boolean"),
    "operator-twice": ('{"Bool": {"k": "v"}, "Bool": {"l": "v"}}', "Condition has 'Bool' twice"),
    "operator-case": ('{"Bool": {"k": "v"}, "bool": {"l": "v"}}', "Condition has 'bool' twice"),
    "key-twice": ('{"Bool": {"k": "v", "k": "w"}}', "Bool names 'k' twice"),
    "key-case": ('{"Bool": {"aws:Tag/A": "v", "aws:tag/a": "w"}}', "Bool names 'aws:tag/a' twice"),
}
REFUSED_STATEMENTS |= {
    f"condition-{name}": (
        ['"Effect": "Allow"', '"Action": "a:B"', f'"Condition": {condition}'],
        5,
        rule,
    )
    for name, (condition, rule) in REFUSED_CONDITIONS.items()
}


@pytest.mark.parametrize("case", REFUSED_STATEMENTS)
def test_a_statement_that_breaks_the_grammar_is_refused(case: str) -> None:
    elements, line, rule = REFUSED_STATEMENTS[case]
    text = '{"Statement": [\n{' + "\n" + ",\n".join(elements) + "}]}"
    with pytest.raises(PolicyError) as caught:
        parse(text, name="p", file="p.json")
    assert caught.value.line == line
    assert caught.value.reason.startswith("statement 1: ")
    assert rule in caught.value.reason
    assert not caught.value.reason.endswith(".")


def test_an_error_names_the_statement_by_its_sid_as_well() -> None:
    text = policy(statement(), statement(Sid="Mine", Effect="Maybe"))
    with pytest.raises(PolicyError, match=r"p\.json:1: statement 2 \(Mine\): Effect is 'Maybe'"):
        parse(text, name="p", file="p.json")


def test_an_error_in_a_decoded_document_has_the_statements_line() -> None:
    source = {"Statement": [statement(), statement(Effect="Maybe")]}
    with pytest.raises(PolicyError) as caught:
        parse(source, name="p", file="dump.json", line=lambda number: 10 + number)
    assert caught.value.line == 11


def test_an_error_shows_little_of_a_long_value() -> None:
    with pytest.raises(PolicyError) as caught:
        parse(policy(statement(Effect="x" * 5_000)), name="p")
    assert len(str(caught.value)) < 200


def test_a_misspelled_element_is_named_as_it_is_spelled() -> None:
    with pytest.raises(PolicyError) as caught:
        parse(policy({"effect": "Allow", "Action": "a:B"}), name="p")
    assert caught.value.hint == "write Effect"


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("", 1, "invalid JSON: expecting value"),
        ('{\n"a": }', 2, "invalid JSON: expecting value"),
        ("{} {}", 1, "invalid JSON: extra data"),
        ('{"Statement": [], "Id": NaN}', 0, "invalid JSON: NaN is no number"),
        ('{"Statement": [], "Id": -Infinity}', 0, "invalid JSON: -Infinity is no number"),
        ("[" * 100_000, 0, "invalid JSON: nested too deeply"),
        ('{"a":' * 100_000, 0, "invalid JSON: nested too deeply"),
        (b'{"Id":\n"\xff"}', 2, "the policy is not UTF-8"),
        (b"\x00", 1, "invalid JSON: expecting value"),
    ],
    ids=["empty", "broken", "two", "nan", "infinity", "lists", "objects", "not-utf8", "nul"],
)
def test_what_is_no_json_is_refused(source: str | bytes, line: int, reason: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse(source, name="p", file="p.json")
    assert (caught.value.line, caught.value.reason) == (line, reason)


def test_a_number_of_many_digits_stays_as_written() -> None:
    digits = "9" * 6_000
    text = policy(statement(Condition={"NumericEquals": {"k": "DIGITS"}}))
    document = parse(text.replace('"DIGITS"', digits), name="p")
    assert document.statements[0].conditions[0].values == (digits,)


KINDS = {
    "identity": (Kind.IDENTITY, statement(), None),
    "identity-principal": (Kind.IDENTITY, statement(Principal="*"), "whom it is attached to"),
    "identity-resource": (
        Kind.IDENTITY,
        {"Effect": "Allow", "Action": "a:B"},
        "neither Resource nor NotResource",
    ),
    "identity-sid": (Kind.IDENTITY, statement(Sid="a b"), "Sid holds more than letters"),
    "resource": (Kind.RESOURCE, statement(Principal="*", Sid="a b"), None),
    "resource-principal": (Kind.RESOURCE, statement(), "neither Principal nor NotPrincipal"),
    "trust": (Kind.TRUST, {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}, None),
    "trust-resource": (Kind.TRUST, statement(Principal="*"), "the role it is attached to"),
    "trust-principal": (
        Kind.TRUST,
        {"Effect": "Allow", "Action": "sts:AssumeRole"},
        "neither Principal nor NotPrincipal",
    ),
}


@pytest.mark.parametrize("case", KINDS)
def test_where_a_policy_is_attached_decides_what_it_needs(case: str) -> None:
    kind, source, rule = KINDS[case]
    text = policy(source)
    if rule is None:
        assert parse(text, name="p", kind=kind).statements
        return
    with pytest.raises(PolicyError, match=rule):
        parse(text, name="p", kind=kind)


def test_ten_thousand_statements_in_five_megabytes_are_read() -> None:
    many = [statement(Sid=f"s{number}", Resource="arn:" + "x" * 420) for number in range(10_000)]
    text = json.dumps({"Statement": many}, indent=1)
    assert len(text) > 5_000_000
    document = parse(text, name="p", file="p.json")
    place = document.statements[-1].place
    assert place is not None
    lines = text.split("\n")
    assert lines[place.line - 1].strip() == "{"
    assert '"Sid": "s9999"' in "".join(lines[place.line : place.line + 5])
