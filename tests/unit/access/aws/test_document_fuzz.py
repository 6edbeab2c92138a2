"""Random bytes, damaged policies and hostile values: a ``PolicyError`` or an answer, soon.

Whatever is read is then matched against random requests. The seed is printed with the counts.
"""

from __future__ import annotations

import copy
import json
import random
import time
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest

from scale_secrets.access.aws.document import Kind, parse
from scale_secrets.access.aws.model import Caller, CallerKind, Context, Document, Request
from scale_secrets.access.aws.statement import match, principal_forms, statements_for
from scale_secrets.access.verdict import Truth
from scale_secrets.errors import PolicyError
from tests.support.conformance import amount

# Far above what any call here takes, far below what one that goes back and forth would.
LIMIT = 10.0

GOOD: list[dict[str, Any]] = [
    {
        "Version": "2012-10-17",
        "Id": "key",
        "Statement": [
            {
                "Sid": "Enable IAM policies",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "AROAEXAMPLE"]},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Effect": "Deny",
                "NotPrincipal": {"AWS": "arn:aws:sts::111122223333:assumed-role/a/b"},
                "NotAction": ["kms:Describe*", "kms:?et*"],
                "NotResource": "arn:aws:kms:*:111122223333:key/*",
                "Condition": {
                    "StringNotEqualsIfExists": {"kms:ViaService": ["a", "b"]},
                    "ForAnyValue:StringLike": {"kms:EncryptionContextKeys": "Secret*"},
                    "Null": {"kms:GrantIsForAWSResource": "true"},
                },
            },
        ],
    },
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue", "*"],
            "Resource": "arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/Team, 'x'}/${*}*",
            "Condition": {
                "IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]},
                "DateLessThan": {"aws:CurrentTime": "2026-11-24T12:00:00Z"},
                "NumericLessThanEquals": {"aws:MultiFactorAuthAge": 3600},
                "Bool": {"aws:SecureTransport": True},
                "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/${aws:username}"},
                "BinaryEquals": {"k": "QmluYXJ5"},
                "StringEqualsIgnoreCase": {"aws:PrincipalTag/Team": "${aws:username}"},
            },
        },
    },
]
HOSTILE: list[Any] = [
    *(None, True, 0, -1.5e300, 10**400, "", [], {}, "*", "?", "${", "${}", "${*}", "\0", "\ud800"),
    *("${aws:username, '", "${a}" * 500, "*a" * 2_000, "?" * 3_000, "a" * 10_000, ":" * 50),
    *("*" * 5_000, "**?*" * 500, "arn:aws:iam::*", "1e99999999", "9" * 6_000, "10.0.0.0/99"),
    *("::ffff:10.0.0.1%eth0/8", "9999-99-99", "0000", "2026-02-30T25:61:61+99:99", "=", "ä" * 9),
    *([["*"]], {"AWS": {}}, {"StringLike": {"": ""}}, ["*"] * 2_000, {"AWS": ["*"] * 500}),
]
TEXTS = [text for text in HOSTILE if isinstance(text, str)]
NAMES = ["Action", "NotAction", "Resource", "Condition", "Principal", "Sid", "Effect", "Statement"]
OPERATORS = ["StringLike", "ForAllValues:ArnLike", "NumericEquals", "Null", "nullIfExists", "Bool"]
KEYS = ["aws:username", "aws:principaltag/Team", "aws:sourceip", "aws:currenttime", "k"]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    members: Any = value.items() if isinstance(value, dict) else ()
    members = enumerate(value) if isinstance(value, list) else members
    for step, below in members:
        found += _paths(below, (*path, step))
    return found


def _damaged(dice: random.Random) -> Any:
    """A good policy with some of its values, elements or operators replaced.

    Half of the policies keep their form, so that what is compared is strange, not what is read.
    """
    whole = {"policy": copy.deepcopy(dice.choice(GOOD))}
    if dice.random() < 0.5:
        return _with_strange_texts(whole["policy"], dice)
    for _ in range(dice.randint(1, 3)):
        path = dice.choice(_paths(whole["policy"], ("policy",)))
        place: Any = whole
        for step in path[:-1]:
            place = place[step]
        kind = dice.randrange(4)
        if kind == 0 and isinstance(place, dict) and len(path) > 1:
            name = dice.choice([*NAMES, *OPERATORS, *KEYS])
            place[name] = place.pop(path[-1]) if path[-1] in place else None
        elif kind == 1 and isinstance(place, dict) and len(path) > 1:
            place.pop(path[-1], None)
        else:
            place[path[-1]] = copy.deepcopy(dice.choice(HOSTILE))
    return whole["policy"]


