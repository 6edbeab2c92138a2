"""``env``: the file that its reader reads back, or a refusal that names key and reason."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path

import pytest

from scale_secrets.render.environment import DIALECTS
from tests.support.project import LIVE_BASIC, LIVE_KEY, LOCAL, TEST_KEY, Project, manifest_of

MORE = """
[environments.test.secrets.pem]
path = "pem"
[environments.test.config]
SCALE_PROJECT = "cat_labels"
"""
PEM = '-----BEGIN-----\nit\'s "$HOME"\n-----END-----\n'


@pytest.fixture
def several(project: Project) -> Project:
    project.write(manifest_of(LOCAL, more=MORE))
    project.fill("test", {"pem": PEM})
    return project


def env(project: Project, dialect: str, *more: str) -> str:
    return project.good("env", "-e", "test", "--format", dialect, *more).text


def test_a_shell_reads_it_back(several: Project) -> None:
    (several.root / "env.sh").write_text(env(several, "posix"))
    done = subprocess.run(
        ["sh", "-c", '. ./env.sh; printf "%s|%s|%s" "$SCALE_API_KEY" "$PEM" "$SCALE_PROJECT"'],
        cwd=several.root,
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == f"{TEST_KEY}|{PEM}|cat_labels"


def test_only_names_what_is_written(several: Project) -> None:
    assert json.loads(env(several, "json", "--only", "pem"))["PEM"] == PEM
    assert "SCALE_API_KEY" not in env(several, "json", "--only", "pem")


def test_a_dialect_that_cannot_hold_a_value_names_it_and_writes_nothing(
    several: Project, tmp_path: Path
) -> None:
    target = tmp_path / "docker.env"
    words = ("env", "-e", "test", "--format", "docker", "--output", str(target))
    done = several.run(*words)
    assert done.code == 3
    assert "docker: PEM: " in done.err
    assert "BEGIN" not in done.err
    assert not target.exists()


def test_k8s_takes_the_secrets_name_and_namespace(several: Project) -> None:
    text = env(several, "k8s", "--secret-name", "scale", "--namespace", "labels")
    assert "name: scale" in text.replace('"', "")
    assert "namespace: labels" in text.replace('"', "")
    assert base64.b64encode(TEST_KEY.encode()).decode() in text


class TestGithub:
    def test_masks_come_first_and_variables_are_added_to_the_runners_file(
        self, project: Project, tmp_path: Path
    ) -> None:
        runner = tmp_path / "github-env"
        runner.write_text("EARLIER=step\n")
        environ = {"GITHUB_ENV": str(runner)}
        done = project.good("env", "-e", "live", "--format", "github", environ=environ)
        masks = done.text.splitlines()
        assert f"::add-mask::{LIVE_KEY}" in masks
        assert any(LIVE_BASIC.removeprefix("Basic ") in mask for mask in masks)
        assert all(mask.startswith("::add-mask::") for mask in masks)
        written = runner.read_text()
        assert written.startswith("EARLIER=step\n")
        assert LIVE_KEY in written

    def test_outside_a_workflow_it_is_refused(self, project: Project) -> None:
        done = project.run("env", "-e", "live", "--format", "github")
        assert done.code == 2
        assert "GITHUB_ENV is not set" in done.err


def test_an_unknown_dialect_names_the_known_ones(project: Project) -> None:
    done = project.run("env", "-e", "test", "--format", "ini")
    assert done.code == 2
    assert ", ".join(DIALECTS) in done.err
    assert "--format" in project.run("env", "-e", "test").err
