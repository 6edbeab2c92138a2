"""The manifest: every file below ``tests/examples`` is a case, and what parsing makes of one.

The first line of an invalid one is a comment that says what its error must contain.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from scale_secrets.errors import ManifestError
from scale_secrets.model import Coordinate, Guard, Manifest, Mode, Origin, SecretType
from scale_secrets.service.scaffold import manifest_text
from scale_secrets.validation.manifest import parse_manifest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
VALID = sorted((EXAMPLES / "valid").glob("*.toml"))
INVALID = sorted((EXAMPLES / "invalid").glob("*.toml"))
NEVER_TOLD = ("hunter2", "s.made-up", "made-up", "0123456789abcdef", "bGl2ZV9", "ScaleRocks")


def parse(text: str, path: Path | None = None, **overrides: dict[str, Any]) -> Manifest:
    return parse_manifest(
        tomllib.loads(text), path=path, overrides=overrides, override_directory=Path("/conf")
    )


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_valid_example_is_read(path: Path) -> None:
    manifest = parse(path.read_text(encoding="utf-8"), path)
    assert manifest.environments
    assert manifest.path == path


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_invalid_example_names_file_place_and_rule(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    wanted = text.partition("\n")[0].removeprefix("# ")
    assert wanted
    with pytest.raises(ManifestError) as caught:
        parse(text, path)
    error = caught.value
    assert error.message.startswith(f"{path.name}: ")
    assert wanted in error.message
    assert error.hint
    for secret in NEVER_TOLD:
        assert secret not in error.message + error.hint


def test_there_are_examples() -> None:
    assert len(VALID) >= 3
    assert len(INVALID) >= 30


@pytest.fixture
def everything() -> Manifest:
    path = EXAMPLES / "valid" / "everything.toml"
    return parse(path.read_text(encoding="utf-8"), path)


class TestParsing:
    def test_the_two_known_names_imply_type_and_variable(self, everything: Manifest) -> None:
        live = everything.environments["live"].secrets
        assert (live["api_key"].type, live["api_key"].variable) == (
            SecretType.API_KEY,
            "SCALE_API_KEY",
        )
        callback = live["callback_auth_key"]
        assert (callback.type, callback.variable, callback.any_mode) == (
            SecretType.CALLBACK_KEY,
            "SCALE_CALLBACK_AUTH_KEY",
            True,
        )
        assert (live["database"].type, live["database"].variable) == (
            SecretType.OPAQUE,
            "DATABASE",
        )

    def test_a_secret_is_required_unless_it_says_otherwise(self, everything: Manifest) -> None:
        live = everything.environments["live"].secrets
        assert live["api_key"].required
        assert not live["second_team"].required
        assert live["second_team"].allow_unknown_shape

    def test_coordinates_take_store_field_and_version(self, everything: Manifest) -> None:
        live = everything.environments["live"].secrets
        assert live["api_key"].coordinate == Coordinate("vault", "scale/live/api-key", "value", "3")
        assert live["second_team"].coordinate == Coordinate("aws", "scale/live/second-team")
        assert live["callback_auth_key"].coordinate.version == "previous"

    def test_an_environment_has_mode_config_guards_and_schema(self, everything: Manifest) -> None:
        live = everything.environments["live"]
        assert live.mode is Mode.LIVE
        assert dict(live.config) == {"SCALE_PROJECT": "cat_labels", "EMPTY": ""}
        assert live.schema == EXAMPLES / "valid" / "own.schema.json"
        assert live.guards[1] == Guard((), confirm=True)
        assert live.guards[0].require_variables == {"GITHUB_REF": "refs/heads/main"}

    def test_nothing_in_it_can_be_changed(self, everything: Manifest) -> None:
        for mapping in (
            everything.stores,
            everything.environments,
            everything.stores["vault"].settings,
            everything.environments["live"].config,
        ):
            with pytest.raises(TypeError):
                mapping["x"] = "y"  # type: ignore[index]

    def test_many_violations_are_told_at_once_but_not_all(self) -> None:
        secrets = "".join(f"[environments.test.secrets.s{n}]\n" for n in range(20))
        with pytest.raises(ManifestError) as caught:
            parse(f'[environments.test]\nmode = "test"\n{secrets}')
        assert caught.value.message.count("lacks 'path'") == 8
        assert "and 12 more" in caught.value.message

    def test_a_document_of_a_program_has_no_file(self) -> None:
        with pytest.raises(ManifestError) as caught:
            parse_manifest({"environments": {"e": {"mode": "test"}}})
        assert caught.value.message.startswith("manifest: environments.e")

    @pytest.mark.parametrize("document", [{"environments": []}, {"environments": None}, {1: 2}])
    def test_a_document_of_another_shape_is_refused(self, document: Any) -> None:
        with pytest.raises(ManifestError):
            parse_manifest(document)


BASE = """
[stores.main]
kind = "vault"
address = "https://theirs.example.com"
mount = "secret"
ca_cert = "ca.pem"
[environments.test]
mode = "test"
store = "main"
[environments.test.secrets.api_key]
path = "x"
"""


class TestOverrides:
    """The user's own table over the manifest's: it decides who is trusted."""

    def test_without_one_the_store_is_the_manifests(self) -> None:
        store = parse(BASE, Path("/repo/m.toml")).stores["main"]
        assert (store.origin, store.directory) == (Origin.MANIFEST, Path("/repo"))

    def test_another_login_leaves_the_address_as_untrusted_as_it_was(self) -> None:
        own = {"kind": "vault", "auth": [{"method": "token"}]}
        store = parse(BASE, Path("/repo/m.toml"), main=own).stores["main"]
        assert store.origin is Origin.MANIFEST
        assert store.settings["address"] == "https://theirs.example.com"
        assert store.settings["auth"] == [{"method": "token"}]

    def test_the_users_own_address_is_the_users(self) -> None:
        own = {"kind": "vault", "address": "https://ours.example.com"}
        store = parse(BASE, Path("/repo/m.toml"), main=own).stores["main"]
        assert store.origin is Origin.USER
        assert store.settings["address"] == "https://ours.example.com"
        assert store.settings["mount"] == "secret"

    def test_the_manifests_paths_stay_relative_to_the_manifest(self) -> None:
        own = {"kind": "vault", "client_cert": "mine.pem"}
        store = parse(BASE, Path("/repo/m.toml"), main=own).stores["main"]
        assert store.settings["ca_cert"] == "/repo/ca.pem"
        assert (store.settings["client_cert"], store.directory) == ("mine.pem", Path("/conf"))

    def test_another_kind_replaces_the_store_altogether(self) -> None:
        store = parse(BASE, Path("/repo/m.toml"), main={"kind": "local"}).stores["main"]
        assert (store.kind, dict(store.settings), store.origin) == ("local", {}, Origin.USER)


@pytest.mark.parametrize("kind", ["local", "vault", "aws", "environ"])
@pytest.mark.parametrize("name", ["cats", 'a "b" \\ c', "ünï ✓", "line\nbreak", "\x7f\x1f"])
def test_what_init_writes_is_valid_whatever_the_directory_is_called(kind: str, name: str) -> None:
    manifest = parse(manifest_text(kind, name))
    assert manifest.project == name
    assert [one.mode for one in manifest.environments.values()] == [Mode.TEST, Mode.LIVE]
    assert manifest.environments["live"].guards
