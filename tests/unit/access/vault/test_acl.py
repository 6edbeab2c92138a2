"""The ACL beyond the vectors: root, namespaces, expiry, who loses and why, and what it costs."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scale_secrets.access.vault.acl import Acl
from scale_secrets.access.vault.builtin_policies import DEFAULT, ROOT, builtin_policy
from scale_secrets.access.vault.compiled import CompiledPolicies
from scale_secrets.access.vault.model import Alias, Capability, Dialect, Entity, Group, Policy
from scale_secrets.access.vault.operations import Operation, capabilities_of
from scale_secrets.access.vault.policy import parse
from scale_secrets.access.vault.templates import UNKNOWN_ENTITY
from scale_secrets.access.verdict import Truth
from tests.support.access_policies import Maker

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = "secret/data/scale/live/key"
TEMPLATE = "{{identity.entity.name}}"
KNOWN = Entity("entity-id", "alice", metadata={"team": "red"})
both = pytest.mark.parametrize("dialect", list(Dialect))


def policies(*texts: str, dialect: Dialect = Dialect.OPENBAO, namespace: str = "") -> list[Policy]:
    return [
        parse(text, name=f"p{number}", dialect=dialect, namespace=namespace)
        for number, text in enumerate(texts)
    ]


def acl(
    *texts: str,
    dialect: Dialect = Dialect.OPENBAO,
    namespace: str = "",
    entity: Entity | None = None,
    groups: tuple[Group, ...] = (),
) -> Acl:
    return Acl(
        policies(*texts, dialect=dialect, namespace=namespace),
        dialect=dialect,
        now=NOW,
        namespace=namespace,
        entity=entity,
        groups=groups,
    )


def stanza(path: str, *capabilities: str, more: str = "") -> str:
    listed = ", ".join(f'"{one}"' for one in capabilities)
    return f'path "{path}" {{ capabilities = [{listed}] {more} }}\n'


def root(dialect: Dialect, namespace: str = "", *others: Policy) -> Acl:
    policy = Policy(ROOT, (), dialect, namespace)
    return Acl([policy, *others], dialect=dialect, now=NOW, namespace=namespace)


@both
def test_root_may_do_everything(dialect: Dialect) -> None:
    held = root(dialect)
    assert held.root
    assert held.decide("sys/raw/x", Operation.DELETE).truth is Truth.TRUE
    assert held.capabilities(KEY) == capabilities_of(dialect)
    assert not held.capabilities(KEY) & Capability.DENY


def test_root_of_a_namespace_reaches_what_is_below_it_only() -> None:
    held = root(Dialect.OPENBAO, "team/")
    assert held.decide(f"team/{KEY}", Operation.READ).truth is Truth.TRUE
    assert held.decide(f"team/sub/{KEY}", Operation.READ).truth is Truth.TRUE
    assert held.decide(KEY, Operation.READ).truth is Truth.FALSE


def test_vault_has_no_root_in_a_namespace() -> None:
    held = root(Dialect.VAULT, "team/")
    assert held.failure
    assert held.decide(f"team/{KEY}", Operation.READ).truth is Truth.FALSE


@both
def test_root_beside_another_policy_is_refused_altogether(dialect: Dialect) -> None:
    held = root(dialect, "", *policies(stanza("*", "read"), dialect=dialect))
    assert not held.root
    assert held.capabilities(KEY) == Capability.DENY
    assert "beside root" in held.decide(KEY, Operation.READ).reason


@both
def test_without_policies_nothing_is_allowed(dialect: Dialect) -> None:
    held = acl(dialect=dialect)
    assert held.decide(KEY, Operation.READ).truth is Truth.FALSE
    assert held.capabilities(KEY) == Capability.DENY
    assert held.candidates(KEY, Operation.READ) == ()


def test_an_expired_policy_is_not_there() -> None:
    (policy,) = policies(stanza(KEY, "read"))
    for expiration, truth in (
        (NOW - timedelta(seconds=1), Truth.FALSE),
        (NOW, Truth.TRUE),
        (NOW + timedelta(days=1), Truth.TRUE),
    ):
        held = Acl([replace(policy, expiration=expiration)], dialect=Dialect.OPENBAO, now=NOW)
        assert held.decide(KEY, Operation.READ).truth is truth


def test_an_expired_policy_is_told_as_the_reason() -> None:
    (policy,) = policies(stanza("secret/*", "read"))
    expired = replace(policy, expiration=NOW - timedelta(days=1))
    held = Acl([expired], dialect=Dialect.OPENBAO, now=NOW)
    (candidate,) = held.candidates(KEY, Operation.READ)
    assert not candidate.decides
    assert candidate.reason == "its policy has expired"


def test_the_request_of_a_child_namespace_needs_sudo_on_its_root_paths() -> None:
    held = acl(stanza("*", "read"))
    path = "team/sys/auth/token"
    assert held.decide(path, Operation.READ).truth is Truth.TRUE  # a mount called team/sys/
    assert held.decide(path, Operation.READ, namespace="team/").truth is Truth.FALSE


def test_a_list_may_leave_out_its_final_slash() -> None:
    held = acl(stanza("kv1/a/", "list"))
    assert held.decide("kv1/a", Operation.LIST).truth is Truth.TRUE
    assert held.decide("/kv1/a/", Operation.LIST).truth is Truth.TRUE
    assert held.decide("kv1/a", Operation.READ).truth is Truth.FALSE


def test_the_deciding_rules_are_those_that_hold_the_capability() -> None:
    held = acl(stanza(KEY, "read"), stanza(KEY, "update", "read"), stanza(KEY, "list"))
    ruling = held.decide(KEY, Operation.READ)
    assert [policy.name for policy, _ in ruling.rules] == ["p0", "p1"]
    assert ruling.reason == f"`{KEY}` grants read"
    denied = held.decide(KEY, Operation.DELETE)
    assert [policy.name for policy, _ in denied.rules] == ["p0", "p1", "p2"]
    assert denied.reason == f"`{KEY}` decides, without delete"


def test_a_deny_is_cited_alone() -> None:
    ruling = acl(stanza(KEY, "read"), stanza(KEY, "deny")).decide(KEY, Operation.READ)
    assert [policy.name for policy, _ in ruling.rules] == ["p1"]
    assert ruling.reason == f"`{KEY}` denies it"


@pytest.mark.parametrize(
    ("winner", "loser", "reason"),
    [
        (KEY, "secret/*", f"`{KEY}` matches the path exactly"),
        ("secret/data/*", "secret/data/+/live/*", None),
        (
            "secret/data/scale/*",
            "secret/data/*",
            "`secret/data/scale/*` has a later first wildcard",
        ),
        (
            "secret/data/scale/live/+",
            "secret/data/scale/live/*",
            "`secret/data/scale/live/+` does not end in a star",
        ),
        (
            "secret/+/scale/live/key",
            "secret/+/+/live/key",
            "`secret/+/scale/live/key` has fewer + segments",
        ),
        ("secret/+/scale/live/*", "secret/+/scale/l*", "`secret/+/scale/live/*` is longer"),
        (
            "secret/+/scale/+/key",
            "secret/+/+/live/key",
            "`secret/+/scale/+/key` is longer",
        ),
        (
            "secret/data/+/live/+",
            "secret/data/+/+/key*",
            "`secret/data/+/live/+` does not end in a star",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_loser_is_told_why(winner: str, loser: str, reason: str | None) -> None:
    held = acl(stanza(loser, "deny"), stanza(winner, "read"))
    first, second = held.candidates(KEY, Operation.READ)
    if reason is None:  # the segment rule has the earlier wildcard or an equal one: see below
        reason = f"`{winner}` {second.reason.partition('` ')[2]}"
    assert (first.decides, first.pattern, first.reason) == (True, winner, "")
    assert (second.decides, second.pattern, second.reason) == (False, loser, reason)


def test_of_equal_patterns_the_alphabet_decides() -> None:
    held = acl(stanza("kv1/+/bb", "deny"), stanza("kv1/aa/+", "read"), stanza("kv1/+/+", "deny"))
    assert held.candidates("kv1/aa/bb", Operation.READ)[0].pattern == "kv1/aa/+"
    held = acl(stanza("+/+/bb", "deny"), stanza("+/aa/+", "read"))
    _, second = held.candidates("kv1/aa/bb", Operation.READ)
    assert second.reason == "`+/aa/+` comes later in the alphabet"


def test_a_rule_that_a_deny_absorbs_is_told_so() -> None:
    held = acl(stanza(KEY, "read"), stanza(KEY, "deny"))
    absorbed, denying = held.candidates(KEY, Operation.READ)
    assert denying.decides
    assert absorbed.reason == f"a deny of the same path, `{KEY}`, absorbs it"


def test_a_list_is_told_which_path_was_asked_first() -> None:
    texts = stanza("kv1/a/*", "list"), stanza("kv1/a*", "deny")
    for dialect, winner, slash in (
        (Dialect.OPENBAO, "kv1/a/*", "with"),
        (Dialect.VAULT, "kv1/a*", "without"),
    ):
        first, second = acl(*texts, dialect=dialect).candidates("kv1/a", Operation.LIST)
        assert first.pattern == winner
        expected = {
            "with": "`kv1/a/*` has a later first wildcard",
            "without": "`kv1/a*` is asked first, without the final slash",
        }
        assert second.reason == expected[slash]


def test_a_template_without_a_value_is_told_as_the_reason() -> None:
    held = acl(stanza("kv1/{{identity.entity.metadata.none}}", "read"), entity=KNOWN)
    assert held.candidates("kv1/a", Operation.READ) == ()
    assert [one.reason for one in held.near_misses("kv1/a", Operation.READ)] == [
        "it is left out: identity.entity.metadata.none has no value"
    ]
    assert held.near_misses("kv1/a/b", Operation.READ) == ()  # it is nobody's


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("kv1/{{identity.entity.name}}/key", "kv1/bob/key"),
        ("kv1/{{identity.entity.name}}/*", "kv1/bob/a/b"),
        ("kv1/+/team-{{identity.entity.name}}-x", "kv1/a/team-bob-x"),
        ("kv1/a-{{identity.entity.name}}*", "kv1/a-bob"),
    ],
)
def test_a_template_that_is_for_somebody_else_is_told(path: str, near: str) -> None:
    held = acl(stanza(path, "read"), entity=KNOWN)
    told = held.near_misses(near, Operation.READ)
    assert [one.reason for one in told] == [
        f"does not match: for this identity it is `{path.replace(TEMPLATE, 'alice')}`"
    ]
    assert not held.near_misses(near.replace("bob", "alice"), Operation.READ)  # a candidate
    for other in (f"x{near}", "kv1", "kv2/bob/key"):
        assert not held.near_misses(other, Operation.READ)


def test_without_the_winner_the_next_candidate_decides() -> None:
    """Over random policies: the order of the candidates is the order of precedence."""
    maker = Maker(20_260_303, entities=1, templates=0)
    compared = 0
    for _ in range(120):
        token = maker.token()
        held = policies(*token.policies, namespace=token.namespace)
        for path in maker.paths(token, 6):
            absolute = token.namespace + path
            for operation in (Operation.READ, Operation.LIST):
                whole = Acl(held, dialect=Dialect.OPENBAO, now=NOW, namespace=token.namespace)
                told = [
                    one
                    for one in whole.candidates(absolute, operation)
                    if "expired" not in one.reason
                ]
                if not told:
                    continue
                winner = told[0].pattern
                beaten = [one for one in told if one.pattern != winner]
                assert all(one.reason for one in beaten)
                gone = {id(one.rule) for one in told if one.pattern == winner}
                rest = [
                    replace(one, rules=tuple(rule for rule in one.rules if id(rule) not in gone))
                    for one in held
                ]
                fewer = Acl(rest, dialect=Dialect.OPENBAO, now=NOW, namespace=token.namespace)
                left = [
                    one.pattern
                    for one in fewer.candidates(absolute, operation)
                    if "expired" not in one.reason
                ]
                assert left == [one.pattern for one in beaten]
                compared += bool(beaten)
    assert compared > 100


def test_default_grants_no_secret_but_shadows_the_entity_path() -> None:
    text = builtin_policy(DEFAULT, Dialect.OPENBAO)
    assert text is not None
    held = acl(stanza("identity/*", "update"), text, entity=KNOWN)
    assert held.decide(KEY, Operation.READ).truth is Truth.FALSE
    assert held.decide("identity/entity/id/other", Operation.UPDATE).truth is Truth.TRUE
    assert held.decide("identity/entity/id/entity-id", Operation.UPDATE).truth is Truth.FALSE


def test_a_control_group_makes_the_answer_conditional() -> None:
    (policy,) = policies(stanza(KEY, "read"))
    guarded = replace(policy, rules=(replace(policy.rules[0], control_group=True),))
    ruling = Acl([guarded], dialect=Dialect.VAULT, now=NOW).decide(KEY, Operation.READ)
    assert ruling.truth is Truth.UNKNOWN
    assert ruling.conditions == ("the control group's members approve",)


def test_a_filter_of_its_keys_makes_a_list_conditional() -> None:
    (policy,) = policies(stanza("kv1/*", "list"))
    rule = replace(policy.rules[0], keys_filter_path="{{ .path }}{{ .key }}")
    held = Acl([replace(policy, rules=(rule,))], dialect=Dialect.OPENBAO, now=NOW)
    ruling = held.decide("kv1/a", Operation.LIST)
    assert ruling.truth is Truth.UNKNOWN
    assert ruling.conditions == ("the filter of the list, `{{ .path }}{{ .key }}`, shows the key",)


class TestUnknownIdentity:
    """A rule with a template that is not resolved yet."""

    def test_what_it_would_grant_depends_on_it(self) -> None:
        held = acl(stanza("kv1/{{identity.entity.name}}/*", "read"), entity=UNKNOWN_ENTITY)
        ruling = held.decide("kv1/alice/key", Operation.READ)
        assert ruling.truth is Truth.UNKNOWN
        assert ruling.conditions == ("identity.entity.name is `alice`",)
        assert held.decide("kv2/alice/key", Operation.READ).truth is Truth.FALSE

    def test_what_it_would_deny_depends_on_it(self) -> None:
        held = acl(
            stanza("kv1/{{identity.entity.name}}/*", "deny") + stanza("kv1/*", "read"),
            entity=UNKNOWN_ENTITY,
        )
        ruling = held.decide("kv1/alice/key", Operation.READ)
        assert ruling.truth is Truth.UNKNOWN
        assert ruling.conditions == ("identity.entity.name is not `alice`",)
        assert [rule.path for _, rule in ruling.rules] == [
            "kv1/*",
            "kv1/{{identity.entity.name}}/*",
        ]

    def test_what_it_would_not_change_is_known(self) -> None:
        texts = stanza("kv1/{{identity.entity.name}}/*", "read"), stanza("kv1/*", "read")
        held = acl(*texts, entity=UNKNOWN_ENTITY)
        assert held.decide("kv1/alice/key", Operation.READ).truth is Truth.TRUE
        assert held.decide("kv1/alice/key", Operation.UPDATE).truth is Truth.FALSE

    def test_one_name_cannot_be_two(self) -> None:
        path = "kv1/{{identity.entity.name}}/{{identity.entity.name}}"
        held = acl(stanza(path, "read"), entity=UNKNOWN_ENTITY)
        assert held.decide("kv1/a/b", Operation.READ).truth is Truth.FALSE
        assert held.decide("kv1/a/a", Operation.READ).truth is Truth.UNKNOWN

    def test_a_value_that_is_a_wildcard_could_be_two_names(self) -> None:
        path = "kv1/{{identity.entity.metadata.team}}/{{identity.entity.metadata.team}}"
        for metadata, truth in (({"team": "+"}, Truth.TRUE), ({"team": "a"}, Truth.FALSE)):
            known = acl(
                stanza(path, "read"),
                dialect=Dialect.VAULT,
                entity=replace(KNOWN, metadata=metadata),
            )
            assert known.decide("kv1/a/b", Operation.READ).truth is truth
        unknown = acl(stanza(path, "read"), dialect=Dialect.VAULT, entity=UNKNOWN_ENTITY)
        assert unknown.decide("kv1/a/b", Operation.READ).truth is Truth.UNKNOWN
        assert unknown.decide("kv2/a/b", Operation.READ).truth is Truth.FALSE

    def test_a_value_may_reach_over_slashes_in_vault(self) -> None:
        text = stanza("kv1/{{identity.entity.metadata.team}}", "read")
        known = {Dialect.VAULT: Truth.UNKNOWN, Dialect.OPENBAO: Truth.FALSE}
        for dialect, truth in known.items():
            held = acl(text, dialect=dialect, entity=UNKNOWN_ENTITY)
            assert held.decide("kv1/a/b", Operation.READ).truth is truth

    def test_openbao_lets_nobody_pass_whose_value_has_a_slash(self) -> None:
        texts = stanza("kv1/{{identity.entity.aliases.jwt_1.name}}", "read"), stanza(KEY, "read")
        ruling = acl(*texts, entity=UNKNOWN_ENTITY).decide(KEY, Operation.READ)
        assert ruling.truth is Truth.UNKNOWN
        assert ruling.conditions == ("identity.entity.aliases.jwt_1.name holds none of / * +",)
        vault = acl(*texts, dialect=Dialect.VAULT, entity=UNKNOWN_ENTITY)
        assert vault.decide(KEY, Operation.READ).truth is Truth.TRUE

    def test_an_entity_that_does_not_exist_yet_has_no_metadata_and_a_new_name(self) -> None:
        entity = Entity(id="", name="", aliases=(Alias("role-id", "approle_1"),))
        held = acl(
            stanza("kv1/{{identity.entity.metadata.team}}", "read"),
            stanza("kv1/by-alias/{{identity.entity.aliases.approle_1.name}}", "read"),
            stanza("kv1/by-name/{{identity.entity.name}}", "read"),
            entity=entity,
        )
        assert held.decide("kv1/red", Operation.READ).truth is Truth.FALSE
        assert held.decide("kv1/by-alias/role-id", Operation.READ).truth is Truth.TRUE
        assert held.decide("kv1/by-alias/other", Operation.READ).truth is Truth.FALSE
        assert held.decide("kv1/by-name/x", Operation.READ).truth is Truth.UNKNOWN

    def test_capabilities_leave_the_rule_out(self) -> None:
        held = acl(stanza("kv1/{{identity.entity.name}}", "read"), entity=UNKNOWN_ENTITY)
        assert held.capabilities("kv1/alice") == Capability.DENY

    def test_a_candidate_is_told_when_it_would_match(self) -> None:
        held = acl(stanza("kv1/{{identity.entity.name}}", "read"), entity=UNKNOWN_ENTITY)
        (candidate,) = held.candidates("kv1/alice", Operation.READ)
        assert candidate.reason == "it matches only if identity.entity.name is `alice`"

    def test_very_many_templates_in_one_path_take_no_time(self) -> None:
        path = "kv1/" + "{{identity.entity.name}}{{identity.entity.id}}" * 200
        directives = "".join(f"{{{{identity.entity.metadata.m{n}}}}}" for n in range(200))
        held = acl(
            stanza(path, "read"), stanza(f"kv1/{directives}!", "read"), entity=UNKNOWN_ENTITY
        )
        begun = time.perf_counter()
        assert held.decide("kv1/" + "a" * 2_000, Operation.READ).truth is Truth.UNKNOWN
        assert held.decide("other/" + "a" * 2_000, Operation.READ).truth is Truth.FALSE
        assert time.perf_counter() - begun < 5


class TestCost:
    """Bounds that only a wrong growth can break; the bench measures."""

    def test_policies_are_compiled_once(self) -> None:
        compiled = CompiledPolicies()
        (policy,) = policies(stanza(KEY, "read"))
        assert compiled.of(policy) is compiled.of(policy)
        for _ in range(2):
            held = Acl([policy], dialect=Dialect.OPENBAO, now=NOW, compiled=compiled)
            assert held.decide(KEY, Operation.READ).truth is Truth.TRUE

    def test_patterns_of_thousands_of_segments_are_answered_soon(self) -> None:
        long = "/".join(["+"] * 5_000)
        text = "".join(stanza(f"{'+/' * n}*", "read") for n in range(1, 300))
        held = acl(stanza(long, "read"), stanza(f"{long}/*", "update"), text)
        begun = time.perf_counter()
        for path in ("/".join(["a"] * 5_000), "a/" * 10_000, "+/" * 4_999 + "+", "a" * 100_000):
            held.decide(path, Operation.READ)
            held.candidates(path, Operation.LIST)
        assert time.perf_counter() - begun < 10
