"""What ACC101 and ACC105 name can be taken out of its policy, and no decision changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import product
from random import Random

import pytest

from scale_secrets.access.lints import vault_findings
from scale_secrets.access.vault.acl import Acl
from scale_secrets.access.vault.installation import parse_installation
from scale_secrets.access.vault.model import Dialect, Policy
from scale_secrets.access.vault.operations import Operation
from scale_secrets.access.vault.policy import parse

NOW = datetime(2026, 1, 31, tzinfo=UTC)
PARTS = ("", "a", "b", "c", "ac")
PATHS = ["/".join(parts) for count in range(1, 5) for parts in product(PARTS, repeat=count)]
OPERATIONS = (Operation.READ, Operation.LIST, Operation.UPDATE)


def written(random: Random) -> list[str]:
    """Stanzas, one a line."""
    lines = []
    for _ in range(random.randint(3, 6)):
        parts = random.choices(["a", "b", "+", "+"], k=random.randint(1, 3))
        star = random.choice(["*", "/*", ""])
        path = "/".join(parts) + (star if parts[-1] != "+" or star != "*" else "/*")
        capabilities = random.choice([["deny"], ["read"], ["list", "read"], ["update"]])
        lines.append(f'path "{path}" {{ capabilities = {json.dumps(capabilities)} }}')
    return lines


def policy(lines: list[str], dialect: Dialect) -> Policy:
    return parse("\n".join(lines), name="p", dialect=dialect)


def decisions(lines: list[str], dialect: Dialect) -> list[object]:
    acl = Acl([policy(lines, dialect)], dialect=dialect, now=NOW)
    return [acl.decide(path, operation).truth for path in PATHS for operation in OPERATIONS]


@pytest.mark.parametrize("dialect", Dialect)
def test_no_decision_hangs_on_a_stanza_that_never_decides(dialect: Dialect) -> None:
    named = 0
    for seed in range(150):
        lines = written(Random(seed))  # noqa: S311 - the same policies each time
        files = {"policies/p.hcl": "\n".join(lines)}
        for one in vault_findings(parse_installation(files, dialect)):
            if one.id in ("ACC101", "ACC105"):
                named += 1
                number = int(one.place.rpartition(":")[2]) - 1
                without = lines[:number] + lines[number + 1 :]
                assert decisions(without, dialect) == decisions(lines, dialect), lines
    assert named > 20
