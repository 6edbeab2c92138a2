"""``header``: the documentation's vector, from the store to each form."""

from __future__ import annotations

import json

import pytest

from tests.support.project import LIVE_BASIC, LIVE_KEY, LOCAL, TEST_KEY, Project, manifest_of

VECTOR = "Basic bGl2ZV9TY2FsZVJvY2tzOg=="


def test_the_documentations_key_gives_the_documentations_header(project: Project) -> None:
    project.good("put", "-e", "live", "api_key", given="live_ScaleRocks\n")
    assert project.good("header", "-e", "live").text == f"Authorization: {VECTOR}\n"
    assert project.good("header", "-e", "live", "--format", "value").text.strip() == VECTOR
    document = json.loads(project.good("header", "-e", "live", "--format", "json").text)
    assert VECTOR in document.values()
    curl = project.good("header", "-e", "live", "--format", "curl").text
    assert "live_ScaleRocks:" in curl


def test_a_coordinate_needs_a_mode(project: Project) -> None:
    words = ("header", "main:scale/live/api-key")
    done = project.run(*words)
    assert done.code == 2
    assert "--mode live or --mode test" in done.err
    assert project.good(*words, "--mode", "live").text == f"Authorization: {LIVE_BASIC}\n"
    wrong = project.run(*words, "--mode", "test")
    assert wrong.code == 3
    assert "SEP001" in wrong.err


def test_a_key_that_no_header_can_carry_is_refused(project: Project) -> None:
    text = project.manifest.read_text()
    allowed = 'path = "scale/test/api-key"\nallow_unknown_shape = true\n'
    project.write(text.replace('path = "scale/test/api-key"\n', allowed))
    project.good("put", "-e", "test", "api_key", given="user:password")
    done = project.run("header", "-e", "test")
    assert done.code == 3
    assert "password" not in done.err
    assert done.out == b""


MORE = """
[environments.test.secrets.other]
path = "other"
type = "scale-api-key"
[environments.test.secrets.password]
path = "password"
"""


class TestWhichKey:
    @pytest.fixture
    def two(self, project: Project) -> Project:
        project.write(manifest_of(LOCAL, more=MORE))
        project.fill("test", {"other": TEST_KEY[:-1] + "1", "password": "x"})
        return project

    def test_api_key_is_the_default_and_a_name_picks_another(self, two: Project) -> None:
        default = two.good("header", "-e", "test").out
        assert default == two.good("header", "-e", "test", "api_key").out
        assert default != two.good("header", "-e", "test", "other").out

    def test_without_that_name_two_keys_are_one_too_many(self, two: Project) -> None:
        text = two.manifest.read_text()
        two.write(
            text.replace("test.secrets.api_key]", 'test.secrets.third]\ntype = "scale-api-key"')
        )
        done = two.run("header", "-e", "test")
        assert done.code == 2
        assert "its API keys: third, other" in done.err

    def test_a_secret_that_is_no_key_has_no_header(self, two: Project) -> None:
        done = two.run("header", "-e", "test", "password")
        assert done.code == 2
        assert "no API key" in done.err


def test_it_can_go_to_a_private_file(project: Project) -> None:
    project.good("header", "-e", "live", "--output", "header.txt")
    file = project.root / "header.txt"
    assert file.read_text() == f"Authorization: {LIVE_BASIC}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert LIVE_KEY not in file.read_text()
