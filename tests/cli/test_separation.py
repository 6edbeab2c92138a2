"""Live and test are kept apart by the commands: each rule's refusal, exit code and finding."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

import pytest

from scale_secrets.separation import RULES
from tests.support.moto_server import MotoServer
from tests.support.openbao import OpenBao
from tests.support.project import (
    LIVE_BASIC,
    LIVE_KEY,
    LOCAL,
    TEST_KEY,
    VAULT,
    Done,
    Project,
    manifest_of,
)

READING = (
    ("get", "-e", "test", "api_key"),
    ("header", "-e", "test"),
    ("env", "-e", "test", "--format", "json"),
    ("check", "-e", "test"),
)


def require_finding(done: Done, rule: str, *, code: int = 3) -> None:
    assert rule in RULES
    assert done.code == code, done.err
    assert rule in done.err
    assert "hint: " in done.err
    for key in (LIVE_KEY, TEST_KEY):
        assert key not in done.err + done.text


def bind_elsewhere(project: Project, path: str) -> None:
    """Behind the rules' back: the test environment's slot now names ``path``."""
    text = project.manifest.read_text()
    project.write(text.replace('path = "scale/test/api-key"', f'path = "{path}"'))


class TestShapes:
    """SEP001"""

    @pytest.fixture
    def mixed(self, project: Project) -> Project:
        """A live key stands where the test environment looks; nobody's slot named the place."""
        project.good("put", "main:elsewhere", given=LIVE_KEY)
        bind_elsewhere(project, "elsewhere")
        return project

    @pytest.mark.parametrize("words", READING, ids=lambda words: words[0])
    def test_no_command_delivers_a_live_key_in_test(
        self, mixed: Project, words: Sequence[str]
    ) -> None:
        require_finding(mixed.run(*words), "SEP001")

    def test_a_process_is_not_started_with_a_live_key_in_test(self, mixed: Project) -> None:
        done = mixed.run("run", "-e", "test", "--", "touch", "started")
        require_finding(done, "SEP001", code=125)
        assert not (mixed.root / "started").exists()

    def test_a_live_key_is_not_written_into_test(self, project: Project) -> None:
        require_finding(project.run("put", "-e", "test", "api_key", given=LIVE_KEY), "SEP001")
        assert project.good("get", "-e", "test", "api_key").text == TEST_KEY

    def test_a_bare_coordinate_is_bound_by_the_slot_that_is_kept_there(
        self, project: Project
    ) -> None:
        done = project.run("put", "main:scale/test/api-key", given=LIVE_KEY)
        require_finding(done, "SEP001")
        assert project.good("get", "-e", "test", "api_key").text == TEST_KEY

    def test_a_live_key_in_config_is_refused_as_part_of_the_manifest(
        self, project: Project
    ) -> None:
        text = project.manifest.read_text()
        project.write(text + f'[environments.test.config]\nOLD = "{LIVE_KEY}"\n')
        done = project.run("get", "-e", "test", "api_key")
        assert done.code == 2
        assert "environments.test.config.OLD holds a Scale key" in done.err
        assert LIVE_KEY not in done.err


