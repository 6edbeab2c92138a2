"""The cases: each door beside the program that its users would otherwise call.

``python -m bench [ROUNDS]``. Servers are the ones of the tests, on loopback: a real OpenBao, and
moto in the place of AWS. Every key is made up.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measure import Program, compare
from scale_secrets.stores.local.setup import create_identity, create_store
from tests.support.moto_server import MotoServer
from tests.support.openbao import BINARY, ROOT_TOKEN, OpenBao

ROUNDS = 15
MANY = 100
KEY = "live_ScaleRocks"
HEADER = "bGl2ZV9TY2FsZVJvY2tzOg=="
BIN = Path(sys.executable).parent

_MANIFEST = """
[stores.place]
{store}

[environments.test]
mode = "test"
store = "place"
[environments.test.secrets.api_key]
path = "scale/test/api-key"
{field}

[environments.live]
mode = "live"
store = "place"
[environments.live.secrets.api_key]
path = "scale/live/api-key"
{field}
"""
_MANY = """
[environments.many]
mode = "live"
store = "place"
"""
_ONE_OF_MANY = """
[environments.many.secrets.key_{number}]
path = "scale/many/key-{number}"
type = "scale-api-key"
{field}
"""

_LOAD = "import scale_secrets as s; print(s.load('live').api_key.reveal())"

# The nearest other library: its resolver is Rust, linked into a Python module.
_SECRETSPEC_MANIFEST = """
[project]
name = "bench"
revision = "1.0"
[profiles.default]
API_KEY = { description = "the key" }
"""
_SECRETSPEC_PATH = "secretspec/bench/default/API_KEY"
_SECRETSPEC_LOAD = """
from secretspec import SecretSpec
builder = SecretSpec.builder().with_provider({provider!r}).with_reason("bench")
print(builder.load().secrets["API_KEY"].get)
"""


class Bench:
    """A directory with a home and a working directory for each store."""

    def __init__(self, root: Path, rounds: int) -> None:
        self._root = root
        self._rounds = rounds
        self._home = root / "home"
        self._home.mkdir()

    def place(self, name: str, store: str, *, field: str = "") -> Path:
        """A working directory with the usual manifest, and one that declares many secrets more."""
        directory = self._root / name
        directory.mkdir()
        text = _MANIFEST.format(store=store, field=field)
        (directory / "scale-secrets.toml").write_text(text)
        many = (_ONE_OF_MANY.format(number=number, field=field) for number in range(MANY))
        (directory / "many.toml").write_text(text + _MANY + "".join(many))
        return directory

    def program(
        self,
        name: str,
        *argv: str | Path,
        cwd: Path | None = None,
        environ: Mapping[str, str] | None = None,
        prints: str = "",
    ) -> Program:
        surroundings = {"PATH": os.environ["PATH"], "HOME": str(self._home), **(environ or {})}
        return Program(name, argv, surroundings, cwd or self._root, prints)

    def ours(
        self,
        *words: str,
        cwd: Path | None = None,
        environ: Mapping[str, str] | None = None,
        prints: str = "",
    ) -> Program:
        argv: tuple[str | Path, ...] = (BIN / "scale-secrets", *words)
        return self.program(words[0], *argv, cwd=cwd, environ=environ, prints=prints)

    def python(self, code: str, cwd: Path, environ: Mapping[str, str]) -> Program:
        """A fresh interpreter that prints the key. Named by the library that the code imports."""
        name = f"{code.split()[1]} in Python"
        return self.program(name, sys.executable, "-c", code, cwd=cwd, environ=environ, prints=KEY)

    def show(self, title: str, ours: Program, theirs: Program) -> None:
        print(compare(title, ours, theirs, rounds=self._rounds), flush=True)

    def show_many(self, title: str, cwd: Path, environ: Mapping[str, str]) -> None:
        words = ("run", "--manifest", "many.toml", "-e")
        many = self.ours(*words, "many", "--", "true", cwd=cwd, environ=environ)
        one = self.ours(*words, "live", "--", "true", cwd=cwd, environ=environ)
        self.show(title, many, Program("run, 1 secret", one.argv, one.environ, one.cwd))


def _keys() -> Iterator[tuple[str, str]]:
    yield "scale/live/api-key", KEY
    for number in range(MANY):
        yield f"scale/many/key-{number}", f"live_{number:032x}"


def start_up(bench: Bench) -> None:
    bench.show(
        "--help",
        bench.ours("--help", prints="Usage"),
        bench.program("python -c pass", sys.executable, "-c", "pass"),
    )


def local(bench: Bench) -> None:
    directory = bench.place("local", 'kind = "local"\npath = "store.age"\nidentity = "id.txt"')
    recipient = create_identity(directory / "id.txt")
    create_store(directory / "store.age", [recipient])
    (directory / "key").write_text(KEY)
    bench.ours("put", "-e", "live", "api_key", "--from-file", "key", cwd=directory).check()
    bench.show(
        "header, embedded store",
        bench.ours("header", "-e", "live", cwd=directory, prints=HEADER),
        bench.program(
            "age -d", "age", "-d", "-i", "id.txt", "store.age", cwd=directory, prints=KEY
        ),
    )


def vault(bench: Bench) -> None:
    directory = bench.place("vault", 'kind = "vault"\nmount = "secret"', field='field = "value"')
    with OpenBao() as server:
        for path, key in (*_keys(), (_SECRETSPEC_PATH, KEY)):
            server.root("POST", f"secret/data/{path}", {"data": {"value": key}})
        environ = {"VAULT_ADDR": server.url, "VAULT_TOKEN": ROOT_TOKEN}
        get = ("kv", "get", "-mount=secret", "-field=value", "scale/live/api-key")
        theirs = bench.program("bao kv get -field", BINARY, *get, environ=environ, prints=KEY)
        ours = bench.ours("header", "-e", "live", cwd=directory, environ=environ, prints=HEADER)
        bench.show("header, Vault", ours, theirs)
        provider = f"{server.url.replace('http', 'vault')}/secret?tls=false"
        (directory / "secretspec.toml").write_text(_SECRETSPEC_MANIFEST)
        theirs = bench.python(_SECRETSPEC_LOAD.format(provider=provider), directory, environ)
        bench.show("load(), Vault", bench.python(_LOAD, directory, environ), theirs)
        bench.show_many(f"run, Vault, {MANY} secrets : 1", directory, environ)


def aws(bench: Bench) -> None:
    directory = bench.place("aws", 'kind = "aws"')
    with MotoServer() as server:
        client = server.client("secretsmanager")
        for path, key in _keys():
            client.create_secret(Name=path, SecretString=key)
        words = ("secretsmanager", "get-secret-value", "--secret-id", "scale/live/api-key")
        theirs = bench.program(
            "aws get-secret-value", BIN / "aws", *words, environ=server.environ, prints=KEY
        )
        ours = bench.ours(
            "header", "-e", "live", cwd=directory, environ=server.environ, prints=HEADER
        )
        bench.show("header, AWS", ours, theirs)
        bench.show_many(f"run, AWS, {MANY} secrets : 1", directory, server.environ)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    load = os.getloadavg()[0]
    print(
        f"{rounds} pairs each, whole processes, medians (quartiles); ratio below 1: we are faster"
    )
    print(f"{os.cpu_count()} processors, load {load:.1f} before: believe the ratio, not the time\n")
    print(f"{'':<34} {'ratio':>5} {'':<13} {'of processors':<7} {'ours':<18} {'beside':<22}")
    root = Path(tempfile.mkdtemp(prefix="scale-secrets-bench-"))
    try:
        bench = Bench(root, rounds)
        for case in (start_up, local, vault, aws):
            case(bench)
    finally:
        shutil.rmtree(root)
    print(f"\nload {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
