"""``init`` makes what the other commands then use, and overwrites nothing."""

from __future__ import annotations

import stat
import tomllib

import pytest

from tests.support.project import LIVE_KEY, TEST_KEY, Project
from tests.support.terminal import at_terminal


def test_what_it_writes_passes_once_the_keys_are_put(empty: Project) -> None:
    empty.good("init")
    empty.good("put", "-e", "test", "api_key", given=TEST_KEY)
    empty.good("put", "-e", "live", "api_key", "--yes", given=LIVE_KEY)
    assert empty.good("check", "--all", "--strict").err == ""
    assert tomllib.loads(empty.manifest.read_text())["project"]["name"] == empty.root.name


def test_the_identity_and_the_store_are_private(empty: Project) -> None:
    empty.good("init")
    for path in (
        empty.home / ".config" / "scale-secrets" / "identity.txt",
        empty.root / ".scale-secrets" / "store.age",
    ):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["vault", "aws", "environ"])
def test_a_manifest_for_another_store_is_valid_and_makes_no_file_beside_it(
    empty: Project, kind: str
) -> None:
    empty.good("init", "--kind", kind, "--name", 'a "name"')
    empty.good("list", "-e", "test")
    assert [path.name for path in empty.root.iterdir()] == ["scale-secrets.toml"]
    assert list(empty.home.iterdir()) == []


def test_an_existing_manifest_stays(empty: Project) -> None:
    empty.write("# mine\n")
    done = empty.run("init")
    assert done.code == 7
    assert "exists already" in done.err
    assert empty.manifest.read_text() == "# mine\n"
    assert not (empty.root / ".scale-secrets").exists()


def test_an_existing_identity_and_store_are_kept(project: Project) -> None:
    before = (project.home / ".config" / "scale-secrets" / "identity.txt").read_bytes()
    project.manifest.unlink()
    done = project.good("init")
    assert "keeping the store" in done.err
    assert (project.home / ".config" / "scale-secrets" / "identity.txt").read_bytes() == before
    assert project.good("get", "-e", "test", "api_key").text == TEST_KEY


def test_an_unknown_kind_names_the_known_ones(empty: Project) -> None:
    done = empty.run("init", "--kind", "keychain")
    assert done.code == 2
    assert "local, vault, aws, environ" in done.err


def test_at_a_terminal_the_guard_of_live_asks(empty: Project) -> None:
    empty.good("init")
    typed = [("put with the live keys", "y"), ("Value", LIVE_KEY), ("Repeat", LIVE_KEY)]
    assert at_terminal(empty, "put", "-e", "live", "api_key", typed=typed).code == 0
    assert empty.good("get", "-e", "live", "api_key", "--yes").text == LIVE_KEY