class TestContainers:
    """SEP002"""

    @pytest.mark.parametrize("words", READING, ids=lambda words: words[0])
    def test_two_fields_of_one_container_are_refused(
        self, project: Project, words: Sequence[str]
    ) -> None:
        one = 'path = "scale/both"\nfield = "{}"'
        text = project.manifest.read_text()
        for mode in ("test", "live"):
            text = text.replace(f'path = "scale/{mode}/api-key"', one.format(mode))
        project.write(text)
        done = project.run(*words)
        require_finding(done, "SEP002")
        assert "scale/both" in done.err

    def test_nothing_is_written_into_a_shared_container(self, project: Project) -> None:
        bind_elsewhere(project, "scale/live/api-key")
        require_finding(project.run("put", "-e", "test", "api_key", given=TEST_KEY), "SEP002")
        assert project.good("get", "main:scale/live/api-key").text == LIVE_KEY

    def test_two_store_names_for_one_mount_are_seen_through(
        self, empty: Project, openbao: OpenBao
    ) -> None:
        shouted = openbao.url.replace("127.0.0.1", "LOCALHOST")
        quiet = openbao.url.replace("127.0.0.1", "localhost")
        text = manifest_of(f'{VAULT}\naddress = "{quiet}"')
        text = text.replace('store = "main"', 'store = "other"', 1)
        text = text.replace("scale/test/api-key", "scale/live/api-key")
        empty.write(f'[stores.other]\n{VAULT}\naddress = "{shouted}/"\n{text}')
        done = empty.run("check", "--all", environ={"VAULT_ADDR": quiet, "VAULT_TOKEN": "root"})
        require_finding(done, "SEP002")
        assert "which are one place" in done.err

    def test_a_process_is_not_started(self, project: Project) -> None:
        bind_elsewhere(project, "scale/live/api-key")
        require_finding(
            project.run("run", "-e", "test", "--", "touch", "started"), "SEP002", code=125
        )
        assert not (project.root / "started").exists()


class TestDuplicates:
    """SEP003"""

    SAME = "deadbeef" * 4  # tells no mode, so no other rule sees it

    @pytest.fixture
    def twice(self, project: Project) -> Project:
        text = project.manifest.read_text()
        project.write(text.replace('api-key"\n', 'api-key"\nallow_unknown_shape = true\n'))
        for mode in ("test", "live"):
            project.good("put", "-e", mode, "api_key", given=self.SAME)
        return project

    def test_one_key_in_both_modes_is_found(self, twice: Project) -> None:
        done = twice.run("check", "-e", "test", "-e", "live")
        require_finding(done, "SEP003")
        assert self.SAME not in done.err + done.text

    def test_what_was_not_compared_is_said(self, twice: Project) -> None:
        done = twice.good("check", "-e", "test")
        assert "not checked: SEP003" in done.err


class TestLabels:
    """SEP004"""

    def test_local_refuses_a_test_bundle_in_a_live_container(self, project: Project) -> None:
        done = self._rebound(project, "scale/live/api-key", "scale/old/api-key")
        require_finding(done, "SEP004")
        assert "labelled scale-mode = live" in done.err

    def test_vault_refuses_a_test_bundle_in_a_live_container(
        self, vault_project: Project, openbao: OpenBao, prefix: str
    ) -> None:
        openbao.root(
            "POST",
            f"secret/metadata/{prefix}/test/api-key",
            {"custom_metadata": {"scale-mode": "live"}},
        )
        for words in READING:
            require_finding(vault_project.run(*words), "SEP004")
        done = vault_project.run("put", "-e", "test", "api_key", given=TEST_KEY)
        require_finding(done, "SEP004")

    def test_aws_refuses_a_test_bundle_in_a_live_container(
        self, aws_project: Project, moto: MotoServer, prefix: str
    ) -> None:
        secret = f"{prefix}/test/api-key"
        client = moto.client("secretsmanager")
        client.tag_resource(SecretId=secret, Tags=[{"Key": "scale-mode", "Value": "live"}])
        before = client.get_secret_value(SecretId=secret)["VersionId"]
        # A read returns no tags on AWS, so these two are the doors that look.
        require_finding(aws_project.run("check", "-e", "test"), "SEP004")
        done = aws_project.run("put", "-e", "test", "api_key", given=TEST_KEY)
        require_finding(done, "SEP004")
        assert client.get_secret_value(SecretId=secret)["VersionId"] == before

    def test_an_unlabelled_container_is_a_warning_that_strict_counts(
        self, vault_project: Project, openbao: OpenBao, prefix: str
    ) -> None:
        openbao.root("DELETE", f"secret/metadata/{prefix}/test/api-key")
        openbao.root("POST", f"secret/data/{prefix}/test/api-key", {"data": {"value": TEST_KEY}})
        done = vault_project.good("check", "-e", "test")
        assert "SEP004" in done.err
        require_finding(vault_project.run("check", "-e", "test", "--strict"), "SEP004")
        assert vault_project.good("get", "-e", "test", "api_key").text == TEST_KEY

    def test_a_write_labels_what_was_unlabelled(
        self, vault_project: Project, openbao: OpenBao, prefix: str
    ) -> None:
        metadata = f"secret/metadata/{prefix}/test/api-key"
        openbao.root("POST", metadata, {"custom_metadata": {"team": "labels"}})
        vault_project.good("put", "-e", "test", "api_key", given=TEST_KEY)
        labels = openbao.root("GET", metadata)["data"]["custom_metadata"]
        assert labels == {"team": "labels", "scale-mode": "test"}

    @staticmethod
    def _rebound(project: Project, live_path: str, moved_to: str) -> Done:
        """The live environment moved on, and test was pointed at what it left behind."""
        text = project.manifest.read_text().replace(f'"{live_path}"', f'"{moved_to}"')
        project.write(text)
        bind_elsewhere(project, live_path)
        return project.run("check", "-e", "test")


