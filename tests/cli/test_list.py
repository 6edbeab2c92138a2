"""``list`` names what there is and reads no value."""

from __future__ import annotations

import json

import pytest

from tests.support.openbao import OpenBao
from tests.support.project import LIVE_KEY, TEST_KEY, Project


def test_an_environments_secrets_are_named_with_all_that_is_declared(project: Project) -> None:
    rows = json.loads(project.good("list", "-e", "test", "-e", "live", "--format", "json").text)
    assert rows[0] == {
        "environment": "test",
        "mode": "test",
        "name": "api_key",
        "variable": "SCALE_API_KEY",
        "type": "scale-api-key",
        "coordinate": "main:scale/test/api-key",
    }
    assert [row["environment"] for row in rows] == ["test", "live"]
    table = project.good("list", "-e", "test").text.splitlines()
    assert table[0].split()[0] == "environment"
    assert table[1].split() == list(rows[0].values())


def test_a_stores_containers_are_listed_as_coordinates(project: Project) -> None:
    project.good("put", "main:odd@name#here".replace("@", "%40").replace("#", "%23"), given="x")
    whole = project.good("list", "main:").text.splitlines()
    assert whole == ["main:odd%40name%23here", "main:scale/live/api-key", "main:scale/test/api-key"]
    assert project.good("get", whole[0]).text == "x"
    assert project.good("list", "main:scale/live").text == "main:scale/live/api-key\n"
    assert json.loads(project.good("list", "main:scale", "--format", "json").text) == whole[1:]
    assert project.good("list", "main:nothing").text == ""


def test_no_value_is_read(vault_project: Project, openbao: OpenBao, prefix: str) -> None:
    token = openbao.token(f"secret/metadata/{prefix}/* [list]", f"secret/metadata/{prefix} [list]")
    listed = vault_project.good("list", f"main:{prefix}", environ={"VAULT_TOKEN": token})
    assert listed.text.splitlines() == [
        f"main:{prefix}/live/api-key",
        f"main:{prefix}/test/api-key",
    ]
    assert (
        vault_project.run("get", "-e", "test", "api_key", environ={"VAULT_TOKEN": token}).code == 5
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("list",), "no environment is named"),
        (("list", "scale"), "STORE:PREFIX"),
        (("list", "main:a#b"), "neither field nor version"),
        (("list", "other:"), "known: main"),
        (("list", "-e", "other"), "known: test, live"),
    ],
)
def test_a_wrong_call_says_what_is_right(
    project: Project, words: tuple[str, ...], says: str
) -> None:
    done = project.run(*words)
    assert done.code == 2
    assert says in done.err


def test_the_environment_may_come_from_the_variable(project: Project) -> None:
    done = project.good("list", environ={"SCALE_SECRETS_ENVIRONMENT": "test live"})
    assert len(done.text.splitlines()) == 3
    assert TEST_KEY not in done.text
    assert LIVE_KEY not in done.text
