"""The local store and the real ``age`` and ``ssh-keygen`` read each other's files."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from scale_secrets.operation import operation
from scale_secrets.stores.local.identity import load_identities
from scale_secrets.surroundings import Surroundings
from scale_secrets.values import SecretValue
from tests.contracts.local_harness import LocalHarness
from tests.contracts.store_contract import CANARY, held, write

AGE = shutil.which("age") or ""
AGE_KEYGEN = shutil.which("age-keygen") or ""
SSH_KEYGEN = shutil.which("ssh-keygen") or ""
needs_age = pytest.mark.skipif(not AGE or not AGE_KEYGEN, reason="needs age (apt: age)")
needs_ssh = pytest.mark.skipif(not SSH_KEYGEN, reason="needs ssh-keygen (apt: openssh-client)")
PATH = "scale/test/api-key"


@pytest.fixture
def harness(tmp_path: Path) -> LocalHarness:
    made = LocalHarness(tmp_path, "api_key")
    made.seed(PATH, CANARY)
    return made


def get(harness: LocalHarness, identity: Path | None = None) -> str:
    return held(harness.open(identity=identity).get(PATH, None, operation()), "api_key")


def run(*command: str | Path, data: bytes = b"") -> bytes:
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout


@needs_age
def test_age_reads_what_the_store_wrote(harness: LocalHarness) -> None:
    document = json.loads(run(AGE, "-d", "-i", harness.identity, harness.file))
    (version,) = document["containers"][PATH]["versions"]
    assert version["fields"] == {"api_key": {"text": CANARY}}


@needs_age
@pytest.mark.parametrize("armor", [[], ["-a"]], ids=["binary", "armored"])
def test_the_store_reads_what_age_wrote(harness: LocalHarness, armor: list[str]) -> None:
    content = run(AGE, "-d", "-i", harness.identity, harness.file)
    harness.file.write_bytes(run(AGE, *armor, "-R", harness.recipients, data=content))
    assert get(harness) == CANARY
    write(harness.open(), PATH, "next", "api_key")
    assert b"next" in run(AGE, "-d", "-i", harness.identity, harness.file)


@needs_age
def test_an_identity_of_age_keygen_is_used(harness: LocalHarness) -> None:
    identity = harness.directory / "second.txt"
    run(AGE_KEYGEN, "-o", identity)
    with harness.recipients.open("ab") as file:
        file.write(b"# a colleague\n" + run(AGE_KEYGEN, "-y", identity))
    write(harness.open(), PATH, "for both", "api_key")
    assert get(harness, identity=identity) == "for both"
    assert get(harness) == "for both"


@needs_age
def test_age_keygen_reads_our_identity(harness: LocalHarness) -> None:
    assert run(AGE_KEYGEN, "-y", harness.identity) == harness.recipients.read_bytes()


@needs_age
def test_an_identity_under_a_passphrase_of_age_is_used(harness: LocalHarness) -> None:
    locked = harness.directory / "locked.age"
    age_with_passphrase(["-p", "-o", str(locked), str(harness.identity)], b"correct horse")
    locked.chmod(0o600)
    surroundings = Surroundings(
        {}, harness.directory, harness.directory, ask=lambda _: SecretValue("correct horse")
    )
    (identity,) = load_identities(locked, surroundings)
    assert identity.recipient == harness.recipients.read_text().strip()


@needs_age
@needs_ssh
@pytest.mark.parametrize(
    "options",
    [["-t", "ed25519"], ["-t", "rsa", "-b", "2048"], ["-t", "rsa", "-b", "2048", "-m", "PEM"]],
    ids=["ed25519", "rsa", "rsa-pem"],
)
def test_an_ssh_key_is_an_identity(harness: LocalHarness, options: list[str]) -> None:
    key = harness.directory / "key"
    run(SSH_KEYGEN, "-q", *options, "-N", "", "-C", "a comment", "-f", key)
    with harness.recipients.open("ab") as file:
        file.write(key.with_suffix(".pub").read_bytes())
    write(harness.open(), PATH, "over ssh", "api_key")
    assert get(harness, identity=key) == "over ssh"
    assert b"over ssh" in run(AGE, "-d", "-i", key, harness.file)
    write(harness.open(identity=key), PATH, "and back", "api_key")
    assert get(harness) == "and back"


@needs_ssh
@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_the_public_side_of_an_ssh_key_is_told(harness: LocalHarness, kind: str) -> None:
    key = harness.directory / "key"
    run(SSH_KEYGEN, "-q", "-t", kind, "-N", "", "-C", "", "-f", key)
    with key.open("a") as file:
        file.write("a note that ssh passes over\n")
    (identity,) = load_identities(key, Surroundings({}, key.parent, key.parent))
    assert identity.recipient == key.with_suffix(".pub").read_text().strip()


def age_with_passphrase(arguments: list[str], passphrase: bytes) -> None:
    """Run age on a terminal of its own, since it takes a passphrase from nowhere else."""
    ours, theirs = pty.openpty()
    command = ["setsid", "--ctty", "--wait", AGE, *arguments]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        for prompt in (b"nter passphrase", b"onfirm passphrase"):
            seen = b""
            while prompt not in seen:
                seen += os.read(ours, 1024)
            os.write(ours, passphrase + b"\n")
        assert process.wait(timeout=60) == 0
    os.close(ours)
