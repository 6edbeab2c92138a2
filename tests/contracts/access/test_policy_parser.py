"""Our reading of policies against a real OpenBao's: what it accepts, and what it understood.

A text that the server cannot answer for at all (it closes the connection, since its parser
panicked) counts as rejected. What an accepted text means is asked by ``sys/capabilities`` with a
token of that policy, and, for what that oracle is blind to, by real requests.
"""

from __future__ import annotations

import base64
import http.client
import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from scale_secrets.access.vault.acl import Acl
from scale_secrets.access.vault.model import Capability, Dialect, Match, Policy, Rule
from scale_secrets.access.vault.policy import parse
from scale_secrets.errors import PolicyError
from tests.support.access_policies import Request
from tests.support.conformance import amount
from tests.support.openbao import OpenBao
from tests.support.policy_generator import Writer
from tests.support.policy_texts import vectors
from tests.support.raw_openbao import Connection

SEED = 20_261_124
NAME = "parser-probe"


class Judge:
    """A real server, and a token there whose one policy is the last one that it accepted."""

    def __init__(self, server: OpenBao) -> None:
        self._server = server
        self._connection = Connection(server)
        self._connection.root("PUT", f"sys/policies/acl/{NAME}", {"policy": "# none yet"})
        self.token = self._connection.token([NAME])
        self.panics = 0

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.__exit__()

    def accepts(self, text: bytes) -> bool:
        # In base 64, so that any byte arrives and no text is taken for base 64 itself.
        body = {"policy": base64.b64encode(text or b"\n").decode()}
        try:
            status, answer = self._send(Request("PUT", f"sys/policies/acl/{NAME}", body=body))
        except (OSError, http.client.HTTPException):
            self._connection.__exit__()
            self._connection = Connection(self._server)
            self.panics += 1
            return False
        assert status in (204, 400), answer
        return status == 204

    def capabilities(self, paths: list[str]) -> dict[str, list[str]]:
        answer = self._connection.capabilities(self.token, paths)
        assert answer is not None
        return {path: answer[path] for path in paths}

    def lets_pass(self, request: Request) -> bool:
        return self._send(request, self.token)[0] != 403

    def _send(self, request: Request, token: str = "root") -> tuple[int, dict[str, object]]:
        return self._connection.send(request, token)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with OpenBao() as server, Judge(server) as judge:
        yield judge


def test_every_vector_is_judged_as_the_server_judges_it(judge: Judge) -> None:
    cases = vectors()
    assert len(cases) > 600
    wrong = [str(case) for case in cases if judge.accepts(case.text) is not case.accepted]
    assert wrong == []


def test_every_accepted_vector_means_what_it_means_to_the_server(judge: Judge) -> None:
    asked = 0
    for case in vectors():
        if case.accepted and judge.accepts(case.text):
            policy = _parsed(case.text)
            assert policy is not None, case.name
            asked += _check_meaning(judge, policy, case.name)
    assert asked > 300


@pytest.mark.conformance
def test_generated_texts_are_judged_and_understood_as_by_the_server(judge: Judge) -> None:
    writer = Writer(SEED)
    counts: Counter[str] = Counter()
    disagreements = []
    for _ in range(amount(quick=400, full=20_000)):
        text = writer.text().encode()
        accepted, policy = judge.accepts(text), _parsed(text)
        counts["accepted" if accepted else "rejected"] += 1
        if accepted is not (policy is not None):
            disagreements.append(text)
        elif policy is not None:
            counts["paths"] += _check_meaning(judge, policy, repr(text))
    print(  # noqa: T201
        f"{counts['accepted'] + counts['rejected']} texts, {len(disagreements)} disagreements:"
        f" {counts['accepted']} accepted, {counts['rejected']} rejected (the server panicked at"
        f" {judge.panics}), {counts['paths']} capabilities compared"
    )
    assert disagreements == []
    assert min(counts["accepted"], counts["rejected"], counts["paths"]) > 100


def _parsed(text: bytes) -> Policy | None:
    try:
        return parse(text, name=NAME, dialect=Dialect.OPENBAO, now=datetime.now(UTC))
    except PolicyError:
        return None


