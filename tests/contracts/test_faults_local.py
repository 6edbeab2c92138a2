"""The local store under faults: each ends within its deadline, says what to do, shows no value."""

from __future__ import annotations

import errno
import fcntl
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest

from scale_secrets.errors import (
    BadAnswerError,
    DeadlineError,
    DeniedError,
    NotFoundError,
    ScaleSecretsError,
    UnreachableError,
    UsageError,
)
from scale_secrets.operation import Deadline, Operation, operation
from scale_secrets.stores.interface import Change
from scale_secrets.stores.local.setup import create_identity
from scale_secrets.values import SecretValue
from tests.contracts.local_harness import LocalHarness
from tests.contracts.store_contract import CANARY, assert_value_free, held, write
from tests.support.file_systems import NOBODY, needs_root, read_only, tmpfs

PATH = "scale/test/api-key"
NEW = "test_" + "fedcba9876543210" * 2
# the head of what `age -p` writes; making a real one takes seconds and half a gibibyte
PASSPHRASE_HEAD = b"age-encryption.org/v1\n-> scrypt V01ybaNCnOg1YHW7orWaaA 19\n"


@pytest.fixture
def harness(tmp_path: Path) -> LocalHarness:
    made = LocalHarness(tmp_path, None)
    made.seed(PATH, CANARY)
    return made


def get(harness: LocalHarness) -> str:
    return held(harness.open().get(PATH, None, operation()), None)


def refused_get(harness: LocalHarness, error: type[ScaleSecretsError]) -> ScaleSecretsError:
    """The error of reading, which has a hint and shows no value."""
    with pytest.raises(error) as caught:
        get(harness)
    assert caught.value.hint
    assert_value_free(caught.value, CANARY)
    return caught.value


def refused_put(
    harness: LocalHarness, error: type[ScaleSecretsError], *, text: str = NEW
) -> ScaleSecretsError:
    """The error of writing, which also left the file as it was."""
    before = harness.file.read_bytes()
    with pytest.raises(error) as caught:
        write(harness.open(), PATH, text, None)
    assert caught.value.hint
    assert_value_free(caught.value, CANARY, text)
    assert harness.file.read_bytes() == before
    assert orphans(harness) == []
    return caught.value


def orphans(harness: LocalHarness) -> list[Path]:
    return list(harness.directory.glob(".store.age.*.tmp"))


def reencrypt(harness: LocalHarness, content: bytes) -> None:
    """Exchange the decrypted content behind the store's back."""
    recipient = pyrage.x25519.Recipient.from_str(harness.recipients.read_text().strip())
    harness.file.write_bytes(pyrage.encrypt(content, [recipient]))


class TestBrokenFile:
    @pytest.mark.parametrize("kept", [0, 1, 21, 40, 100, -200, -17, -1])
    def test_a_truncated_file_is_corrupt(self, harness: LocalHarness, kept: int) -> None:
        harness.file.write_bytes(harness.file.read_bytes()[:kept])
        error = refused_get(harness, BadAnswerError)
        assert "corrupt" in error.message
        assert "backup" in error.hint
        refused_put(harness, BadAnswerError)

    def test_every_flipped_byte_is_noticed(self, harness: LocalHarness) -> None:
        whole = harness.file.read_bytes()
        for at in range(0, len(whole), 5):
            harness.file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            with pytest.raises((BadAnswerError, DeniedError)) as caught:
                get(harness)
            assert_value_free(caught.value, CANARY)

    @pytest.mark.parametrize("content", [b"", b"not age", b"{}", b"\0" * 4096])
    def test_what_is_no_age_file_is_corrupt(self, harness: LocalHarness, content: bytes) -> None:
        harness.file.write_bytes(content)
        assert "not an age file" in refused_get(harness, BadAnswerError).message

    def test_broken_content_is_corrupt_and_not_shown(self, harness: LocalHarness) -> None:
        reencrypt(harness, b'{"format": "scale-secrets/local", "' + CANARY.encode())
        assert "not JSON" in refused_get(harness, BadAnswerError).message

    def test_a_newer_format_asks_for_an_upgrade(self, harness: LocalHarness) -> None:
        reencrypt(harness, b'{"format": "scale-secrets/local", "version": 2, "new": []}')
        assert "upgrade" in refused_get(harness, UsageError).hint
        refused_put(harness, UsageError)

    def test_a_passphrase_on_the_store_is_refused(self, harness: LocalHarness) -> None:
        harness.file.write_bytes(PASSPHRASE_HEAD + harness.file.read_bytes())
        error = refused_get(harness, UsageError)
        assert "passphrase" in error.message
        assert "age -R" in error.hint

    def test_a_missing_file_is_not_found(self, harness: LocalHarness) -> None:
        harness.file.unlink()
        assert "init" in refused_get(harness, NotFoundError).hint

    def test_the_first_write_makes_the_file(self, harness: LocalHarness) -> None:
        harness.file.unlink()
        write(harness.open(), PATH, NEW, None)
        assert get(harness) == NEW
        assert harness.file.stat().st_mode & 0o777 == 0o600

    def test_a_symbolic_link_is_neither_read_nor_replaced(self, harness: LocalHarness) -> None:
        real = harness.file.rename(harness.directory / "real.age")
        harness.file.symlink_to(real)
        refused_get(harness, DeniedError)
        assert "symbolic link" in refused_put(harness, DeniedError).message
        assert harness.file.is_symlink()

    def test_a_named_pipe_does_not_hang(self, harness: LocalHarness) -> None:
        harness.file.unlink()
        os.mkfifo(harness.file, 0o600)
        assert "not a regular file" in refused_get(harness, DeniedError).message


