from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scale_secrets.access.vault.model import Capability, Dialect, Match, Policy, Rule
from scale_secrets.access.vault.policy import parse
from scale_secrets.errors import PolicyError
from tests.support.policy_texts import VECTORS, Vector, vectors

NOW = datetime(2026, 11, 24, tzinfo=UTC)
READ = Capability.READ


def _policy(text: str | bytes, **options: Any) -> Policy:
    return parse(text, **{"name": "p", "dialect": Dialect.OPENBAO, "now": NOW, **options})


def _rule(text: str, **options: Any) -> Rule:
    (rule,) = _policy(text, **options).rules
    return rule


def _error(text: str | bytes, **options: Any) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        _policy(text, **{"now": None, **options})
    assert caught.value.__cause__ is None
    return caught.value


def _is_accepted(vector: Vector, dialect: Dialect) -> bool:
    try:
        _policy(vector.text, dialect=dialect)
    except PolicyError:
        return False
    return True


@pytest.mark.parametrize("vector", vectors(), ids=str)
def test_a_text_is_accepted_as_the_server_accepts_it(vector: Vector) -> None:
    assert _is_accepted(vector, Dialect.OPENBAO) is vector.accepted


@pytest.mark.parametrize("vector", vectors(VECTORS / "unverified-vault"), ids=str)
def test_vault_differs_as_its_source_says(vector: Vector) -> None:
    assert _is_accepted(vector, Dialect.VAULT) is vector.accepted


def test_rules_stand_in_order_with_file_and_line() -> None:
    text = (
        "# one\n"
        'path "secret/data/a" {\n  capabilities = ["read"]\n}\n\n'
        'path\n  "secret/data/*"\n{ capabilities = ["list"] }\n'
        'path "${\n}" {}\npath "z" { comment = <<E\n\n\nE\n}\n/* \n\n */ path "end" {}'
    )
    found = [(rule.path, str(rule.place)) for rule in _policy(text, file="ci.hcl").rules]
    assert found == [
        ("secret/data/a", "ci.hcl:2"),
        ("secret/data/*", "ci.hcl:6"),
        ("${\n}", "ci.hcl:9"),
        ("z", "ci.hcl:11"),
        ("end", "ci.hcl:18"),
    ]


def test_lines_are_right_with_carriage_returns() -> None:
    text = 'path "a" {}\r\n\r\npath "b" {}\r\n'
    assert [rule.place.line for rule in _policy(text).rules] == [1, 3]


def test_a_json_rule_stands_where_its_path_does() -> None:
    text = '{\n "path": {\n  "a": {"capabilities": ["read"]},\n\n  "b": {}\n }\n}'
    found = [(rule.path, rule.place.line) for rule in _policy(text).rules]
    assert found == [("a", 3), ("b", 5)]


def test_without_a_file_the_policy_is_the_place() -> None:
    policy = _policy('path "a" {}', name="Ci")
    assert policy.name == "ci"
    assert str(policy.rules[0].place) == "policy ci:1"
    assert str(_error("path", name="Ci")).startswith("policy ci:1: ")


@pytest.mark.parametrize(
    ("path", "match", "pattern"),
    [
        ("a/b", Match.EXACT, "a/b"),
        ("/a/b", Match.EXACT, "a/b"),
        ("//a", Match.EXACT, "/a"),
        ("a/*", Match.PREFIX, "a/"),
        ("a/**", Match.PREFIX, "a/*"),
        ("*", Match.PREFIX, ""),
        ("+", Match.SEGMENT, "+"),
        ("+/b", Match.SEGMENT, "+/b"),
        ("a/+/*", Match.SEGMENT, "a/+/*"),
        ("a/+b", Match.SEGMENT, "a/+b"),
        ("+b", Match.EXACT, "+b"),
        ("a/b+", Match.EXACT, "a/b+"),
        ("a/*/c", Match.EXACT, "a/*/c"),
    ],
)
def test_a_path_is_exact_a_prefix_or_of_segments(path: str, match: Match, pattern: str) -> None:
    rule = _rule(f'path "{path}" {{}}')
    assert (rule.path, rule.match, rule.pattern) == (path, match, pattern)


def test_the_namespace_is_part_of_what_is_compared() -> None:
    rule = _rule('path "/+b" { capabilities = ["read"] }', namespace="team/")
    assert (rule.path, rule.match, rule.pattern) == ("/+b", Match.SEGMENT, "team/+b")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", Capability.NONE),
        ("capabilities = []", Capability.NONE),
        ('capabilities = ["read", "list"]', READ | Capability.LIST),
        ('capabilities = ["read"] capabilities = ["patch"]', READ | Capability.PATCH),
        ('capabilities = ["read", "deny", "list"]', Capability.DENY),
        ('policy = "read"', READ | Capability.LIST),
        ('policy = "deny" capabilities = ["read"]', Capability.DENY),
        ('policy = "read" capabilities = ["sudo"]', READ | Capability.LIST | Capability.SUDO),
    ],
)
def test_capabilities_add_up_and_deny_erases(body: str, expected: Capability) -> None:
    assert _rule(f'path "a" {{ {body} }}').capabilities is expected


