"""Roles of each auth method as the API answers them, and what they come out as."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scale_secrets.access.vault.evaluator import Evaluator
from scale_secrets.access.vault.model import Alias, Principal
from tests.unit.access.vault.installations import NOW, evaluator, installation, rules

# As Vault's API page of the method and OpenBao 2.7 answer; shortened to what differs.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "approle": (
        {"roles": {"ci": {"token_policies": ["a"], "bind_secret_id": True, "role_id": "r1"}}},
        {
            "name": "auth/m/role/ci",
            "alias": Alias("r1", "acc"),
            "people": "whoever holds the role id and a secret id of AppRole ci",
        },
    ),
    "approle of old": (
        {"roles": {"ci": {"policies": ["a"], "bound_cidr_list": ["10.0.0.0/8", "::1"]}}},
        {
            "alias": Alias("", "acc"),
            "conditions": ("log in from 10.0.0.0/8 or ::1", "from 10.0.0.0/8 or ::1"),
        },
    ),
    "approle by address": (
        {"roles": {"ci": {"bind_secret_id": False, "secret_id_bound_cidrs": ["10.0.0.1/32"]}}},
        {"people": "whoever holds the role id of AppRole ci: it takes no secret id"},
    ),
    "approle that admits nobody": (
        {"roles": {"ci": {"bind_secret_id": False}}},
        {"people": "nobody: AppRole ci takes neither a secret id nor an address"},
    ),
    "userpass": (
        {"users": {"Alice": {"token_policies": ["a"], "token_bound_cidrs": ["10.0.0.0/8"]}}},
        {
            "name": "auth/m/users/Alice",
            "alias": Alias("alice", "acc"),
            "conditions": ("from 10.0.0.0/8",),
        },
    ),
    "kubernetes": (
        {
            "roles": {
                "app": {
                    "bound_service_account_names": ["app", "worker"],
                    "bound_service_account_namespaces": ["live"],
                    "audience": "vault",
                    "token_policies": ["a"],
                }
            }
        },
        {
            "alias": Alias("", "acc"),
            "people": "the service account app or worker of namespace live",
            "conditions": ("audience is vault",),
        },
    ),
    "kubernetes, one account by name": (
        {
            "roles": {
                "app": {
                    "bound_service_account_names": ["app"],
                    "bound_service_account_namespaces": ["live"],
                    "alias_name_source": "serviceaccount_name",
                }
            }
        },
        {"alias": Alias("live/app", "acc")},
    ),
    "kubernetes, any account": (
        {
            "roles": {
                "app": {
                    "bound_service_account_names": ["*"],
                    "bound_service_account_namespaces": ["*"],
                    "alias_name_source": "serviceaccount_name",
                }
            }
        },
        {
            "alias": Alias("", "acc"),
            "people": "any service account of any namespace of the cluster",
        },
    ),
    "kubernetes that admits nobody": (
        {"roles": {"app": {"bound_service_account_names": []}}},
        {"people": "nobody: the role binds no service account"},
    ),
    "jwt": (
        {
            "config": {"oidc_discovery_url": "https://token.actions.githubusercontent.com"},
            "roles": {
                "gh": {
                    "role_type": "jwt",
                    "user_claim": "sub",
                    "bound_audiences": ["vault"],
                    "bound_subject": "repo:cat-labels/app:ref:refs/heads/main",
                    "bound_claims": {"environment": ["live", "staging"], "run": 7},
                    "token_policies": ["a"],
                }
            },
        },
        {
            "alias": Alias("repo:cat-labels/app:ref:refs/heads/main", "acc"),
            "people": "GitHub Actions as repo:cat-labels/app:ref:refs/heads/main, by "
            "https://token.actions.githubusercontent.com",
            "conditions": (
                "audience is vault",
                "subject is repo:cat-labels/app:ref:refs/heads/main",
                "claim environment is live or staging",
                "claim run is 7",
            ),
        },
    ),
    "oidc": (
        {
            "config": {"oidc_discovery_url": "https://id.example.com"},
            "roles": {
                "people": {
                    "role_type": "oidc",
                    "user_claim": "email",
                    "bound_claims_type": "glob",
                    "bound_claims": {"email": "*@example.com"},
                }
            },
        },
        {
            "alias": Alias("", "acc"),
            "people": "whoever signs in at https://id.example.com",
            "conditions": ("claim email matches *@example.com",),
        },
    ),
    "aws": (
        {
            "roles": {
                "app": {
                    "auth_type": "iam",
                    "bound_iam_principal_arn": ["arn:aws:iam::111122223333:role/app"],
                    "token_policies": ["a"],
                }
            }
        },
        {"people": "an IAM principal: the IAM principal arn:aws:iam::111122223333:role/app"},
    ),
    "cert": (
        {
            "certs": {
                "web": {
                    "certificate": "-----BEGIN CERTIFICATE-----",
                    "allowed_common_names": ["web.example.com"],
                    "token_policies": ["a"],
                }
            }
        },
        {
            "name": "auth/m/certs/web",
            "alias": Alias("web.example.com", "acc"),
            "conditions": ("certificate has the common name web.example.com",),
        },
    ),
    "okta": (
        {"groups": {"ops": {"policies": ["a"]}}},
        {
            "name": "auth/m/groups/ops",
            "people": "whoever the auth method okta admits; what it asks is not known here",
        },
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_role_comes_out_as_this_principal(case: str) -> None:
    table, expected = CASES[case]
    kind = case.replace(",", "").split()[0]
    auth = {"m/": {"type": kind, "accessor": "acc", **table}}
    (principal,) = installation(auth=auth).principals
    assert {name: getattr(principal, name) for name in expected} == expected
    assert principal.token_policies == (("a",) if "['a']" in repr(table) else ())


def test_the_current_field_comes_before_the_old_one() -> None:
    users = {"a": {"token_policies": ["new"], "policies": ["old"]}, "b": {"policies": ["old"]}}
    auth = {"userpass/": {"type": "userpass", "users": users}}
    assert [one.token_policies for one in installation(auth=auth).principals] == [
        ("new",),
        ("old",),
    ]


def by_name(found: Evaluator) -> dict[str, Principal]:
    return {one.name: one for one in found.principals}


LDAP = {
    "ldap/": {
        "type": "ldap",
        "accessor": "l",
        "users": {"Ann": {"policies": ["own"], "groups": "Ops,dev"}},
        "groups": {"ops": {"policies": ["of-ops"]}, "other": {"policies": []}},
    }
}


def test_an_ldap_user_has_its_groups_policies_and_is_in_their_external_groups() -> None:
    group = {
        "id": "g1",
        "name": "operators",
        "policies": ["of-operators"],
        "alias": {"name": "ops", "mount_accessor": "l"},
    }
    found = by_name(evaluator(auth=LDAP, groups=[group]))
    assert found["auth/ldap/users/Ann"].token_policies == ("own", "of-ops")
    assert found["auth/ldap/users/Ann"].groups == ("g1",)
    assert found["auth/ldap/groups/ops"].groups == ("g1",)
    assert found["auth/ldap/groups/other"].groups == ()
    assert found["identity/group/name/operators"].people == "whoever l says is in ops"


def test_ldap_names_keep_their_case_where_the_mount_says_so() -> None:
    mount = {**LDAP["ldap/"], "config": {"case_sensitive_names": True}}
    found = by_name(evaluator(auth={"ldap/": mount}))
    assert found["auth/ldap/users/Ann"].token_policies == ("own",)  # Ops is another group


@pytest.mark.parametrize(
    ("role", "held"),
    [
        ({"allowed_policies": ["A", "gone"]}, ("a", "gone")),
        ({"allowed_policies_glob": ["*"]}, ("a", "ab", "b", "default", "response-wrapping")),
        ({"allowed_policies_glob": ["a*"], "disallowed_policies": ["a"]}, ("ab",)),
        ({"allowed_policies_glob": ["a*b"], "disallowed_policies_glob": ["*x"]}, ("ab",)),
        ({"allowed_policies": ["a", "ab"], "disallowed_policies_glob": ["*b"]}, ("a",)),
        ({}, ()),
    ],
    ids=str,
)
def test_a_token_role_holds_every_policy_that_it_allows(
    role: dict[str, Any], held: tuple[str, ...]
) -> None:
    policies = {name: rules("secret/x [read]") for name in ("a", "ab", "b")}
    found = installation(policies, token_roles={"r": role}).principals[0]
    assert found.token_policies == held
    assert ("creator" in found.remarks[0]) and (("leave some" in found.remarks[0]) is bool(held))


def test_an_orphan_has_no_entity_and_another_token_its_creators() -> None:
    roles = {"o": {"orphan": True}, "c": {"orphan": False}}
    orphan, child = installation(token_roles=roles).principals
    assert orphan.alias is None
    assert child.alias == Alias("", "")


ENTITY = {"id": "e1", "name": "alice", "policies": ["own"], "merged_entity_ids": ["e0"]}


def token(**more: Any) -> dict[str, Any]:
    return {"accessor": "t1", "policies": ["default", "a"], "display_name": "ci", **more}


def test_an_outstanding_token_has_the_policies_that_are_listed() -> None:
    about = token(path="auth/approle/login", num_uses=3, bound_cidrs=["10.0.0.0/8"])
    (found,) = evaluator(tokens=[about]).principals
    assert found.name == "auth/token/accessor/t1"
    assert (found.token_policies, found.no_default) == (("default", "a"), True)
    assert found.conditions == ("from 10.0.0.0/8", "for 3 more requests")
    assert found.people == "whoever holds the service token of ci, made by auth/approle/login"


@pytest.mark.parametrize(
    ("expires", "stands"),
    [
        (None, True),
        ("2026-01-01T00:00:01.5Z", True),
        ("2026-01-01T00:00:00Z", False),
        ("2026-01-01T01:00:00+02:00", False),
    ],
)
def test_an_expired_token_is_no_principal(expires: str | None, stands: bool) -> None:
    assert datetime(2026, 1, 1, tzinfo=UTC) == NOW
    assert bool(evaluator(tokens=[token(expire_time=expires)]).principals) is stands


@pytest.mark.parametrize("id_", ["e1", "e0"])
def test_a_token_has_its_entity_or_the_one_that_took_it_in(id_: str) -> None:
    found = by_name(evaluator(tokens=[token(entity_id=id_)], entities=[ENTITY]))
    entity = found["auth/token/accessor/t1"].entity
    assert entity is not None
    assert entity.name == "alice"


def test_a_token_whose_entity_is_gone_is_refused() -> None:
    found = by_name(evaluator(tokens=[token(entity_id="e2")], entities=[ENTITY]))
    assert found["auth/token/accessor/t1"].refused == "its entity does not exist any more"


def test_a_token_keeps_what_identity_gave_it_where_no_entities_were_collected() -> None:
    about = token(entity_id="e2", identity_policies=["of-ops"])
    (found,) = evaluator(tokens=[about]).principals
    assert found.token_policies == ("default", "a", "of-ops")
    assert (found.refused, found.alias) == ("", Alias("", ""))


def test_a_role_says_that_others_are_known_at_its_mount() -> None:
    entity = {**ENTITY, "aliases": [{"name": "x", "mount_accessor": "j"}]}
    auth = {"jwt/": {"type": "jwt", "accessor": "j", "roles": {"any": {"user_claim": "sub"}}}}
    found = by_name(evaluator(auth=auth, entities=[entity]))
    assert "known to auth/jwt/" in found["auth/jwt/role/any"].remarks[0]
