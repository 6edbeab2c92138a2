"""Made-up Vault installations of any size, the same for the same seed: files of a policy directory.

Every policy is of some team, as teams write them: a few of the secrets by path, by glob or by
segment, denies among them, and paths of other engines. *Shared*: principals hold a few policies of
a common pool, as in real installations. *Unshared*: each principal has a policy that no other has.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

TEAMS = 25
_POOL = 60
_HELD = 3  # policies of each principal, besides `default`
_CAPABILITIES = (
    '["read"]',
    '["read", "list"]',
    '["create", "update"]',
    '["create", "read", "update", "delete", "list"]',
    '["deny"]',
)
_ELSEWHERE = (
    "transit/encrypt/{}",
    "pki/issue/{}",
    "database/creds/{}",
    "cubbyhole/{}",
    "aws/sts/{}",
)


@dataclass(frozen=True)
class Size:
    principals: int
    secrets: int = 200
    shared: bool = False
    seed: int = 7

    @property
    def policies(self) -> int:
        return _POOL if self.shared else self.principals


def secrets(size: Size) -> list[str]:
    """Paths with their mount, spread over the teams."""
    return [f"secret/{_secret(number)}" for number in range(size.secrets)]


def _secret(number: int) -> str:
    mode = "live" if number % 2 else "test"
    return f"team-{number % TEAMS}/{mode}/key-{number}"


def policies(size: Size) -> dict[str, str]:
    return {f"policy-{number}": _text(size, number) for number in range(size.policies)}


def _text(size: Size, number: int) -> str:
    chance = random.Random(f"{size.seed}/{number}")  # noqa: S311 - made up, not secret
    team = number % TEAMS
    paths = {
        f"secret/data/team-{team}/*",
        f"secret/metadata/team-{team}/*",
        f"secret/data/+/{chance.choice(('live', 'test'))}/key-{chance.randrange(size.secrets)}",
        f"secret/data/{_secret(chance.randrange(size.secrets))}",
        chance.choice(_ELSEWHERE).format(f"team-{number}"),
    }
    stanzas = (
        f'path "{path}" {{ capabilities = {chance.choice(_CAPABILITIES)} }}\n'
        for path in sorted(paths)
    )
    return "".join(stanzas)


def held(size: Size) -> Iterator[tuple[str, ...]]:
    """The policies of each principal, none of which has the same as another when unshared."""
    chance = random.Random(size.seed)  # noqa: S311
    if size.shared:
        sets = [tuple(_names(chance, size)) for _ in range(_POOL)]
        yield from (chance.choice(sets) for _ in range(size.principals))
        return
    for number in range(size.principals):
        yield (f"policy-{number}", *_names(chance, size, _HELD - 1))


def _names(chance: random.Random, size: Size, count: int = _HELD) -> list[str]:
    return [f"policy-{chance.randrange(size.policies)}" for _ in range(count)]


def files(size: Size) -> Mapping[str, str]:
    """What ``parse_installation`` reads: one AppRole for each principal."""
    roles = {
        f"role-{number}": {"token_policies": list(names), "role_id": f"id-{number}"}
        for number, names in enumerate(held(size))
    }
    auth = {"approle/": {"type": "approle", "accessor": "auth_approle_1", "roles": roles}}
    tables: dict[str, object] = {
        "server.json": {"dialect": "openbao"},
        "mounts.json": {"secret/": {"type": "kv", "options": {"version": "2"}}},
        "auth.json": auth,
        "entities.json": [],
        "groups.json": [],
    }
    made = {f"vault/{name}": json.dumps(table) for name, table in tables.items()}
    return made | {f"vault/policies/{name}.hcl": text for name, text in policies(size).items()}