def test_the_legacy_words_stand_for_lists() -> None:
    write = _rule('path "a" { policy = "write" }').capabilities
    assert write == (
        Capability.CREATE | READ | Capability.UPDATE | Capability.DELETE | Capability.LIST
    )
    assert _rule('path "a" { policy = "sudo" }').capabilities == write | Capability.SUDO


def test_every_dialect_knows_its_own_capabilities() -> None:
    assert _rule('path "a" { capabilities = ["scan"] }').capabilities is Capability.SCAN
    text = 'path "a" { capabilities = ["subscribe", "recover"] }'
    assert _rule(text, dialect=Dialect.VAULT).capabilities == (
        Capability.SUBSCRIBE | Capability.RECOVER
    )


def test_the_constraints_of_a_stanza_are_kept() -> None:
    rule = _rule(
        """path "a" {
          capabilities = ["update", "list"]
          min_wrapping_ttl = "1m30s"
          max_wrapping_ttl = 3600
          allowed_parameters = { Zip = ["a*", 5], "*" = [] }
          allowed_parameters = { Zip = [true] }
          denied_parameters = { b = [{ c = [1.5] }] }
          required_parameters = ["Name"]
          pagination_limit = "50"
          list_scan_response_keys_filter_path = "x/{{ .key }}"
        }"""
    )
    assert (rule.min_wrapping_ttl, rule.max_wrapping_ttl) == (90.0, 3600.0)
    assert rule.allowed_parameters == {"zip": ("a*", 5, True), "*": ()}
    assert rule.denied_parameters == {"b": ({"c": [1.5]},)}
    assert rule.required_parameters == ("Name",)
    assert rule.pagination_limit == 50
    assert rule.keys_filter_path == "x/{{ .key }}"


def test_a_constraint_that_is_absent_or_nothing_is_none() -> None:
    rule = _rule('path "a" { capabilities = ["read"] min_wrapping_ttl = 0 pagination_limit = 0 }')
    assert (rule.min_wrapping_ttl, rule.max_wrapping_ttl, rule.pagination_limit) == (None,) * 3
    negative = _rule('path "a" { capabilities = ["read"] min_wrapping_ttl = -5 }')
    assert negative.min_wrapping_ttl is None  # the server minds positive ones only
    assert (rule.allowed_parameters, rule.denied_parameters) == (None, None)
    assert rule.required_parameters is None
    empty = _rule('path "a" { capabilities = ["read"] allowed_parameters = {} }')
    assert empty.allowed_parameters == {}


def test_beside_deny_no_constraint_counts() -> None:
    rule = _rule(
        'path "a" { policy = "deny" allowed_parameters = { x = [] } min_wrapping_ttl = 5 }'
    )
    assert (rule.allowed_parameters, rule.min_wrapping_ttl) == (None, None)


def test_templates_stay_in_the_pattern() -> None:
    rule = _rule('path "a/{{identity.entity.name}}/*" { capabilities = ["read"] }')
    assert rule.templated
    assert (rule.match, rule.pattern) == (Match.PREFIX, "a/{{identity.entity.name}}/")
    assert not _rule('path "a/{b}" {}').templated


def test_an_expired_stanza_stays_with_its_time() -> None:
    rule = _rule('path "a" { capabilities = ["read"] expiration = "2026-11-23T22:00:00-01:00" }')
    assert rule.expiration == NOW - timedelta(hours=1)


def test_a_fault_in_an_expired_stanza_is_none_once_the_time_is_known() -> None:
    text = 'path "a" { capabilities = ["foo"] expiration = "2026-11-23T00:00:00Z" }\npath "b" {}'
    assert [rule.path for rule in _policy(text).rules] == ["b"]
    assert "'foo'" in _error(text).reason
    earlier = NOW - timedelta(days=7)
    assert "'foo'" in _error(text, now=earlier).reason


