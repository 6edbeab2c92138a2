"""The lints of Vault policies: what each finds, where, and what it leaves alone."""

from __future__ import annotations

import json

import pytest

from scale_secrets.access.lints import vault_findings
from scale_secrets.access.vault.installation import parse_installation
from tests.support.lints import MOUNTS, ids, of_vault, only, sound


def rule(path: str, *capabilities: str, more: str = "") -> str:
    return f'path "{path}" {{ capabilities = {json.dumps(capabilities)} {more} }}\n'


READ = rule("secret/data/*", "read")
NOBODYS = {"policies": [], "aliases": [], "metadata": None}


def entity(name: str, *policies: str) -> dict[str, object]:
    return NOBODYS | {"id": f"id-{name}", "name": name, "policies": list(policies)}


class TestLosingDeny:
    def test_the_verified_case_is_found_with_the_winner_and_a_path(self) -> None:
        (found,) = of_vault(READ + rule("secret/data/+/live/*", "deny"))
        assert (found.id, found.place) == ("ACC101", "policies/a.hcl:2")
        assert "fewer + segments (policies/a.hcl:1)" in found.message
        assert "secret/data/x/live/x" in found.message

    @pytest.mark.parametrize(
        "deny",
        ["secret/data/scale/*", "secret/data/+/live/+", "secret/data/k", "secret/+/k"],
    )
    def test_a_deny_that_wins_somewhere_is_left_alone(self, deny: str) -> None:
        assert not ids(of_vault(READ + rule(deny, "deny")))

    def test_it_is_found_across_policies_that_somebody_holds_together(self) -> None:
        policies = {"reader": READ, "guard": rule("secret/data/+/live/*", "deny")}
        assert not of_vault(policies)
        (found,) = of_vault(policies, entities=[entity("alice", "reader", "guard")])
        assert (found.id, found.place) == ("ACC101", "policies/guard.hcl:1")
        assert "for identity/entity/name/alice" in found.message
        assert not of_vault(policies, entities=[entity("a", "reader"), entity("b", "guard")])

    def test_each_is_told_once_however_many_hold_it(self) -> None:
        text = READ + rule("secret/data/+/live/*", "deny")
        everyone = [entity(name, "a") for name in ("alice", "bob")]
        assert ids(of_vault(text, entities=everyone)) == ["ACC101"]

    def test_a_deny_with_parameters_is_found_as_well(self) -> None:
        more = 'denied_parameters = { "*" = [] }'
        assert ids(of_vault(READ + rule("secret/data/+/live/*", "deny", more=more))) == ["ACC101"]

    def test_a_rule_that_will_expire_proves_nothing(self) -> None:
        soon = rule("secret/data/*", "read", more='expiration = "2030-01-01T00:00:00Z"')
        assert not ids(of_vault(soon + rule("secret/data/+/live/*", "deny")))

    def test_a_template_wins_for_some_and_proves_nothing(self) -> None:
        text = rule("{{identity.entity.name}}/*", "read") + rule("+/x/*", "deny")
        assert not ids(of_vault(text))


class TestWithoutData:
    @pytest.mark.parametrize(
        "path",
        ["secret/scale/live/key", "secret/scale/*", "secret/sc*", "secret/k", "secret/dat/a"],
    )
    def test_a_path_that_kv_2_does_not_serve_is_found(self, path: str) -> None:
        (found,) = of_vault(rule(path, "read"))
        assert (found.id, found.place) == ("ACC102", "policies/a.hcl:1")

    def test_the_mend_names_the_path_to_write(self) -> None:
        (found,) = of_vault(rule("secret/scale/live/key", "read"))
        assert "secret/data/scale/live/key" in found.mend

    @pytest.mark.parametrize(
        "path",
        [
            "secret/data/k",
            "secret/metadata/*",
            "secret/*",
            "secret/da*",
            "secret/+/k",
            "secret/config",
            "secret/",
            "secret*",
            "sec*",
            "+/scale/k",
            "kv1/scale/k",
            "other/scale/k",
        ],
    )
    def test_what_it_serves_or_is_not_its_own_is_left_alone(self, path: str) -> None:
        assert not of_vault(rule(path, "read"))

    def test_nothing_is_said_where_the_mounts_are_not_known(self) -> None:
        assert not of_vault(rule("secret/scale/live/key", "read"), mounts=None)


