"""The user's own configuration and the files that trust rests on, in this process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scale_secrets.errors import ManifestError, UsageError
from scale_secrets.model import Origin
from scale_secrets.service.configuration import (
    find_manifest,
    own_stores,
    read_manifest,
    read_own_schema,
    read_user_config,
    trust,
    with_config,
)
from scale_secrets.surroundings import Surroundings, trusted_addresses
from tests.support.project import LIVE_KEY, LOCAL, manifest_of


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    for name in ("home", "work"):
        (tmp_path / name).mkdir(mode=0o700)
    return Surroundings({}, tmp_path / "home", tmp_path / "work")


def configure(around: Surroundings, text: str, name: str = "config.toml") -> Path:
    around.config_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = around.config_directory / name
    path.write_text(text)
    path.chmod(0o600)
    return path


class TestUserConfig:
    def test_without_files_it_is_empty(self, around: Surroundings) -> None:
        config = read_user_config(around)
        assert (config.trusted, dict(config.stores)) == (frozenset(), {})

    def test_its_stores_stand_in_where_there_is_no_manifest(self, around: Surroundings) -> None:
        configure(around, '[stores.v]\nkind = "vault"\naddress = "https://v.example.com"\n')
        store = own_stores(read_user_config(around)).stores["v"]
        assert (store.origin, store.directory) == (Origin.USER, around.config_directory)

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("[environments.live]\nmode = 'test'\n", "only [stores.NAME] may stand here"),
            ("[stores.v]\nkind = 'keychain'\n", "stores.v.kind must be one of"),
            ("stores = 3\n", "must be of type object"),
            ("[stores.v]\naddress = 'https://v'\n", "stores.v has an unknown key 'address'"),
            (f"x = {LIVE_KEY}\n", "is not valid TOML at line 1"),
        ],
    )
    def test_a_wrong_one_is_refused(self, around: Surroundings, text: str, why: str) -> None:
        path = configure(around, text)
        with pytest.raises(ManifestError) as caught:
            read_user_config(around)
        assert why in caught.value.message
        assert str(path) in caught.value.message
        assert LIVE_KEY not in caught.value.message + caught.value.hint

    def test_it_can_change_a_store_but_no_mode(self, around: Surroundings) -> None:
        configure(around, '[stores.main]\nkind = "local"\npath = "/mine.age"\n')
        path = around.cwd / "scale-secrets.toml"
        path.write_text(manifest_of(LOCAL))
        manifest = read_manifest(path, read_user_config(around))
        assert manifest.stores["main"].settings["path"] == "/mine.age"
        assert manifest.environments["live"].mode == "live"


class TestTrusted:
    def test_lines_may_have_comments(self, around: Surroundings) -> None:
        configure(around, "# ours\nhttps://A.example.com  # the vault\n\n", "trusted")
        around = with_config(around, read_user_config(around))
        assert trusted_addresses(around) == {"https://a.example.com:443"}

    def test_adding_keeps_what_stands_there(self, around: Surroundings) -> None:
        path = configure(around, "https://a.example.com", "trusted")
        assert trust("http://B:80/x/", read_user_config(around)) == "http://b:80/x"
        assert path.read_text() == "https://a.example.com\nhttp://b:80/x\n"
        assert read_user_config(around).trusted == {"https://a.example.com:443", "http://b:80/x"}

    def test_bytes_that_are_no_text_are_an_error_of_the_file(self, around: Surroundings) -> None:
        configure(around, "", "trusted").write_bytes(b"\xff\n")
        with pytest.raises(ManifestError, match="UTF-8"):
            read_user_config(around)


class TestFinding:
    def test_the_variable_and_the_argument_name_one(self, around: Surroundings) -> None:
        named = Surroundings({"SCALE_SECRETS_MANIFEST": "m.toml"}, around.home, around.cwd)
        assert find_manifest(None, named) == around.cwd / "m.toml"
        assert find_manifest(Path("/x/n.toml"), named) == Path("/x/n.toml")

    def test_an_empty_variable_names_none(self, around: Surroundings) -> None:
        named = Surroundings({"SCALE_SECRETS_MANIFEST": ""}, around.home, around.cwd)
        assert find_manifest(None, named) is None

    def test_a_dangling_link_is_found_and_so_told_of(self, around: Surroundings) -> None:
        link = around.cwd / "scale-secrets.toml"
        link.symlink_to("missing.toml")
        assert find_manifest(None, around) == link
        with pytest.raises(ManifestError, match="no such file"):
            read_manifest(link, read_user_config(around))

    def test_a_worktrees_git_file_is_a_root_as_well(self, around: Surroundings) -> None:
        (around.cwd / "scale-secrets.toml").touch()
        inner = around.cwd / "tree" / "src"
        inner.mkdir(parents=True)
        (around.cwd / "tree" / ".git").write_text("gitdir: elsewhere\n")
        assert find_manifest(None, Surroundings({}, around.home, inner)) is None


class TestReading:
    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (b"\xff", "is not UTF-8"),
            (f"key = '{LIVE_KEY}\n'".encode(), "is not valid TOML at line 1"),
            (f"a = 1\n{LIVE_KEY} = 1\n{LIVE_KEY} = 2\n".encode(), "is not valid TOML at line 3"),
            (b"#" * (1 << 20) + b"#", "larger than 1 MiB"),
        ],
        ids=["bytes", "an open string", "a key twice", "too large"],
    )
    def test_a_broken_file_is_refused_without_being_repeated(
        self, around: Surroundings, data: bytes, why: str
    ) -> None:
        path = around.cwd / "m.toml"
        path.write_bytes(data)
        with pytest.raises(ManifestError) as caught:
            read_manifest(path, read_user_config(around))
        assert why in caught.value.message
        assert LIVE_KEY not in caught.value.message + caught.value.hint

    def test_a_private_groups_write_permission_is_no_danger(self, around: Surroundings) -> None:
        path = around.cwd / "m.toml"
        path.write_text(manifest_of(LOCAL))
        os.chown(path, -1, os.getegid())
        path.chmod(0o664)
        assert read_manifest(path, read_user_config(around)).environments

    @pytest.mark.parametrize(
        ("text", "why"), [("[1]", "is an object"), ("{", "is not JSON"), (None, "no such file")]
    )
    def test_a_users_schema_that_is_none_is_refused(
        self, around: Surroundings, text: str | None, why: str
    ) -> None:
        path = around.cwd / "own.json"
        if text is not None:
            path.write_text(text)
        with pytest.raises(UsageError, match=why):
            read_own_schema(path)
