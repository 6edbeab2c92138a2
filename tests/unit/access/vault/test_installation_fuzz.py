"""Whatever stands in the tables of a policy directory: an installation, or ``PolicyError``."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from scale_secrets.access.vault.evaluator import Evaluator
from scale_secrets.access.vault.installation import parse_installation
from scale_secrets.access.verdict import Action
from scale_secrets.errors import NotFoundError, PolicyError
from tests.support.conformance import amount
from tests.unit.access.vault.installations import NOW, rules
from tests.unit.access.vault.test_principals import CASES

JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, "", "a", "root", "*", "+*", "{{identity.entity.name}}", "\x00",
    "\ud800", [], [[]], [None], ["a", "b/c"], {}, {"": {}}, {"a": 1}, "2026-01-01T00:00:00Z",
)  # fmt: skip


def tables() -> dict[str, Any]:
    """One of each table, with every auth method in it."""
    auth = {
        f"m{number}/": {"type": case.replace(",", "").split()[0], "accessor": "acc", **table}
        for number, (case, (table, _)) in enumerate(CASES.items())
    }
    alias = {"name": "x", "mount_accessor": "acc", "id": "al", "metadata": {"k": "v"}}
    return {
        "server.json": {"dialect": "openbao", "group_policy_application_mode": "any"},
        "mounts.json": {"secret/": {"type": "kv", "options": {"version": "2"}}},
        "policies.json": {"read": {"expiration": "2030-01-01T00:00:00Z"}},
        "auth.json": auth,
        "token-roles.json": {"r": {"allowed_policies": ["read"], "allowed_policies_glob": ["r*"]}},
        "tokens.json": [{"accessor": "t", "policies": ["read"], "entity_id": "e", "num_uses": 1}],
        "entities.json": [{"id": "e", "name": "alice", "policies": ["read"], "aliases": [alias]}],
        "groups.json": [
            {"id": "g", "name": "ops", "member_entity_ids": ["e"], "member_group_ids": ["g"]},
            {"id": "h", "name": "ext", "alias": {"name": "x", "mount_accessor": "acc"}},
        ],
        "namespaces/team/auth.json": copy.deepcopy(auth),
    }


def spoil(value: Any, chance: random.Random) -> Any:
    """``value`` with one place in it replaced, removed or repeated."""
    if not isinstance(value, (dict, list)) or not value or chance.random() < 0.15:
        return chance.choice(JUNK)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = chance.choice(keys)
    made = copy.copy(value)
    action = chance.random()
    if action < 0.1:
        del made[key]
    elif action < 0.2 and isinstance(made, list):
        made.append(made[key])
    elif action < 0.2:
        made[chance.choice(("a", "", "root", "name"))] = made[key]
    else:
        made[key] = spoil(made[key], chance)
    return made


@pytest.mark.conformance
def test_spoilt_tables_are_read_or_refused() -> None:
    chance = random.Random(20260101)  # noqa: S311 - made up, not secret
    accepted = refused = 0
    for _ in range(amount(quick=150, full=4_000)):
        found = tables()
        for _ in range(chance.choice((1, 1, 2, 5))):
            name = chance.choice(list(found))
            found[name] = spoil(found[name], chance)
        files = {name: json.dumps(table) for name, table in found.items()}
        files["policies/read.hcl"] = rules("secret/data/{{identity.entity.name}}/* [read]")
        try:
            evaluator = Evaluator(parse_installation(files), NOW)
        except PolicyError as error:
            assert error.file
            refused += 1
            continue
        accepted += 1
        ask_all(evaluator)
    print(f"{accepted} spoilt installations accepted, {refused} refused")  # noqa: T201
    assert accepted
    assert refused


def ask_all(evaluator: Evaluator) -> None:
    try:
        secret = evaluator.secret("secret/a/b")
    except NotFoundError:  # the mount itself was spoilt
        return
    for principal in evaluator.principals[::11]:
        explanation = evaluator.explain(principal, secret, Action.READ)
        assert explanation.answer == evaluator.answer(principal, secret, Action.READ)