def _with_strange_texts(value: Any, dice: random.Random) -> Any:
    """Every tenth text, but for those that only have one or two values, is another."""
    if isinstance(value, dict):
        return {
            name: each if name in ("Version", "Effect") else _with_strange_texts(each, dice)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_with_strange_texts(each, dice) for each in value]
    return dice.choice(TEXTS) if dice.random() < 0.1 else value


def _bytes(dice: random.Random, text: bytes) -> bytes:
    """Some bytes replaced, left out or doubled."""
    data = bytearray(text)
    for _ in range(dice.randint(1, 6)):
        start = dice.randrange(len(data) + 1)
        end = min(len(data), start + dice.randint(0, 12))
        piece = bytes(data[start:end])
        data[start:end] = dice.choice(
            [b"", piece * 2, dice.randbytes(len(piece)), b'"', b"{", b"["]
        )
    return bytes(data)


def _source(dice: random.Random) -> Any:
    kind = dice.randrange(8)
    if kind == 0:
        return dice.randbytes(dice.randint(0, 60))
    if kind == 1:
        depth = dice.choice([10, 400, 980, 1_000, 100_000])
        opening, closing = dice.choice([("[", "]"), ('{"Statement":', "}")])
        return opening * depth + "1" + closing * depth
    damaged = _damaged(dice)
    if kind == 2:
        return damaged if isinstance(damaged, dict) else {}
    text = json.dumps(damaged, ensure_ascii=dice.random() < 0.9, indent=dice.choice([None, 1]))
    if kind in (3, 4):
        return text.encode("utf-8", "surrogatepass")
    if kind == 5:
        return quote(text.encode("utf-8", "surrogatepass"))
    return _bytes(dice, text.encode("utf-8", "surrogatepass"))


def _request(dice: random.Random) -> Request:
    caller = Caller(
        dice.choice(list(CallerKind)),
        dice.choice(["arn:aws:iam::111122223333:role/a", "*", "", "lambda.amazonaws.com"]),
        dice.choice(["", "111122223333"]),
    )
    texts = [*TEXTS, "a" * 2_000, "10.0.0.1", "2026"]
    known = {
        key: tuple(dice.choices(texts, k=dice.randrange(3)))
        for key in dice.sample(KEYS, dice.randrange(len(KEYS)))
    }
    context = Context(
        known, closed=dice.random() < 0.5, multivalued=frozenset(dice.sample(KEYS, 1))
    )
    action = dice.choice(["kms:Decrypt", "secretsmanager:GetSecretValue", "", "İ:ß" + "a" * 2_000])
    resource = dice.choice(["*", "arn:aws:secretsmanager:us-east-1:1:secret:" + dice.choice(texts)])
    return Request(caller, action, resource, "111122223333", context)


def _match(document: Document, request: Request) -> int:
    statements_for(document, request.action)
    for statement in document.statements[:50]:
        matched = match(statement, request)
        assert bool(matched.unmet) is (matched.truth is Truth.FALSE)
        assert bool(matched.unknown) is (matched.truth is Truth.UNKNOWN)
        principal_forms(statement, request.caller)
    return len(document.statements[:50])


@pytest.mark.conformance
def test_no_input_is_answered_by_a_crash_or_never() -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    dice = random.Random(seed)  # noqa: S311 - decides what is tried
    counts: Counter[str] = Counter()
    slowest = 0.0
    end = time.monotonic() + amount(quick=5, full=600)
    while time.monotonic() < end:
        source = _source(dice)
        began = time.process_time()
        try:
            document = parse(source, name="p", file="p.json", kind=dice.choice(list(Kind)))
        except PolicyError as error:
            counts["refused"] += 1
            assert len(str(error)) < 600, seed
            assert error.line <= _lines(source), seed
        except Exception as error:
            raise AssertionError(f"seed {seed}: {source!r}"[:2_000]) from error
        else:
            counts["read"] += 1
            counts["matches"] += sum(_match(document, _request(dice)) for _ in range(5))
        slowest = max(slowest, time.process_time() - began)
        assert slowest < LIMIT, seed
    assert counts["read"] and counts["refused"] and counts["matches"]
    tried = counts["read"] + counts["refused"]
    print(  # noqa: T201 - what a conformance run shows
        f"{tried} policies (seed {seed}), {counts['refused']} refused, "
        f"{counts['matches']} matches, slowest {slowest:.2f} s, 0 crashes"
    )


def _lines(source: Any) -> int:
    """No line of an error is beyond this: URL encoding hides some line ends."""
    if isinstance(source, dict):
        return 0
    text = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    return 1 + text.count(b"\n") + text.upper().count(b"%0A")