class TestPermissions:
    def test_a_wrong_identity_learns_who_may_read(self, harness: LocalHarness) -> None:
        theirs = harness.recipients.read_text().strip()
        harness.identity.unlink()
        ours = create_identity(harness.identity)
        hint = refused_get(harness, DeniedError).hint
        assert ours in hint
        assert theirs in hint

    def test_an_identity_that_others_may_read_is_refused(self, harness: LocalHarness) -> None:
        harness.identity.chmod(0o644)
        assert refused_get(harness, DeniedError).hint == f"chmod 600 {harness.identity}"

    def test_a_missing_identity_is_named(self, harness: LocalHarness) -> None:
        harness.identity.unlink()
        assert "identity file" in refused_get(harness, NotFoundError).message
        refused_put(harness, NotFoundError)

    def test_a_store_that_others_may_write_is_refused(self, harness: LocalHarness) -> None:
        harness.file.chmod(0o666)
        assert refused_get(harness, DeniedError).hint == f"chmod go-w {harness.file}"

    def test_a_directory_that_others_may_write_takes_no_write(self, harness: LocalHarness) -> None:
        harness.directory.chmod(0o777)
        assert refused_put(harness, DeniedError).hint == f"chmod go-w {harness.directory}"

    def test_a_missing_recipients_file_takes_no_write(self, harness: LocalHarness) -> None:
        harness.recipients.unlink()
        assert "init" in refused_put(harness, NotFoundError).hint
        assert get(harness) == CANARY

    @pytest.mark.parametrize("text", ["", "\n# nobody yet\n", "age1nonsense\n", "\xff"])
    def test_a_useless_recipients_file_takes_no_write(
        self, harness: LocalHarness, text: str
    ) -> None:
        harness.recipients.write_bytes(text.encode("latin-1"))
        refused_put(harness, UsageError)

    def test_a_secret_identity_among_the_recipients_is_not_shown(
        self, harness: LocalHarness
    ) -> None:
        secret = harness.identity.read_text().splitlines()[-1]
        harness.recipients.write_text(f"# readers\n{secret}\n")
        error = refused_put(harness, UsageError)
        assert "line 2" in error.message
        assert_value_free(error, secret, secret[20:40])

    def test_recipients_that_others_may_write_are_refused(self, harness: LocalHarness) -> None:
        harness.recipients.chmod(0o666)
        assert refused_put(harness, DeniedError).hint == f"chmod go-w {harness.recipients}"

    @needs_root
    def test_recipients_of_another_user_are_refused(self, harness: LocalHarness) -> None:
        os.chown(harness.recipients, NOBODY, NOBODY)
        assert "another user" in refused_put(harness, DeniedError).message

    def test_a_write_that_would_lock_us_out_is_refused(self, harness: LocalHarness) -> None:
        ours = harness.recipients.read_text().strip()
        harness.recipients.write_text(f"{pyrage.x25519.Identity.generate().to_public()}\n")
        assert ours in refused_put(harness, DeniedError).hint


class TestDisk:
    @pytest.fixture
    def disk(self, tmp_path: Path) -> Iterator[LocalHarness]:
        with tmpfs(tmp_path) as root:
            harness = LocalHarness(root, None)
            harness.seed(PATH, CANARY)
            yield harness

    def test_a_full_disk_keeps_the_old_content(self, disk: LocalHarness) -> None:
        error = refused_put(disk, UnreachableError, text="x" * 60_000)
        assert "no space" in error.message
        assert "nothing was changed" in error.hint
        assert get(disk) == CANARY

    def test_a_read_only_disk_is_read_and_not_written(self, disk: LocalHarness) -> None:
        disk.open().whoami(operation())
        with read_only(disk.directory):
            assert get(disk) == CANARY
            assert "read-only" in refused_put(disk, DeniedError).message


