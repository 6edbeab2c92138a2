"""The local kind's settings, its setup, and what a person is told about an open store."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyrage
import pytest

from scale_secrets.errors import ConflictError, DeniedError, NotFoundError, UsageError
from scale_secrets.model import Container, StoreSpec
from scale_secrets.operation import operation
from scale_secrets.stores import kind
from scale_secrets.stores.local.places import Places, places
from scale_secrets.stores.local.recipients import parse_recipients
from scale_secrets.stores.local.setup import create_identity, create_store
from scale_secrets.surroundings import Surroundings
from tests.contracts.local_harness import LocalHarness

HOME, CWD, REPO = Path("/home/me"), Path("/work"), Path("/repo")


def where(
    settings: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    directory: Path | None = REPO,
) -> Places:
    spec = StoreSpec("laptop", "local", settings or {}, directory=directory)
    return places(spec, Surroundings(environ or {}, HOME, CWD))


def test_the_defaults_are_below_the_configuration_and_the_home() -> None:
    found = where()
    assert found.store == REPO / ".scale-secrets/store.age"
    assert found.recipients == REPO / ".scale-secrets/store.age.recipients"
    assert found.lock == REPO / ".scale-secrets/store.age.lock"
    assert found.identity == HOME / ".config/scale-secrets/identity.txt"


def test_without_configuration_the_store_is_below_the_working_directory() -> None:
    assert where(directory=None).store == CWD / ".scale-secrets/store.age"


def test_settings_are_relative_to_where_they_stand() -> None:
    found = where({"path": "x/../keys.age", "identity": "~/id", "recipients": "/etc/readers"})
    assert (found.store, found.identity, found.recipients) == (
        REPO / "keys.age",
        HOME / "id",
        Path("/etc/readers"),
    )


def test_the_variable_names_the_identity_unless_a_setting_does() -> None:
    environ = {"SCALE_SECRETS_IDENTITY": "ci/id"}
    assert where(environ=environ).identity == CWD / "ci/id"
    assert where({"identity": "mine"}, environ).identity == REPO / "mine"


@pytest.mark.parametrize("value", [1, "", ["a"]])
def test_a_setting_that_is_no_path_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="store 'laptop': path is not a file's path"):
        where({"path": value})


def test_two_names_of_one_file_are_one_container() -> None:
    local, here = kind("local"), Surroundings({}, HOME, CWD)
    containers = {
        local.containers(StoreSpec(name, "local", {"path": path}, directory=REPO), here)("a/b")
        for name, path in (("one", "s.age"), ("two", "./x/../s.age"), ("three", "/repo/s.age"))
    }
    assert containers == {Container("local", "/repo/s.age", "a/b")}


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", "a/./b", "../a", "a\nb", "a\0"])
def test_a_path_with_another_spelling_is_refused(tmp_path: Path, path: str) -> None:
    harness = LocalHarness(tmp_path, None)
    with pytest.raises(UsageError):
        kind("local").containers(StoreSpec("x", "local"), Surroundings({}, HOME, CWD))(path)
    with pytest.raises(UsageError):
        harness.seed(path, "value")
    with pytest.raises(UsageError):
        harness.open().get(path, None, operation())


def test_a_new_identity_is_private_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "config" / "identity.txt"
    recipient = create_identity(file)
    content = file.read_bytes()
    assert recipient.startswith("age1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    with pytest.raises(ConflictError, match="exists"):
        create_identity(file)
    assert file.read_bytes() == content


def test_a_new_store_is_empty_and_never_overwritten(tmp_path: Path) -> None:
    harness = LocalHarness(tmp_path / "new", None)
    assert list(harness.open().list("", operation())) == []
    assert stat.S_IMODE(harness.file.stat().st_mode) == 0o600
    with pytest.raises(ConflictError):
        create_store(harness.file, [harness.recipients.read_text().strip()])


@pytest.mark.parametrize("recipients", [[], ["age1nonsense"], ["ecdsa-sha2-nistp256 AAAA"]])
def test_a_store_for_nobody_is_not_made(tmp_path: Path, recipients: list[str]) -> None:
    with pytest.raises(UsageError):
        create_store(tmp_path / "store.age", recipients)
    assert list(tmp_path.iterdir()) == []


def test_recipients_may_be_commented() -> None:
    one, two = (str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2))
    text = f"# team\n{one}\n\n  {two}  \n"
    assert [it.text for it in parse_recipients(text.encode(), Path("r"))] == [one, two]


def test_whoami_tells_what_the_files_say(tmp_path: Path) -> None:
    harness = LocalHarness(tmp_path, None)
    facts = dict(harness.open().whoami(operation()))
    assert facts["principal"] == harness.recipients.read_text().strip()
    assert facts["recipients"] == "1"
    assert facts["file"] == str(harness.file)
    assert facts["mode"] == "0600"
    assert facts["owner"] == str(harness.file.stat().st_uid)


def test_whoami_of_a_missing_store_is_not_found(tmp_path: Path) -> None:
    harness = LocalHarness(tmp_path, None)
    harness.file.unlink()
    with pytest.raises(NotFoundError):
        harness.open().whoami(operation())


def test_the_hint_of_a_denial_survives_unreadable_recipients(tmp_path: Path) -> None:
    harness = LocalHarness(tmp_path, None)
    harness.recipients.unlink()
    with pytest.raises(DeniedError) as caught:
        harness.denied().list("", operation())
    assert "cannot be read" in caught.value.hint


def test_opening_reads_no_file_and_imports_no_cryptography() -> None:
    program = (
        "import sys; from pathlib import Path; from scale_secrets.stores import kind;"
        "from scale_secrets.model import StoreSpec;"
        "from scale_secrets.surroundings import Surroundings;"
        "here = Surroundings({}, Path('/nowhere'), Path('/nowhere'));"
        "spec = StoreSpec('laptop', 'local');"
        "kind('local').containers(spec, here)('a');"
        "heavy = {'json', 'datetime', 'scale_secrets.stores.local.store'};"
        "assert not heavy & set(sys.modules) - before;"
        "kind('local').open(spec, here);"
        "print('pyrage' in sys.modules)"
    ).replace("import sys;", "import sys, datetime; before = set(sys.modules);", 1)
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout == "False\n"
