"""A user with a home and a project, who types commands: each one is a process of its own.

    project = Project.make(tmp_path)
    project.run("put", "-e", "test", "api_key", given=TEST_KEY).code == 0

The keys are made up. Nothing of the machine's own surroundings reaches a command but its PATH.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scale_secrets.values import SecretValue

PROGRAM = str(Path(sys.executable).with_name("scale-secrets"))

LIVE_KEY = "live_" + "0123456789abcdef" * 2
TEST_KEY = "test_" + "fedcba9876543210" * 2
LIVE_BASIC = "Basic bGl2ZV8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjo="  # printf KEY: | base64

LOCAL = 'kind = "local"\npath = ".scale-secrets/store.age"'
VAULT = 'kind = "vault"\nmount = "secret"'
AWS = 'kind = "aws"'
ENVIRON = 'kind = "environ"'


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and what it printed."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()


@dataclass
class Project:
    """``root`` is where the commands run; ``environ`` is all of their environment."""

    root: Path
    home: Path
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, place: Path) -> Project:
        home, root = place / "home", place / "project"
        for directory in (home, root):
            directory.mkdir(mode=0o700)
        environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        # Under `pytest --cov` the commands are measured, too: coverage finds itself by these.
        measured = {name: os.environ[name] for name in os.environ if name.startswith("COVERAGE_")}
        return cls(root, home, environ | measured)

    @property
    def manifest(self) -> Path:
        return self.root / "scale-secrets.toml"

    def write(self, text: str) -> None:
        """Write the manifest."""
        self.manifest.write_text(text, encoding="utf-8")
        self.manifest.chmod(0o644)

    def run(
        self,
        *words: str,
        given: str | bytes = b"",
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Done:
        """Type ``scale-secrets WORDS`` with ``given`` on stdin, which is no terminal."""
        done = subprocess.run(
            [PROGRAM, *words],
            input=given.encode() if isinstance(given, str) else given,
            capture_output=True,
            cwd=cwd or self.root,
            env={**self.environ, **(environ or {})},
            check=False,
            timeout=60,
        )
        return Done(done.returncode, done.stdout, done.stderr.decode())

    def good(
        self, *words: str, given: str | bytes = b"", environ: Mapping[str, str] | None = None
    ) -> Done:
        """The same for a command that must succeed."""
        done = self.run(*words, given=given, environ=environ)
        assert done.code == 0, f"{words}: exit {done.code}\n{done.err}"
        return done

    def fill(self, environment: str, values: Mapping[str, str | bytes]) -> None:
        """Put secrets without a process for each; every rule of ``put`` holds."""
        from scale_secrets.operation import operation
        from scale_secrets.service.put import Slot, put_secret
        from scale_secrets.service.session import open_session
        from scale_secrets.surroundings import Surroundings

        with open_session(Surroundings(dict(self.environ), self.home, self.root)) as session:
            spec = session.environment(environment)
            for name, value in values.items():
                slot = Slot(spec, spec.secrets[name])
                put_secret(slot.spec.coordinate, SecretValue(value), (slot,), session, operation())

    def init(self) -> None:
        """The embedded store; the manifest that ``init`` wrote is for the caller to replace."""
        self.good("init")


def manifest_of(store: str, *, prefix: str = "scale", field: str = "", more: str = "") -> str:
    """A test and a live environment with an API key each, kept in one store named ``main``."""
    named = f'field = "{field}"\n' if field else ""
    return f"""\
[stores.main]
{store}

[environments.test]
mode = "test"
store = "main"
[environments.test.secrets.api_key]
path = "{prefix}/test/api-key"
{named}
[environments.live]
mode = "live"
store = "main"
[environments.live.secrets.api_key]
path = "{prefix}/live/api-key"
{named}
{more}
"""
