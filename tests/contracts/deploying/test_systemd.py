"""The units: systemd finds no fault in them, and what they start does what they say."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.contracts.deploying.conftest import ROLE, enable, store
from tests.support.namespaces import contained
from tests.support.openbao import OpenBao
from tests.support.project import LIVE_KEY, PROGRAM, Project
from tests.support.watched import PATIENCE, until

UNITS = ("cat-labels", "cat-labels-keys", "cat-labels-reader")
INSTALLED = "/usr/local/bin"
NEW_KEY = "live_ScaleRocks"
# The application, as far as these tests look: it reads its file, and again at HUP.
APPLICATION = """#!/bin/sh
trap 'echo "hup $(cat "$SCALE_API_KEY_FILE")"' HUP
echo "up $(cat "$SCALE_API_KEY_FILE")"
while :; do sleep 0.05; done
"""


def settings(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.M):
        found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def units(examples: Path, tmp_path: Path) -> Path:
    """The units with the programs in a directory of this test's: ours, and an application."""
    programs, units = tmp_path / "bin", tmp_path / "units"
    programs.mkdir()
    units.mkdir()
    (programs / "scale-secrets").symlink_to(PROGRAM)
    (programs / "cat-labels").write_text(APPLICATION)
    (programs / "cat-labels").chmod(0o755)
    for file in (examples / "systemd").iterdir():
        text = file.read_text().replace(INSTALLED, str(programs))
        (units / file.name).write_text(text)
    return units


def test_systemd_finds_no_fault_in_the_units(units: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    words = ["systemd-analyze", "verify", *(str(units / f"{name}.service") for name in UNITS)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_would_find_one(units: Path) -> None:
    """The control: a setting that it does not know is told."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = units / "cat-labels.service"
    unit.write_text(unit.read_text().replace("KillMode=mixed", "KillMode=gently"))
    words = ["systemd-analyze", "verify", str(unit)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "gently" in done.stderr


@pytest.fixture
def secret_id(vault: OpenBao) -> str:
    enable(vault, "approle")
    vault.root("POST", f"auth/approle/role/{ROLE}", {"token_policies": [ROLE], "token_ttl": "5m"})
    vault.root("POST", f"auth/approle/role/{ROLE}/role-id", {"role_id": ROLE})
    made = vault.root("POST", f"auth/approle/role/{ROLE}/secret-id", {})
    return str(made["data"]["secret_id"])


def service(unit: Path, host: Project, vault: OpenBao, secret_id: str) -> list[str]:
    """The command of a unit, in what systemd prepares for it."""
    own = settings(unit)
    name = own["RuntimeDirectory"][0]
    credentials = f"/run/credentials/{unit.name}"
    variables = [line for line in own["Environment"] if not line.startswith("VAULT_ADDR=")]
    (command,) = own["ExecStart"]
    words = ["env", f"VAULT_ADDR={vault.url}", *variables, *shlex.split(command)]
    etc = unit.parent
    words = [word.replace("/etc/cat-labels", str(etc)) for word in words]
    (etc / "scale-secrets.toml").chmod(0o644)
    secret = etc / "secret-id"
    secret.write_text(secret_id)
    prepare = (
        f"mkdir -m 0755 -p /run/credentials && mkdir -m 0700 {credentials} /run/{name}\n"
        f"install -m 0400 {secret} {credentials}/secret-id"
    )
    return contained(words, prepare=prepare, directory="/")


def test_the_service_s_files_follow_a_rotation(
    units: Path, host: Project, vault: OpenBao, secret_id: str
) -> None:
    unit = units / "cat-labels.service"
    unit.write_text(unit.read_text().replace("--watch ", "--watch --every 0.3 --debounce 0.1 "))
    printed = host.root / "printed"
    with printed.open("wb") as out:
        process = subprocess.Popen(
            service(unit, host, vault, secret_id), env=host.environ, stdout=out
        )
    try:
        until(lambda: f"up {LIVE_KEY}\n" in printed.read_text())
        store(vault, NEW_KEY)
        until(lambda: f"hup {NEW_KEY}\n" in printed.read_text())
    finally:
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The first process of the namespace: with it, all of them end."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    subprocess.run(["kill", "-KILL", *children], check=True)
    process.wait(PATIENCE)


def test_one_unit_fetches_what_another_loads_as_a_credential(
    units: Path, host: Project, vault: OpenBao, secret_id: str
) -> None:
    (loaded,) = settings(units / "cat-labels-reader.service")["LoadCredential"]
    name, _, path = loaded.partition(":")
    words = service(units / "cat-labels-keys.service", host, vault, secret_id)
    # Afterwards, as systemd does for the other unit: as root, by that path.
    words[-1] = words[-1].replace("\nexec ", "\n") + f"\ncat {path}; stat -c ' %a' {path}"
    done = subprocess.run(words, env=host.environ, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{LIVE_KEY} 600\n", "")
    assert name == "SCALE_API_KEY"


def test_no_unit_puts_a_key_into_its_variables(examples: Path) -> None:
    for name in UNITS:
        own = settings(examples / "systemd" / f"{name}.service")
        for line in own.get("Environment", []):
            assert line.startswith(("VAULT_ADDR=", "SCALE_SECRETS_"))
        started: Sequence[str] = shlex.split(own["ExecStart"][0])
        assert started[0].startswith(INSTALLED)
        assert "scale-secrets" not in started[0] or "--files" in started
