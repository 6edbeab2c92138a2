"""How a program with fresh secrets ends: at once, quietly, and with its token given back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.fresh.scene import VaultScene

FORKING = "ignore:.*multi-threaded:DeprecationWarning"  # that is the point
BEGIN = """
import atexit, json, os, sys
import scale_secrets
manifest = json.loads(sys.argv[1])
def make(**more):
    return scale_secrets.fresh("live", manifest=manifest, **more)
"""
ENDINGS = {
    "nothing is closed": "secrets = make(); secrets.refresh()",
    "the last read is at the end": """
secrets = make()
atexit.register(lambda: secrets.api_key)
""",
    "a forked child ends as well": """
secrets = make()
secrets.refresh()
child = os.fork()
if child == 0:
    secrets.refresh()
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
secrets.refresh()
""",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_ends_quietly_and_gives_its_token_back(
    vault: VaultScene, login: dict[str, object], ending: str, tmp_path: Path
) -> None:
    given = json.dumps(login)
    environ = {name: text for name, text in vault.environ.items() if name != "VAULT_TOKEN"}
    measured = {name: text for name, text in os.environ.items() if name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", FORKING, "-c", BEGIN + ENDINGS[ending], given],
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], **environ, **measured},
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.stderr.decode() == ""
    assert done.returncode == 0
    asked = [request.split(b" ", 2)[1].rpartition(b"/")[0] for request in vault.front.requests]
    logins = asked.count(b"/v1/auth/userpass/login")
    assert logins == (2 if "child" in ending else 1), "a child has an identity of its own"
    given_back = sum(b"/revoke-self " in request for request in vault.front.requests)
    assert given_back == logins
