"""One manifest, its store switched from the embedded one to OpenBao to AWS: the same bytes.

Whoever moves from a laptop to a server must not find one quote, line break or accent changed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import pytest

from scale_secrets.render.environment import DIALECTS
from scale_secrets.render.header import HEADER_FORMATS
from tests.support.moto_server import MotoServer
from tests.support.openbao import ROOT_TOKEN, OpenBao
from tests.support.project import AWS, LIVE_BASIC, LIVE_KEY, LOCAL, VAULT, Project

Answer = TypeVar("Answer")

HARD = {
    "pem": "-----BEGIN KEY-----\nMIIB+/=\n\tindented\n-----END KEY-----\n",
    "quoted": 'it\'s a "hard" `value` \\ with \\n and # and ; and !',
    "dollars": "$HOME ${PATH} $(id) $$ %s {{ x }}",
    "unicode": "ünï ✓ \U0001d518 \u200d e\u0301",
    "spaces": "  two before and after  ",
    "long": "x" * 20_000,
}
STORES = {"local": LOCAL, "vault": VAULT, "aws": AWS}


def manifest(store: str, prefix: str) -> str:
    opaque = "".join(
        f'[environments.live.secrets.{name}]\npath = "{prefix}/{name}"\nfield = "value"\n'
        for name in HARD
    )
    return f"""\
[stores.main]
{store}
[environments.live]
mode = "live"
store = "main"
[environments.live.secrets.api_key]
path = "{prefix}/api-key"
field = "value"
{opaque}
[environments.live.config]
SCALE_PROJECT = "cat_labels"
"""


@pytest.fixture(scope="module")
def switched(
    tmp_path_factory: pytest.TempPathFactory, openbao: OpenBao, moto: MotoServer
) -> dict[str, Project]:
    """The same project three times over, one directory for each store, with all secrets stored."""
    first = Project.make(tmp_path_factory.mktemp("three"))
    first.init()
    first.environ |= {"VAULT_ADDR": openbao.url, "VAULT_TOKEN": ROOT_TOKEN, **moto.environ}
    prefix = f"t/{uuid.uuid4().hex}"
    projects = {}
    for name, store in STORES.items():
        root = first.root if name == "local" else first.root.parent / name
        root.mkdir(mode=0o700, exist_ok=True)
        projects[name] = Project(root, first.home, dict(first.environ))
        projects[name].write(manifest(store, prefix))
        projects[name].fill("live", {"api_key": LIVE_KEY, **HARD})
    return projects


def same(answers: Mapping[str, Answer]) -> Answer:
    first = answers["local"]
    assert answers == dict.fromkeys(STORES, first)
    return first


def test_every_header_format_is_the_same_from_every_store(switched: dict[str, Project]) -> None:
    for form in HEADER_FORMATS:
        got = {
            name: project.good("header", "-e", "live", "--format", form).out
            for name, project in switched.items()
        }
        text = same(got)
        assert text
        if form == "header":
            assert text.decode() == f"Authorization: {LIVE_BASIC}\n"


def test_every_dialect_is_the_same_from_every_store(switched: dict[str, Project]) -> None:
    held = set()
    for dialect in DIALECTS:
        runner = switched["local"].root.parent / "github-env"
        codes: dict[str, int] = {}
        outputs: dict[str, bytes] = {}
        for name, project in switched.items():
            runner.write_bytes(b"")
            done = project.run(
                "env", "-e", "live", "--format", dialect, environ={"GITHUB_ENV": str(runner)}
            )
            codes[name] = done.code
            outputs[name] = _comparable(done.out, done.err, runner)
        if same(codes) == 0:
            held.add(dialect)
        same(outputs)
    assert {"posix", "json", "yaml", "k8s"} <= held


def _comparable(out: bytes, err: str, runner: Path) -> bytes:
    """What was written, less the delimiters of a runner's heredocs, which are drawn each time."""
    lines = out + runner.read_bytes()
    drawn = [line.partition(b"<<")[2] for line in runner.read_bytes().splitlines() if b"<<" in line]
    for delimiter in filter(None, drawn):
        lines = lines.replace(delimiter, b"EOF")
    return lines + err.encode()


def test_a_process_gets_the_same_variables_from_every_store(switched: dict[str, Project]) -> None:
    got: dict[str, bytes] = {}
    for name, project in switched.items():
        variables = project.good("run", "--pristine", "-e", "live", "--", "env", "-0").out
        inherited = {f"PWD={project.root}".encode()}
        got[name] = b"\0".join(sorted(set(variables.split(b"\0")) - inherited))
    text = same(got)
    assert set(text.split(b"\0")) >= {
        f"{name.upper()}={value}".encode() for name, value in HARD.items()
    } | {f"SCALE_API_KEY={LIVE_KEY}".encode(), b"SCALE_PROJECT=cat_labels"}
