"""A manifest that came with a repository can neither collect credentials nor be planted."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.listener import Listener
from tests.support.project import LIVE_KEY, LOCAL, TEST_KEY, Project, manifest_of

TOKEN = "s.made-up-token-of-the-surroundings"
USING = (
    ("get", "-e", "test", "api_key"),
    ("header", "-e", "test"),
    ("env", "-e", "test", "--format", "json"),
    ("check", "-e", "test"),
    ("check", "--all"),
    ("list", "main:"),
    ("put", "-e", "test", "api_key"),
    ("put", "main:scale/test/api-key"),
    ("get", "main:scale/test/api-key"),
    ("header", "main:scale/test/api-key", "--mode", "test"),
)
METHODS = {
    "token": '{ method = "token" }',
    "approle": '{ method = "approle", role_id = "r", secret_id_file = "~/secret-id" }',
    "jwt": '{ method = "jwt", role = "r", token_file = "~/jwt" }',
    "kubernetes": '{ method = "kubernetes", role = "r", token_file = "~/jwt" }',
}
AMBIENT = {
    "VAULT_TOKEN": TOKEN,
    "VAULT_ADDR": "http://127.0.0.1:1",  # trusted, and not what the manifest names
    "AWS_ACCESS_KEY_ID": "AKIAMADEUP",
    "AWS_SECRET_ACCESS_KEY": "made-up-secret",
    "AWS_SESSION_TOKEN": "made-up-session",
    "AWS_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


def vault_at(url: str, method: str = "token") -> str:
    return f'kind = "vault"\naddress = "{url}"\nmount = "secret"\nauth = [{METHODS[method]}]'


def aws_at(url: str) -> str:
    return f'kind = "aws"\nendpoint = "{url}"\nregion = "eu-central-1"'


@pytest.fixture
def victim(empty: Project) -> Project:
    """A user with every credential there is, who will clone a repository."""
    empty.environ |= AMBIENT
    for name in (".vault-token", "secret-id", "jwt"):
        (empty.home / name).write_text(TOKEN)
        (empty.home / name).chmod(0o600)
    return empty


def clone(victim: Project, store: str) -> Project:
    """A real clone of somebody's repository whose manifest names ``store``."""
    origin = victim.root.parent / "origin"
    origin.mkdir()
    (origin / "scale-secrets.toml").write_text(manifest_of(store))
    environ = {
        **victim.environ,
        **{f"GIT_{who}_{what}": "made@up.example"
           for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }  # fmt: skip
    for words in (
        ("git", "init", "-q"),
        ("git", "add", "."),
        ("git", "commit", "-qm", "Add a manifest"),
    ):
        subprocess.run(words, cwd=origin, env=environ, check=True)
    root = victim.root / "clone"
    subprocess.run(("git", "clone", "-q", str(origin), str(root)), env=environ, check=True)
    return Project(root, victim.home, victim.environ)


@pytest.mark.parametrize("words", USING, ids=" ".join)
@pytest.mark.parametrize("store", [vault_at, aws_at], ids=["vault", "aws"])
def test_a_cloned_manifests_address_is_not_even_connected_to(
    victim: Project, listener: Listener, store: object, words: Sequence[str]
) -> None:
    assert callable(store)
    cloned = clone(victim, store(listener.url))
    done = cloned.run(*words, given=TEST_KEY)
    assert done.code == 2
    assert "named by the manifest alone" in done.err
    assert f"scale-secrets trust {listener.url}" in done.err
    assert listener.connections == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("auth", [False, True], ids=["as listed", "picked with --auth"])
def test_no_login_method_reaches_it(
    victim: Project, listener: Listener, method: str, *, auth: bool
) -> None:
    cloned = clone(victim, vault_at(listener.url, method))
    picked = ("--auth", method) if auth else ()
    done = cloned.run("get", "-e", "test", "api_key", *picked)
    assert done.code == 2
    assert listener.connections == 0


def test_a_process_is_not_started_and_doctor_does_not_connect(
    victim: Project, listener: Listener
) -> None:
    cloned = clone(victim, vault_at(listener.url))
    done = cloned.run("run", "-e", "test", "--", "touch", "started")
    assert done.code == 125
    assert not (cloned.root / "started").exists()
    done = cloned.run("doctor")
    assert done.code == 3
    assert f"scale-secrets trust {listener.url}" in done.text
    assert listener.connections == 0


@pytest.mark.parametrize("store", [vault_at, aws_at], ids=["vault", "aws"])
def test_a_trusted_address_is_asked(victim: Project, listener: Listener, store: object) -> None:
    assert callable(store)
    cloned = clone(victim, store(listener.url))
    trusted = cloned.good("trust", listener.url)
    assert listener.url in trusted.err
    assert cloned.good("trust").text.splitlines() == [listener.url]
    done = cloned.run("get", "-e", "test", "api_key", "--timeout", "5")
    assert done.code != 2
    assert listener.connections > 0
    assert TOKEN.encode() in listener.received or b"AKIAMADEUP" in listener.received


def test_the_variable_of_trusted_addresses_counts_as_well(
    victim: Project, listener: Listener
) -> None:
    cloned = clone(victim, vault_at(listener.url))
    environ = {"SCALE_SECRETS_TRUSTED": f"https://vault.example.com, {listener.url}/"}
    cloned.run("get", "-e", "test", "api_key", "--timeout", "5", environ=environ)
    assert listener.connections > 0


def test_an_address_that_only_begins_like_a_trusted_one_is_not_trusted(
    victim: Project, listener: Listener
) -> None:
    cloned = clone(victim, vault_at(f"{listener.url}/vault"))
    cloned.good("trust", listener.url)
    assert cloned.run("get", "-e", "test", "api_key").code == 2
    assert listener.connections == 0


def test_a_scale_host_that_only_a_manifest_names_gets_no_key(project: Project) -> None:
    project.write(manifest_of(LOCAL) + '[scale]\nbase_url = "https://scale.com.example/v1"\n')
    for form in ("curl", "netrc"):
        done = project.run("header", "-e", "test", "--format", form)
        assert done.code == 2
        assert "scale.base_url" in done.err
        assert done.out == b""


@pytest.mark.parametrize(
    "address",
    ["not a url", "ftp://x", "https://user:hunter2@host", "https://host?token=hunter2", "https://"],
)
def test_what_is_no_address_cannot_be_trusted(empty: Project, address: str) -> None:
    done = empty.run("trust", address)
    assert done.code == 2
    assert "hunter2" not in done.err
    assert empty.good("trust").text == ""


def test_trusting_twice_leaves_one_line_in_a_private_file(empty: Project) -> None:
    for address in ("https://Vault.Example.com", "https://vault.example.com:443/", "http://[::1]"):
        empty.good("trust", address)
    file = empty.home / ".config" / "scale-secrets" / "trusted"
    assert file.read_text().split() == ["https://vault.example.com:443", "http://[::1]:80"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


class TestPlanted:
    """A manifest that somebody else could have written is not read."""

    @staticmethod
    def refused(project: Project, *why: str) -> None:
        for words in (("get", "-e", "test", "api_key"), ("list", "-e", "test")):
            done = project.run(*words)
            assert done.code == 2
            assert all(part in done.err for part in why), done.err
            assert "hint: " in done.err

    def test_world_writable(self, project: Project) -> None:
        project.manifest.chmod(0o646)
        self.refused(project, "can be written by others", "chmod go-w")

    def test_in_a_world_writable_directory(self, project: Project) -> None:
        project.root.chmod(0o777)
        self.refused(project, str(project.root), "can be written by others")

    def test_writable_by_a_foreign_group(self, project: Project) -> None:
        self._as_root()
        os.chown(project.manifest, 0, 4242)
        project.manifest.chmod(0o664)
        self.refused(project, "can be written by others")

    def test_foreign_owned(self, project: Project) -> None:
        self._as_root()
        os.chown(project.manifest, 4242, -1)
        self.refused(project, "belongs to another user (uid 4242)")

    def test_in_a_foreign_directory(self, project: Project) -> None:
        self._as_root()
        os.chown(project.root, 4242, -1)
        self.refused(project, "belongs to another user")

    def test_no_regular_file(self, project: Project) -> None:
        pipe = project.root / "pipe"
        os.mkfifo(pipe)
        for other in (project.root, pipe):
            done = project.run("get", "--manifest", str(other), "-e", "test", "api_key")
            assert done.code == 2
            assert "is not a regular file" in done.err

    def test_the_users_own_list_of_trusted_addresses_is_held_to_the_same(
        self, project: Project
    ) -> None:
        project.good("trust", "https://vault.example.com")
        (project.home / ".config" / "scale-secrets" / "trusted").chmod(0o666)
        self.refused(project, "trusted", "can be written by others")

    def test_only_the_owner_writing_is_fine(self, project: Project) -> None:
        project.manifest.chmod(0o644)
        assert project.good("get", "-e", "test", "api_key").text == TEST_KEY

    @staticmethod
    def _as_root() -> None:
        if os.geteuid() != 0:
            pytest.skip("giving a file away needs root")


class TestUpward:
    """Looking for a manifest ends at the repository's root or the home directory."""

    def test_it_is_found_from_a_directory_below(self, project: Project) -> None:
        (project.root / ".git").mkdir()
        below = project.root / "src" / "deep"
        below.mkdir(parents=True)
        done = project.run("get", "-e", "test", "api_key", cwd=below)
        assert (done.code, done.text) == (0, TEST_KEY)

    def test_one_above_the_repository_is_not_used(self, project: Project) -> None:
        inner = project.root / "inner"
        (inner / ".git").mkdir(parents=True)
        done = project.run("get", "-e", "test", "api_key", cwd=inner)
        assert done.code == 2
        assert "no environment" in done.err

    def test_without_a_repository_only_the_directory_itself_is_looked_at(
        self, project: Project
    ) -> None:
        below = project.root / "below"
        below.mkdir()
        assert project.run("get", "-e", "test", "api_key", cwd=below).code == 2

    def test_below_home_it_is_found_up_to_home(self, project: Project) -> None:
        below = project.root / "a" / "b"
        below.mkdir(parents=True)
        environ = {
            "HOME": str(project.root),
            "SCALE_SECRETS_IDENTITY": str(project.home / ".config/scale-secrets/identity.txt"),
        }
        done = project.run("get", "-e", "test", "api_key", cwd=below, environ=environ)
        assert (done.code, done.text) == (0, TEST_KEY)

    def test_a_home_that_is_a_link_is_the_same_home(self, project: Project, tmp_path: Path) -> None:
        below = project.root / "a"
        below.mkdir()
        link = tmp_path / "linked-home"
        link.symlink_to(project.root)
        environ = {
            "HOME": str(link),
            "SCALE_SECRETS_IDENTITY": str(project.home / ".config/scale-secrets/identity.txt"),
        }
        done = project.run("get", "-e", "test", "api_key", cwd=below, environ=environ)
        assert (done.code, done.text) == (0, TEST_KEY)

    def test_an_option_or_a_variable_names_another(self, project: Project, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        words = ("get", "-e", "live", "api_key")
        named = project.run(*words, "--manifest", str(project.manifest), cwd=elsewhere)
        assert (named.code, named.text) == (0, LIVE_KEY)
        environ = {"SCALE_SECRETS_MANIFEST": str(project.manifest)}
        named = project.run(*words, cwd=elsewhere, environ=environ)
        assert (named.code, named.text) == (0, LIVE_KEY)
        missing = project.run(*words, "--manifest", "no-such.toml")
        assert missing.code == 2
        assert "no-such.toml: no such file" in missing.err