def _check_meaning(judge: Judge, policy: Policy, what: str) -> int:
    """Ask the capabilities of paths that the first rules match; the number of paths."""
    paths = sorted({path for rule in policy.rules[:8] for path in _matched(rule)})
    if not paths:
        return 0
    acl = Acl([policy], dialect=Dialect.OPENBAO, now=datetime.now(UTC))
    ours = {path: _named(acl.capabilities(path)) for path in paths}
    assert ours == judge.capabilities(paths), what
    return len(paths)


def _matched(rule: Rule) -> Iterator[str]:
    """Paths that the rule matches, as far as ``sys/capabilities`` takes them for a path."""
    found = [rule.pattern]
    if rule.match is Match.PREFIX:
        found.append(f"{rule.pattern}x")
    elif rule.match is Match.SEGMENT:
        found = ["/".join("s" if part == "+" else part for part in rule.pattern.split("/"))]
    for path in found:
        if path and path.isprintable() and path == path.strip(" /") and "," not in path:
            yield path


def _named(capabilities: Capability) -> list[str]:
    if not capabilities or Capability.DENY in capabilities:
        return ["deny"]
    return sorted(
        one.name.lower() for one in Capability if one and one in capabilities and one.name
    )


@pytest.mark.parametrize(
    "written",
    [
        '"90s"', '"1m30.5s"', '"90"', "90", "90.9", "0x10", "017", '"1d"', '".5m"', '"+5s"',
        '"1500ms"', '"5000000us"', "7 min_wrapping_ttl = \"9\"",
    ],
)  # fmt: skip
def test_a_wrapping_time_is_as_long_as_the_server_takes_it(judge: Judge, written: str) -> None:
    text = f'path "kv1/a" {{ capabilities = ["read"] min_wrapping_ttl = {written} }}'.encode()
    policy = _parsed(text)
    assert policy is not None and judge.accepts(text)
    shortest = policy.rules[0].min_wrapping_ttl
    assert shortest is not None
    enough = math.ceil(shortest)
    assert judge.lets_pass(Request("GET", "kv1/a", wrapping=enough))
    assert not judge.lets_pass(Request("GET", "kv1/a", wrapping=enough - 1))


@pytest.mark.parametrize(
    "written",
    [
        '"x"', r'"\x61\142\u0063\U00000064"', r'"${\\x}\\"', '"a$b"', '""', "true", "false",
        '["x"]', '["x", [true]]', '{ y = "z" }', "{ y = true, z = [] }", "<<E\nx\ny\nE\n",
        "<<E\nx\n  E\n", "<<E\nE\n", "<<-E\n  x\n    y\n  E\n", "<<-E\n x\n  E\n",
        "<<-E\n\tx\n\n\tE\n", "<<-É\n  é\n  É\n", "<<E\nx\nE\r\r\n",
    ],
)  # fmt: skip
def test_a_parameter_value_is_the_one_that_the_server_permits(judge: Judge, written: str) -> None:
    """Numbers are left out: no number of a request equals one of a policy."""
    text = (
        'path "kv1/a" { capabilities = ["create", "update"] allowed_parameters = {'
        f' "x" = [{written}] }} }}'
    ).encode()
    policy = _parsed(text)
    assert policy is not None and judge.accepts(text)
    allowed = policy.rules[0].allowed_parameters
    assert allowed is not None
    assert judge.lets_pass(Request("PUT", "kv1/a", body={"x": allowed["x"][0]}))
    assert not judge.lets_pass(Request("PUT", "kv1/a", body={"x": "another"}))


def test_paths_are_the_bytes_that_the_server_takes(judge: Judge) -> None:
    """Every form of escape, in both notations, asked for by the character it stands for."""
    for text, path in (
        (r'path "\x62\141\u00e9\U0001f511" { capabilities = ["read"] }', "ba\u00e9\U0001f511"),
        (r'path "\UFFFFFF61" { capabilities = ["read"] }', "a"),
        (r'path "\ud83d" { capabilities = ["read"] }', "\ufffd"),
        (r'path "a${\x61}" { capabilities = ["read"] }', r"a${\x61}"),
        (r'{"path": {"\x62\141\u00e9": {"capabilities": ["read"]}}}', "ba\u00e9"),
        (r'{"path": {"a${\x61}": {"capabilities": ["read"]}}}', "a${a}"),
    ):
        policy = _parsed(text.encode())
        assert policy is not None and judge.accepts(text.encode())
        assert [rule.pattern for rule in policy.rules] == [path]
        assert judge.capabilities([path]) == {path: ["read"]}
