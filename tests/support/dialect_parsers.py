"""The real parser of each dialect, as a function from a file to the variables it reads.

Each reads the whole file in one process. ``missing`` says what to install where a parser is
absent; continuous integration installs them all.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from tests.support import dialect_docker, dialect_github

NODE = Path(__file__).parent / "node"
SYSTEMD_GENERATOR = Path(
    "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"
)

Read = Callable[[Path], Mapping[str, bytes]]


def _nothing_missing() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Parser:
    """``missing()``: what to install, empty when the parser is there."""

    name: str
    dialect: str
    read: Read
    missing: Callable[[], str] = _nothing_missing


def _run(*argv: str | Path, env: Mapping[str, str] | None = None) -> bytes:
    bare = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        argv, env=bare | dict(env or {}), stdout=subprocess.PIPE, timeout=60, check=True
    ).stdout


def _absent(program: str) -> str:
    return "" if shutil.which(program) else f"{program} is not installed"


def _shell(program: str, load: str, file: Path) -> dict[str, bytes]:
    output = _run(*program.split(), "-c", f"{load}\nexec env -0", env={"FILE": str(file)})
    pairs = (line.split(b"=", 1) for line in output.split(b"\0") if line)
    return {name.decode(): value for name, value in pairs}


SHELLS = ("sh", "bash", "dash", "zsh -f", "zsh -f -o rcquotes")
_LOADS = {"source": '. "$FILE"', "eval": 'eval "$(cat "$FILE")"'}
_LOAD_UNEXPORTED = 'set -a\n. "$FILE"'


def _python_dotenv(file: Path, *, interpolate: bool) -> dict[str, bytes]:
    from dotenv import dotenv_values

    values = dotenv_values(file, interpolate=interpolate)
    return {name: (value or "").encode() for name, value in values.items()}


@cache
def _npm_missing() -> str:
    """Install the locked npm packages into a folder that git ignores, once."""
    for program in ("node", "npm"):
        if absent := _absent(program):
            return absent
    stamp = NODE / "node_modules" / ".package-lock.json"
    lock = NODE / "package-lock.json"
    if stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime:
        return ""
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    result = subprocess.run(command, cwd=NODE, capture_output=True, timeout=100, check=False)
    return f"run `npm ci` in {NODE.name}: it failed" if result.returncode else ""


def _npm_dotenv(module: str, file: Path) -> dict[str, bytes]:
    values = json.loads(_run("node", NODE / "parse.js", module, file))
    return {name: value.encode() for name, value in values.items()}


def _docker(file: Path) -> dict[str, bytes]:
    pairs = (line.split("=", 1) for line in dialect_docker.read_env_file(file))
    return {name: value.encode() for name, value in pairs}


def _systemd(file: Path) -> dict[str, bytes]:
    """systemd's own parser, run through the generator that reads ``environment.d`` with it.

    Unlike ``EnvironmentFile=``, the generator then expands ``$`` (so it is doubled here, for this
    oracle only) and leaves empty values out (so they are put back as it reads them in a unit).
    """
    home = file.parent / "systemd"
    (home / "environment.d").mkdir(parents=True, exist_ok=True)
    content = file.read_bytes()
    (home / "environment.d" / "file.conf").write_bytes(content.replace(b"$", b"$$"))
    output = _run(SYSTEMD_GENERATOR, env={"XDG_CONFIG_HOME": str(home), "HOME": str(home)})
    pairs = (line.split(b"=", 1) for line in output.split(b"\n") if line)
    values = {name.decode(): _unquoted(value) for name, value in pairs}
    empty = re.findall(rb'^(\w+)=""$', content, re.MULTILINE)
    return {name.decode(): b"" for name in empty} | values


_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPED = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_ESCAPED |= {b"v": b"\v", b"e": b"\x1b", b"s": b" "}


def _unquoted(value: bytes) -> bytes:
    """A value as systemd prints it, which is ``"…"`` with escapes where it is not plain."""

    def one(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8)]) if code.isdigit() else _ESCAPED.get(code, code)

    return _ESCAPE.sub(one, value[1:-1]) if value.startswith(b'"') else value


def _github(file: Path, *, windows: bool) -> dict[str, bytes]:
    values = dialect_github.read_environment_file(file.read_bytes(), windows=windows)
    return {name: value.encode() for name, value in values.items()}


def _secret_by_kubectl(file: Path) -> dict[str, bytes]:
    output = _run("kubectl", "label", "--local", "-f", file, "a=b", "-o", "json")
    return {name: a2b_base64(value) for name, value in json.loads(output)["data"].items()}


def _secret_by_yaml(file: Path) -> dict[str, bytes]:
    import yaml

    secret = yaml.safe_load(file.read_bytes())
    return {name: a2b_base64(value) for name, value in secret["data"].items()}


def _yaml(file: Path) -> dict[str, bytes]:
    import yaml

    return {name: value.encode() for name, value in yaml.safe_load(file.read_bytes()).items()}


def _json(file: Path) -> dict[str, bytes]:
    return {name: value.encode() for name, value in json.loads(file.read_bytes()).items()}


def _systemd_missing() -> str:
    return "" if SYSTEMD_GENERATOR.exists() else "systemd is not installed"


PARSERS = (
    *(
        Parser(
            f"{shell} {way}",
            "posix",
            partial(_shell, shell, load),
            partial(_absent, shell.split()[0]),
        )
        for shell in SHELLS
        for way, load in _LOADS.items()
    ),
    Parser("python-dotenv", "dotenv", partial(_python_dotenv, interpolate=True)),
    Parser("python-dotenv literal", "dotenv", partial(_python_dotenv, interpolate=False)),
    *(
        Parser(f"npm {module}", "dotenv-node", partial(_npm_dotenv, module), _npm_missing)
        for module in ("dotenv-16", "dotenv-17", "dotenv-18")
    ),
    Parser("docker", "docker", _docker, partial(_absent, "docker")),
    Parser("systemd", "systemd", _systemd, _systemd_missing),
    *(
        Parser(
            f"{shell} of a systemd file",
            "systemd",
            partial(_shell, shell, _LOAD_UNEXPORTED),
            partial(_absent, shell),
        )
        for shell in ("sh", "bash")
    ),
    Parser("github runner, re-implemented", "github", partial(_github, windows=False)),
    Parser("github windows runner, re-implemented", "github", partial(_github, windows=True)),
    Parser("kubectl", "k8s", _secret_by_kubectl, partial(_absent, "kubectl")),
    Parser("PyYAML and base64", "k8s", _secret_by_yaml),
    Parser("PyYAML", "yaml", _yaml),
    Parser("json", "json", _json),
)
