"""Random completions of a case whose context is not wholly known, independent of the product's.

Values come from the generator's pools and from the policies' own texts, whatever is asked of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from scale_secrets.access.aws.model import CallerKind
from tests.support import aws_case_pools as pools
from tests.support.aws_cases import MULTIVALUED, Case, key_id, values_of

_BY_ID = {key_id(key.name): key for key in pools.CONDITION_KEYS}

# AWS documents of these that every request has them.
_ALWAYS = frozenset(
    (
        "aws:currenttime",
        "aws:epochtime",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:viaawsservice",
    )
)


def completions(case: Case, *, seed: str, count: int) -> Iterator[Case]:
    """Closed cases that agree with this one in everything it knows."""
    random = Random(f"completions {seed}")  # noqa: S311 - the same for the same seed
    for _ in range(count):
        context = dict(case.context)
        for key in case.unknown():
            context[key] = _values(random, key, case)
        caller = case.caller
        if caller.kind is CallerKind.ROLE and not caller.session:
            name = random.choice(pools.SESSION_NAMES)
            caller = replace(caller, session=pools.session_arn(caller.arn, name))
        yield replace(case, caller=caller, context=context, closed=True)


def _values(random: Random, key: str, case: Case) -> tuple[str, ...]:
    name = key_id(key)
    if random.random() < 0.25 and name not in _ALWAYS:
        return ()
    known = _BY_ID[name]
    candidates = list(known.values)
    if known.kind == "string" and random.random() < 0.5:
        candidates = [*_texts(case, name), "other"]
    if known.kind == "arn" and random.random() < 0.5:
        arns = (one for one in _texts(case, name) if one.startswith("arn:") and one.count(":") > 4)
        candidates = [*arns, "arn:aws:iam::999988887777:role/other"]
    if name not in MULTIVALUED:
        return (random.choice(candidates),)
    return tuple(random.sample(candidates, random.randint(1, min(2, len(candidates)))))


def _texts(case: Case, name: str) -> Iterator[str]:
    """What the policies compare the key with, wildcards and all."""
    for _, policy in case.documents():
        for statement in policy["Statement"]:
            for block in statement.get("Condition", {}).values():
                for key, values in block.items():
                    if key_id(key) == name:
                        yield from values_of(values)
