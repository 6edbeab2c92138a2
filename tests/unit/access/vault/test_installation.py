"""The files of a policy directory, and what is refused in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scale_secrets.access.vault.installation import MissingPolicy, parse_installation
from scale_secrets.access.vault.model import Dialect
from scale_secrets.errors import PolicyError
from tests.unit.access.vault.installations import installation, rules

READ = rules("secret/data/* [read]")


@pytest.mark.parametrize("top", ["", "vault/"])
@pytest.mark.parametrize("place", ["policies/Read.hcl", "Read.hcl"])
def test_a_policy_is_named_by_its_file_in_lower_case(top: str, place: str) -> None:
    found = parse_installation({f"{top}{place}": READ, "aws/organization.json": "{}"})
    policy = found.policies["", "read"]
    assert (policy.name, policy.file) == ("read", f"{top}{place}")


def test_a_policy_may_be_json_and_its_name_hold_slashes() -> None:
    text = json.dumps({"path": {"secret/data/*": {"capabilities": ["read"]}}})
    found = parse_installation({"policies/team/read.json": text})
    assert found.policies["", "team/read"].rules[0].path == "secret/data/*"


def test_a_namespace_has_the_same_files_below_its_path() -> None:
    files = {
        "namespaces/team/sub/policies/read.hcl": READ,
        "namespaces/team/sub/mounts.json": json.dumps({"kv/": {"type": "kv"}}),
        "namespaces/team/other.hcl": READ,
    }
    found = parse_installation(files)
    assert found.policies["team/sub/", "read"].namespace == "team/sub/"
    assert ("team/", "other") in found.policies
    assert found.namespaces == ("", "team/", "team/sub/")
    (mount,) = found.mounts
    assert (mount.path, mount.version, mount.namespace) == ("kv/", 1, "team/sub/")


def test_two_files_of_one_policy_are_refused() -> None:
    with pytest.raises(PolicyError, match=r"policies/A\.hcl: the policy a stands in policies/a"):
        parse_installation({"policies/a.json": "{}", "policies/A.hcl": READ})


def test_every_namespace_has_the_servers_own_default_unless_another_was_collected() -> None:
    found = parse_installation({"policies/default.hcl": READ, "namespaces/t/policies/a.hcl": READ})
    assert found.policies["", "default"].file == "policies/default.hcl"
    assert found.policies["t/", "default"].file == "the server's own default"


def test_what_is_kept_beside_a_policy_is_read() -> None:
    about = {"expiration": "2026-01-01T00:00:00.123456789Z", "cas_required": False}
    found = installation({"a": READ}, about={"a": about})
    expiration = found.policies["", "a"].expiration
    assert expiration is not None
    assert expiration.isoformat() == "2026-01-01T00:00:00.123456+00:00"


@pytest.mark.parametrize(
    ("given", "told", "dialect"),
    [
        (None, {}, Dialect.OPENBAO),
        (None, {"dialect": "vault"}, Dialect.VAULT),
        (Dialect.OPENBAO, {"dialect": "vault"}, Dialect.OPENBAO),
    ],
)
def test_the_dialect_is_the_callers_or_the_files(
    given: Dialect | None, told: dict[str, str], dialect: Dialect
) -> None:
    found = parse_installation({"server.json": json.dumps(told)}, given)
    assert found.dialect is dialect
    assert any("read as" in note for note in found.notes) is (not told)


def test_what_was_assumed_and_not_read_is_noted() -> None:
    auth = {"okta/": {"type": "okta", "accessor": "o"}, "token/": {"type": "token"}}
    found = parse_installation(
        {"auth.json": json.dumps(auth), "polices/typo.hcl": READ, "README.json": "x"}
    )
    notes = "\n".join(found.notes)
    assert "no mounts.json: the first part of a path is taken for a KV v2 mount" in notes
    assert "auth/okta/: who may log in by okta is not known here" in notes
    assert "polices/typo.hcl is no file of a policy directory" in notes
    assert "README.json" in notes
    assert "auth/token/" not in notes


def test_missing_policies_are_told_once_with_who_names_them() -> None:
    users = {"a": {"policies": ["gone", "read"]}, "b": {"policies": ["gone", "root"]}}
    auth = {"userpass/": {"type": "userpass", "accessor": "u", "users": users}}
    found = installation({"read": READ}, auth=auth)
    assert found.missing == (MissingPolicy("", "gone", "auth/userpass/users/a", "its token"),)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("auth.json", '{\n "a": }', r"auth\.json:2: column 7: not JSON"),
        ("auth.json", "[]", r"auth\.json: must be an object"),
        ("auth.json", '{"a/": {"type": 1}}', r"auth\.json: a/\.type: must be a string"),
        ("entities.json", "{}", r"entities\.json: must be a list of objects"),
        ("entities.json", "[{}]", r"entities\.json: 0\.id: must be there"),
        ("groups.json", '[{"id": "g"}]', r"groups\.json: 0\.name: must be there"),
        ("server.json", '{"dialect": "consul"}', "must be vault or openbao"),
        ("mounts.json", '{"a": {"type": "kv", "options": {"version": "3"}}}', "options.version"),
        ("tokens.json", '[{"accessor": "a", "expire_time": "soon"}]', "0.expire_time"),
        ("auth.json", '{"a": {}, "a": {}}', 'the key "a" stands twice'),
        ("auth.json", "[" * 100_000, "nested too deeply"),
        ("tokens.json", f"[{'9' * 5000}]", "a number that is too long"),
        ("policies/a.hcl", 'path "a" { nonsense = 1 }', r"policies/a\.hcl:1: "),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_a_bad_file_is_refused_with_its_place(file: str, text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        parse_installation({file: text})


@pytest.mark.parametrize(
    ("role", "key"),
    [
        ({"token_policies": "a,b"}, ""),
        ({"token_policies": None}, ""),
        ({"token_policies": 1}, "token_policies"),
        ({"token_policies": [1]}, "token_policies"),
        ({"token_policies": {"a": 1}}, "token_policies"),
        ({"token_no_default_policy": "yes"}, "token_no_default_policy"),
        ({"a_key_of_a_later_server": [1]}, ""),
    ],
    ids=str,
)
def test_only_a_known_key_of_another_type_is_refused(role: dict[str, Any], key: str) -> None:
    auth = {"userpass/": {"type": "userpass", "users": {"a": role}}}
    if key:
        with pytest.raises(PolicyError, match=rf"auth\.json: userpass/\.users\.a\.{key}: must be"):
            installation(auth=auth)
    else:
        assert installation(auth=auth).principals


@pytest.mark.parametrize(
    ("table", "row", "message"),
    [
        ("entities", {"id": "e", "name": "a"}, r"entities\.json: 1\.id: e stands twice"),
        ("groups", {"id": "g", "name": "a"}, r"groups\.json: 1\.id: g stands twice"),
        ("tokens", {"accessor": "t"}, r"tokens\.json: 1\.accessor: t stands twice"),
    ],
)
def test_a_repeated_row_is_refused(table: str, row: dict[str, str], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        installation(**{table: [row, row]})


def test_a_principal_that_is_described_twice_is_refused() -> None:
    cert = {"type": "cert", "certs": {"a": {}}, "roles": {"a": {}}}
    with pytest.raises(
        PolicyError, match=r"auth\.json: the principal auth/cert/certs/a is described twice"
    ):
        installation(auth={"cert/": cert})