def url_of(key: str) -> str:
    return f"https://{key}:@api.scale.com/v1/tasks?limit=1"


HIDDEN = {
    "raw": LIVE_KEY,
    "inside a URL": url_of(LIVE_KEY),
    "inside a Basic token": LIVE_BASIC,
    "inside a header": f"Authorization: {LIVE_BASIC}",
    "inside JSON": json.dumps({"scale": {"keys": ["other", LIVE_KEY]}}),
    "after an assignment": f"KEY={LIVE_KEY};export KEY",
    "with a user behind it": f"{LIVE_KEY}|0123456789abcdef01234567",
    "as the SDK's guide writes it": f"{'0f' * 16}|{'ab' * 12}|live",
    "as the SDK's guide writes it, in a Basic token": "Basic "
    + b64encode(f"{'0f' * 16}|{'ab' * 12}|live:".encode()).decode(),
    "a callback key": f"live_auth_{'0f' * 16}",
    "the documentation's example": "live_ScaleRocks",
}


class TestInherited:
    """SEP005"""

    @pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN.keys())
    def test_a_live_key_under_any_name_never_reaches_a_test_process(
        self, project: Project, text: str
    ) -> None:
        inherited = {"UNRELATED_NAME": text, "KEPT": "as it is"}
        done = project.good("run", "-e", "test", "--", "env", "-0", environ=inherited)
        variables = done.out.split(b"\0")
        assert b"KEPT=as it is" in variables
        assert b"SCALE_API_KEY=" + TEST_KEY.encode() in variables
        assert not any(one.startswith(b"UNRELATED_NAME=") for one in variables)
        assert "SEP005 UNRELATED_NAME" in done.err
        assert text not in done.err

    @pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN.keys())
    def test_strict_refuses_to_start(self, project: Project, text: str) -> None:
        inherited = {"UNRELATED_NAME": text}
        words = ("run", "-e", "test", "--strict", "--", "touch", "started")
        done = project.run(*words, environ=inherited)
        require_finding(done, "SEP005", code=125)
        assert text not in done.err
        assert not (project.root / "started").exists()

    def test_a_key_whose_form_only_the_variables_name_betrays_is_stripped(
        self, project: Project
    ) -> None:
        inherited = {"SCALE_LIVE_API_KEY": "live_short", "OTHER": "live_short"}
        done = project.good("run", "-e", "test", "--", "env", environ=inherited)
        assert "SCALE_LIVE_API_KEY" not in done.text
        assert "OTHER=live_short" in done.text

    def test_the_environments_own_variable_replaces_an_inherited_one(
        self, project: Project
    ) -> None:
        inherited = {"SCALE_API_KEY": LIVE_KEY}
        done = project.good("run", "-e", "test", "--", "env", environ=inherited)
        assert f"SCALE_API_KEY={TEST_KEY}" in done.text.splitlines()
        assert LIVE_KEY not in done.text

    def test_a_test_key_is_kept_from_a_live_process(self, project: Project) -> None:
        done = project.good("run", "-e", "live", "--", "env", environ={"SOME": TEST_KEY})
        assert TEST_KEY not in done.text