class TestPolicyWriter:
    @pytest.mark.parametrize(
        "more",
        [
            rule("sys/policies/acl/ci", "update"),
            rule("sys/policies/acl/*", "create", "update"),
            rule("sys/+/acl/*", "update"),
            rule("sys/policy/ci", "update"),
            rule("sys/*", "update"),
            rule("auth/token/create", "update", "sudo"),
        ],
    )
    def test_more_than_a_reader_needs_is_found_beside_a_read(self, more: str) -> None:
        (found,) = of_vault(READ + more)
        assert (found.id, found.place) == ("ACC103", "policies/a.hcl:2")
        assert "secret/data/*" in found.message

    @pytest.mark.parametrize(
        "text",
        [
            READ + rule("sys/policies/acl/*", "read", "list", "create"),
            READ + rule("sys/policies/acl/*", "deny"),
            READ + rule("sys/health", "update"),
            rule("secret/metadata/*", "read") + rule("sys/policies/acl/*", "update"),
            rule("sys/health", "read") + rule("sys/policies/acl/*", "update"),
            rule("secret/data/*", "deny") + rule("sys/policies/acl/*", "update"),
        ],
    )
    def test_each_alone_is_left_alone(self, text: str) -> None:
        assert not list(only(of_vault(text), "ACC103"))

    def test_without_mounts_any_engine_may_hold_secrets(self) -> None:
        text = rule("kv/x", "read") + rule("sys/policy/ci", "update")
        assert ids(of_vault(text, mounts=None)) == ["ACC103"]


class TestMissingPolicy:
    def test_a_name_without_a_policy_is_found_where_it_is_held(self) -> None:
        (found,) = of_vault(READ, entities=[entity("alice", "a", "nobody-wrote-it")])
        assert (found.id, found.place) == ("ACC104", "identity/entity/name/alice")
        assert "nobody-wrote-it" in found.message

    def test_the_names_that_every_server_knows_are_no_finding(self) -> None:
        assert not of_vault(READ, entities=[entity("alice", "a", "default", "root")])

    def test_nothing_is_said_where_no_policies_were_collected(self) -> None:
        assert not of_vault({}, entities=[entity("alice", "a")])


class TestShadowedRule:
    def test_a_rule_that_others_always_precede_is_found(self) -> None:
        (found,) = of_vault(READ + rule("secret/data/+/scale/*", "update"))
        assert (found.id, found.place) == ("ACC105", "policies/a.hcl:2")

    def test_a_deny_that_loses_to_a_deny_is_superfluous_and_no_more(self) -> None:
        text = rule("secret/data/*", "deny") + rule("secret/data/+/live/*", "deny")
        assert ids(of_vault(text)) == ["ACC105"]

    def test_a_deny_that_loses_to_a_grant_is_the_other_finding(self) -> None:
        assert ids(of_vault(READ + rule("secret/data/+/live/*", "deny"))) == ["ACC101"]

    def test_rules_that_merge_are_both_in_use(self) -> None:
        assert not of_vault(READ + rule("secret/data/*", "update"))


def test_a_namespace_counts_in_every_path() -> None:
    text = READ + rule("sys/policies/acl/*", "update") + rule("secret/scale/k", "read")
    files = {
        "namespaces/team/policies/a.hcl": text,
        "namespaces/team/mounts.json": json.dumps(MOUNTS),
    }
    found = sound(vault_findings(parse_installation(files)))
    assert [(one.id, one.place.rpartition(":")[2]) for one in found] == [
        ("ACC102", "3"),
        ("ACC103", "2"),
    ]


def test_a_policy_of_many_stanzas_takes_time_in_proportion() -> None:
    text = "".join(rule(f"secret/data/{number}/*", "read") for number in range(3000))
    assert ids(of_vault(text + rule("secret/data/+/*", "deny") + READ)) == ["ACC101"]