HOLD_LOCK = """
import fcntl, sys, time
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


class TestLock:
    @pytest.fixture
    def holder(self, harness: LocalHarness) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, "-c", HOLD_LOCK, f"{harness.file}.lock"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert process.stdout.readline() == "held\n"
            yield process
            process.kill()

    def test_a_held_lock_ends_at_the_deadline(
        self, harness: LocalHarness, holder: subprocess.Popen[str]
    ) -> None:
        begin = time.monotonic()
        with pytest.raises(DeadlineError) as caught:
            harness.open().put(PATH, Change(SecretValue(NEW)), operation(0.5))
        assert 0.5 <= time.monotonic() - begin < 5
        assert f"{harness.file}.lock" in caught.value.message
        assert f"{harness.file}.lock" in caught.value.hint
        assert not caught.value.sent
        assert get(harness) == CANARY, "a reader needs no lock"

    def test_the_lock_of_a_killed_writer_is_free(
        self, harness: LocalHarness, holder: subprocess.Popen[str]
    ) -> None:
        holder.kill()
        holder.wait()
        write(harness.open(), PATH, NEW, None)
        assert get(harness) == NEW

    def test_a_deadline_that_passes_under_the_lock_changes_nothing(
        self, harness: LocalHarness
    ) -> None:
        seconds = 0.0
        before = harness.file.read_bytes()

        def dawdle() -> datetime:
            nonlocal seconds
            seconds += 60
            return datetime.now(UTC)

        during = Operation(Deadline(30, clock=lambda: seconds))
        with pytest.raises(DeadlineError):
            harness.open(now=dawdle).put(PATH, Change(SecretValue(NEW)), during)
        assert harness.file.read_bytes() == before

    def test_a_file_system_without_locks_is_told(
        self, harness: LocalHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Such a file system (NFS without a lock daemon) is not at hand: flock is exchanged."""

        def no_locks(file: int, how: int) -> None:
            raise OSError(errno.ENOLCK, "no locks available")

        monkeypatch.setattr(fcntl, "flock", no_locks)
        assert "no locks available" in refused_put(harness, UnreachableError).message

    def test_a_lock_file_that_is_a_link_is_refused(self, harness: LocalHarness) -> None:
        lock = Path(f"{harness.file}.lock")
        lock.unlink()
        lock.symlink_to(harness.directory / "elsewhere")
        refused_put(harness, DeniedError)
        assert not (harness.directory / "elsewhere").exists()


WRITE_FOREVER = """
import os, signal, sys
from pathlib import Path
from scale_secrets.model import StoreSpec
from scale_secrets.operation import Deadline, Operation, operation
from scale_secrets.stores import kind
from scale_secrets.stores.interface import Change
from scale_secrets.surroundings import Surroundings
from scale_secrets.values import SecretValue

directory = Path(sys.argv[1])
settings = {"path": "store.age", "identity": "identity.txt"}
spec = StoreSpec("laptop", "local", settings, directory=directory)
store = kind("local").open(spec, Surroundings({}, directory, directory))
point = sys.argv[2]  # where to be killed; empty: wherever the signal comes

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def dying_after(call):
    return lambda *given, **named: (call(*given, **named), die())

if point == "first-byte":
    real = os.write
    os.write = lambda file, data: (real(file, bytes(data[:1])), die())
elif point.startswith("before-"):
    setattr(os, point.removeprefix("before-"), die)
elif point:
    name = point.removeprefix("after-")
    setattr(os, name, dying_after(getattr(os, name)))
print("ready", flush=True)
number = 0
while True:
    number += 1
    store.put("loop", Change(SecretValue(f"{sys.argv[3]}-{number}" * 500)), operation())
"""
POINTS = ("before-write", "first-byte", "before-fsync", "after-fsync", "before-replace")


class TestKilledWriter:
    def run(self, harness: LocalHarness, point: str, mark: str, seconds: float) -> None:
        command = [sys.executable, "-c", WRITE_FOREVER, str(harness.directory), point, mark]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
        assert process.returncode == -signal.SIGKILL

    def test_whenever_it_is_killed_the_file_is_whole(self, harness: LocalHarness) -> None:
        harness.seed("loop", "x-0" * 500)
        chance = random.Random(20261124)  # noqa: S311 - moments to kill at, not keys
        for turn in range(30):
            self.run(harness, "", f"turn{turn}", chance.uniform(0, 0.05))
            text = held(harness.open().get("loop", None, operation()), None)
            assert text == text[: len(text) // 500] * 500, "one write, whole"
            assert get(harness) == CANARY
        harness.seed(PATH, "after")
        assert orphans(harness) == []

    @pytest.mark.parametrize("point", POINTS)
    def test_killed_before_the_rename_the_old_content_stands(
        self, harness: LocalHarness, point: str
    ) -> None:
        before = harness.file.read_bytes()
        self.run(harness, point, "lost", 30)
        assert harness.file.read_bytes() == before
        assert len(orphans(harness)) == 1
        harness.seed(PATH, "after")
        assert orphans(harness) == []
        assert get(harness) == "after"

    def test_killed_after_the_rename_the_new_content_stands(self, harness: LocalHarness) -> None:
        self.run(harness, "after-replace", "kept", 30)
        assert held(harness.open().get("loop", None, operation()), None) == "kept-1" * 500
        assert orphans(harness) == []