GUARD = """
[[environments.live.guard]]
for = ["run", "env", "header"]
require_variables = { GITHUB_REF = "refs/heads/main" }
[[environments.live.guard]]
confirm = true
"""


class TestGuard:
    """SEP006"""

    DOORS = (
        ("get", "-e", "live", "api_key"),
        ("header", "-e", "live"),
        ("env", "-e", "live", "--format", "json"),
        # The guard binds the place, under whatever name somebody comes there.
        ("get", "main:scale/live/api-key"),
        ("get", "main:scale/live/api-key@1"),
        ("header", "main:scale/live/api-key", "--mode", "live"),
        ("env", "--format", "json", "--mode", "live", "--secret", "K=main:scale/live/api-key"),
    )

    @pytest.fixture
    def guarded(self, project: Project) -> Project:
        project.write(manifest_of(LOCAL, more=GUARD))
        return project

    @pytest.mark.parametrize("words", DOORS, ids=" ".join)
    def test_a_closed_door_delivers_nothing(self, guarded: Project, words: Sequence[str]) -> None:
        done = guarded.run(*words)
        require_finding(done, "SEP006")
        assert done.out == b""

    @pytest.mark.parametrize("words", DOORS, ids=" ".join)
    def test_yes_confirms_where_nobody_can_be_asked(
        self, guarded: Project, words: Sequence[str]
    ) -> None:
        assert guarded.good(*words, "--yes").out

    def test_the_variable_opens_the_doors_that_its_block_names(self, guarded: Project) -> None:
        main = {"GITHUB_REF": "refs/heads/main"}
        assert guarded.good("header", "-e", "live", environ=main).out
        require_finding(guarded.run("get", "-e", "live", "api_key", environ=main), "SEP006")
        branch = {"GITHUB_REF": "refs/heads/main2"}
        require_finding(guarded.run("header", "-e", "live", environ=branch), "SEP006")

    def test_a_process_is_not_started_and_a_value_not_written(self, guarded: Project) -> None:
        done = guarded.run("run", "-e", "live", "--", "touch", "started")
        require_finding(done, "SEP006", code=125)
        assert not (guarded.root / "started").exists()
        require_finding(guarded.run("put", "-e", "live", "api_key", given=LIVE_KEY), "SEP006")

    def test_the_other_environment_is_not_guarded(self, guarded: Project) -> None:
        assert guarded.good("get", "-e", "test", "api_key").text == TEST_KEY
        assert guarded.good("get", "main:scale/test/api-key").text == TEST_KEY

    def test_a_process_is_not_started_by_coordinate_either(self, guarded: Project) -> None:
        words = ("--mode", "live", "--secret", "K=main:scale/live/api-key")
        require_finding(guarded.run("run", *words, "--", "true"), "SEP006", code=125)

    def test_a_store_is_not_even_asked(self, guarded: Project) -> None:
        (guarded.root / ".scale-secrets" / "store.age").write_bytes(b"broken")
        require_finding(guarded.run("get", "-e", "live", "api_key"), "SEP006")


def test_environments_of_both_modes_do_not_compose(project: Project) -> None:
    done = project.run("env", "-e", "test", "-e", "live", "--format", "json")
    assert done.code == 2
    assert "do not compose" in done.err


def test_no_file_is_left_by_a_refusal(project: Project, tmp_path: Path) -> None:
    project.good("put", "main:elsewhere", given=LIVE_KEY)
    bind_elsewhere(project, "elsewhere")
    output = tmp_path / "app.env"
    done = project.run("env", "-e", "test", "--format", "json", "--output", str(output))
    require_finding(done, "SEP001")
    assert not output.exists()