def test_a_control_group_is_noted() -> None:
    (vector, *_) = (one for one in vectors() if one.name == "control-groups: a control group")
    assert _rule(vector.text.decode()).control_group
    assert not _rule('path "a" {}').control_group


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('path "a" {\n  capabilities = ["reed"]\n}', 1, "openbao knows no capability 'reed'"),
        ('\npath "a" {\n  foo = 1\n}', 3, "unknown key 'foo' in path 'a'"),
        ('path "a" {\n  capabilities = "read"\n}', 2, "capabilities must be a list of strings"),
        ('path "a" = {\n}', 1, "a label is followed by {, not by ="),
        ("path 'a' {}", 1, "unexpected character"),
        ('path "a" {}\n/* x', 2, "a comment is not closed"),
        ('path "a" {\n\n', 1, "{ is not closed"),
        ('path "a" { comment = [\n1 2] }', 2, "expected a comma or ], found 2"),
        ('\n\npath "a/+*" {}', 3, "path 'a/+*' holds +*"),
        ('path "{{a" {}', 1, "{{ and }} do not pair"),
        ('rule "a" {}', 1, "unknown key 'rule' in a policy"),
        ('path "a" { min_wrapping_ttl = "x" }', 1, "min_wrapping_ttl: not a duration"),
        ('path "a" { expiration = "x" }', 1, "expiration is no instant"),
        ('{"path": {\n"a": {"foo": 1}}}', 2, "unknown key 'foo' in path 'a'"),
        ('{"path": {\n\n\'a\'', 3, "unexpected character"),
        ("[1]", 1, "expected a key, found ["),
        (b'\n\xff', 2, "not valid UTF-8"),
        ("\n\n\ud800", 3, "not valid UTF-8"),
        ("a\n\x00", 2, "a null character in the text"),
    ],
)  # fmt: skip
def test_a_fault_names_its_place_and_rule(text: str | bytes, line: int, reason: str) -> None:
    error = _error(text, file="ci.hcl")
    assert (error.file, error.line) == ("ci.hcl", line)
    assert reason in error.reason
    assert str(error) == f"ci.hcl:{line}: {error.reason}"
    assert not error.reason.endswith(".")


@pytest.mark.parametrize(
    "text",
    [
        'path "a" { capabilities = ["reed"] }',
        "path a { policy = read }",
        'path "a" = {}',
        "path 'a' {}",
        'path "+*" {}',
    ],
)
def test_a_common_fault_comes_with_a_hint(text: str) -> None:
    assert _error(text).hint


def test_messages_stay_short_whatever_the_text_is() -> None:
    long = "x" * 100_000
    for text in (
        f'path "{{{{{long}" {{}}',
        f'path "a" {{ capabilities = ["{long}"] }}',
        f"path a {{ {long} = 1 }}",
        f"path a {{ comment = [1 {long}] }}",
        f"path a {{ comment = <<{long}\n",
        f'{{"path": {{"a": {{"{long}": 1}}}}}}',
    ):
        assert len(str(_error(text))) < 400


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ('path "a/b" { capabilities = ["read"] }\n' * 10_000, 10_000),
        ('{"path": [' + '{"a": {"capabilities": ["read"]}},' * 10_000 + "]}", 10_000),
        (f'path "{"a" * 5_000_000}" {{}}', 1),
        (f'path "{"${}" * 100_000}" {{}}', 1),
        ("path a { comment = <<E\n" + "x E\n" * 100_000 + "E\n}", 1),
        (f"path a {{ comment = {'9' * 1_000_000} }}", 1),
        ("# x\n" * 200_000, 0),
        ("path a { capabilities = [" + "," * 200_000 + "] }", 1),
    ],
    ids=["stanzas", "json", "string", "interpolations", "heredoc", "number", "comments", "commas"],
)
def test_a_large_text_is_read(text: str, rules: int) -> None:
    assert len(_policy(text).rules) == rules


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("path a { comment = " + "[" * 10_000 + "]" * 10_000 + "}", "nested deeper than 100"),
        ("path a { comment = " + "{ a = " * 10_000 + "1" + "}" * 10_000 + "}", "nested deeper"),
        ('{"path":' * 10_000, "nested deeper than 100"),
        ('{"path": {"a": {"comment": ' + '{"a":' * 90, "more than 16 labels"),
        ("path " + "a " * 10_000 + "{}", "more than 16 labels"),
        ('{"path" ' + '"a" ' * 10_000, "more than 16 keys in a row"),
        (f"path a {{ pagination_limit = {'9' * 1_000_000} }}", "an integer out of range"),
        (f'path a {{ pagination_limit = "1{"_1" * 500_000}" }}', "an integer out of range"),
        (f'path a {{ min_wrapping_ttl = "{"9" * 1_000_000}s" }}', "an integer out of range"),
        (f"path a {{ min_wrapping_ttl = 1e{'9' * 1_000_000} }}", "not a number"),
        (f'path a {{ expiration = "{"9" * 1_000_000}" }}', "expiration is no instant"),
        ('"' * 1_000_000, "more than 16 labels"),
        ("path a { comment = <<E\n" + "E x\n" * 100_000, "is not closed by a line of its own"),
        ("/* " * 100_000, "a comment is not closed"),
    ],
    ids=[
        "lists", "objects", "json", "json-labels", "labels", "keys", "number", "underscores",
        "duration", "exponent", "instant", "quotes", "heredoc", "comment",
    ],
)  # fmt: skip
def test_a_hostile_text_is_refused_with_its_reason(text: str, reason: str) -> None:
    assert reason in _error(text).reason
