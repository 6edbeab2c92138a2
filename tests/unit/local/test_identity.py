"""Which files are accepted as our key to a store, and what is said of the others."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pyrage
import pytest

from scale_secrets.errors import DeniedError, ScaleSecretsError, UsageError
from scale_secrets.files import write_private
from scale_secrets.stores.local.crypt import needs_passphrase
from scale_secrets.stores.local.identity import (
    PASSPHRASE_VARIABLE,
    UNKNOWN_RECIPIENT,
    load_identities,
)
from scale_secrets.surroundings import Ask, Surroundings
from scale_secrets.values import SecretValue

PASSPHRASE = "correct horse 🐎"


@pytest.fixture(scope="module")
def secret() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture(scope="module")
def locked(secret: pyrage.x25519.Identity) -> bytes:
    """An identity file under a passphrase; once, since each costs a second."""
    return bytes(pyrage.passphrase.encrypt(f"# mine\n{secret}\n".encode(), PASSPHRASE))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "identity"


def recipients(
    file: Path, environ: dict[str, str] | None = None, ask: Ask | None = None
) -> list[str]:
    surroundings = Surroundings(environ or {}, file.parent, file.parent, ask=ask)
    return [one.recipient for one in load_identities(file, surroundings)]


def refusal(
    error: type[ScaleSecretsError],
    file: Path,
    environ: dict[str, str] | None = None,
    ask: Ask | None = None,
) -> ScaleSecretsError:
    with pytest.raises(error) as caught:
        recipients(file, environ, ask)
    assert caught.value.hint
    return caught.value


def test_comments_and_blank_lines_are_passed_over(
    file: Path, secret: pyrage.x25519.Identity
) -> None:
    other = pyrage.x25519.Identity.generate()
    write_private(file, f"# created: today\n\n{secret}\r\n  {other}\n".encode())
    assert recipients(file) == [str(secret.to_public()), str(other.to_public())]


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n"])
def test_a_file_without_identity_is_refused(file: Path, text: str) -> None:
    write_private(file, text.encode())
    assert "holds no identity" in refusal(UsageError, file).message


def test_a_line_that_is_no_identity_is_named_and_not_shown(
    file: Path, secret: pyrage.x25519.Identity
) -> None:
    broken = str(secret)[:-1]
    write_private(file, f"# mine\n{broken}\n".encode())
    error = refusal(UsageError, file)
    assert "line 2" in error.message
    assert broken[20:] not in error.message + error.hint + repr(error.__context__)


def test_bytes_that_are_no_text_are_refused(file: Path) -> None:
    write_private(file, bytes(range(128, 256)))
    refusal(UsageError, file)


@pytest.mark.parametrize("options", [["-m", "RFC4716"], ["-m", "PEM"]], ids=["openssh", "pem"])
def test_a_protected_ssh_key_is_refused_with_the_ways_out(file: Path, options: list[str]) -> None:
    keygen(file, "-t", "rsa", "-b", "2048", *options, passphrase="secret")
    error = refusal(UsageError, file)
    assert "under a passphrase" in error.message
    assert "ssh-keygen -p" in error.hint
    assert "age -p" in error.hint


def test_an_ssh_key_of_another_kind_is_refused(file: Path) -> None:
    keygen(file, "-t", "ecdsa")
    assert "supported kind" in refusal(UsageError, file).message


def test_the_public_side_of_a_pem_key_is_unknown(file: Path) -> None:
    keygen(file, "-t", "rsa", "-b", "2048", "-m", "PEM")
    assert recipients(file) == [UNKNOWN_RECIPIENT]


def test_a_passphrase_is_asked_for(
    file: Path, locked: bytes, secret: pyrage.x25519.Identity
) -> None:
    write_private(file, locked)
    asked: list[str] = []

    def ask(prompt: str) -> SecretValue:
        asked.append(prompt)
        return SecretValue(PASSPHRASE)

    assert recipients(file, ask=ask) == [str(secret.to_public())]
    assert asked == [f"passphrase for {file}: "]


def test_a_passphrase_is_read_from_the_file_that_the_variable_names(
    file: Path, locked: bytes, secret: pyrage.x25519.Identity
) -> None:
    write_private(file, locked)
    write_private(file.with_name("pass"), f"{PASSPHRASE}\n".encode())

    def ask(prompt: str) -> SecretValue:
        raise AssertionError("the variable comes first")

    assert recipients(file, {PASSPHRASE_VARIABLE: "pass"}, ask) == [str(secret.to_public())]


def test_a_passphrase_file_that_others_may_read_is_refused(file: Path, locked: bytes) -> None:
    write_private(file, locked)
    write_private(file.with_name("pass"), PASSPHRASE.encode(), mode=0o644)
    error = refusal(DeniedError, file, {PASSPHRASE_VARIABLE: "pass"})
    assert "passphrase file" in error.message


def test_a_wrong_passphrase_is_denied_and_not_shown(file: Path, locked: bytes) -> None:
    write_private(file, locked)
    error = refusal(DeniedError, file, ask=lambda _: SecretValue("wrong horse"))
    assert "does not open it" in error.message
    assert "wrong horse" not in error.message + error.hint + repr(error.__context__)


def test_a_passphrase_that_is_no_text_is_denied(file: Path, locked: bytes) -> None:
    write_private(file, locked)
    refusal(DeniedError, file, ask=lambda _: SecretValue(b"\xff"))


def test_without_anyone_to_ask_the_variable_is_named(file: Path, locked: bytes) -> None:
    write_private(file, locked)
    assert PASSPHRASE_VARIABLE in refusal(UsageError, file).hint


def test_an_identity_file_that_is_encrypted_to_a_recipient_is_refused(
    file: Path, secret: pyrage.x25519.Identity
) -> None:
    write_private(file, pyrage.encrypt(str(secret).encode(), [secret.to_public()]))
    assert "to a recipient" in refusal(UsageError, file).message


def armored(data: bytes) -> bytes:
    text = base64.b64encode(data)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    begin, end = b"-----BEGIN AGE ENCRYPTED FILE-----", b"-----END AGE ENCRYPTED FILE-----"
    return b"\n".join([begin, *lines, end, b""])


def test_an_armored_identity_file_under_a_passphrase_is_read(
    file: Path, locked: bytes, secret: pyrage.x25519.Identity
) -> None:
    write_private(file, armored(locked))
    ask: Ask = lambda _: SecretValue(PASSPHRASE)  # noqa: E731 - typed for mypy
    assert recipients(file, ask=ask) == [str(secret.to_public())]


def test_a_passphrase_is_told_from_the_head_of_a_file(
    locked: bytes, secret: pyrage.x25519.Identity
) -> None:
    plain = pyrage.encrypt(b"", [secret.to_public()])
    for data, expected in ((locked, True), (plain, False)):
        assert needs_passphrase(data) is expected
        assert needs_passphrase(armored(data)) is expected
    assert not needs_passphrase(b"-----BEGIN AGE ENCRYPTED FILE-----\n\xff\xff")


def keygen(file: Path, *options: str, passphrase: str = "") -> None:
    command = ["ssh-keygen", "-q", *options, "-N", passphrase, "-C", "", "-f", str(file)]
    subprocess.run(command, check=True, capture_output=True)
