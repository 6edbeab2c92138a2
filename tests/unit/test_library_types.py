"""The public face as a type checker sees it: a program that is right, and one that is not."""

from __future__ import annotations

import sys
from pathlib import Path

from mypy import api

PROGRAM = """\
from pathlib import Path
from typing import assert_type

import httpx
import requests

import scale_secrets
from scale_secrets import ScaleAuth, Secrets, SecretValue


def start() -> Secrets:
    secrets = scale_secrets.load("live", manifest=Path("scale-secrets.toml"), timeout=5)
    assert_type(secrets, Secrets)
    assert_type(secrets.api_key, SecretValue)
    assert_type(secrets["other"].value, SecretValue)
    assert_type(secrets.auth, ScaleAuth)
    session = requests.Session()
    session.auth = secrets.auth
    requests.get(secrets.base_url, auth=secrets["other"].auth)
    httpx.Client(auth=secrets.auth)
    httpx.AsyncClient(auth=secrets.auth)
    secrets.callbacks.verify({"scale-callback-auth": "x"})
    secrets.scale_client(timeout=3.0)
    return secrets


async def later() -> None:
    secrets = await scale_secrets.load_async(coordinates={"api_key": "vault:x"}, mode="test")
    assert_type(secrets, Secrets)
    text: str = secrets.api_key  # wrong: a value is no text
    secrets.base_url = "https://x"  # wrong: frozen
    scale_secrets.load("live", manifest="scale-secrets.toml")  # wrong: a path, or a document
    secrets.auth()  # wrong: it signs a request
"""


def test_a_type_checker_follows_the_library(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    arguments = ["--strict", "--cache-dir", str(tmp_path / "cache"), "--no-error-summary"]
    told, failed, code = api.run(
        [*arguments, "--python-executable", sys.executable, "--hide-error-codes", str(program)]
    )
    assert (failed, code) == ("", 1)
    wrong = {int(line.split(":")[1]) for line in told.splitlines() if ": error: " in line}
    lines = PROGRAM.splitlines()
    assert wrong == {number for number, line in enumerate(lines, 1) if "# wrong" in line}, told
