"""``check``: one report of everything, without a value in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from scale_secrets.validation.schema import shipped_schema
from tests.support.project import LIVE_KEY, LOCAL, TEST_KEY, Done, Project, manifest_of


def report_of(done: Done) -> dict[str, Any]:
    """The report, which its schema accepts and no value is in."""
    document: dict[str, Any] = json.loads(done.text)
    Draft202012Validator(shipped_schema("check-report")).validate(document)
    for key in (LIVE_KEY, TEST_KEY):
        assert key not in done.text + done.err
    return document


def test_sound_environments_are_ok(project: Project) -> None:
    done = project.good("check", "--all", "--strict", "--format", "json")
    report = report_of(done)
    assert [one["status"] for one in report["secrets"]] == ["ok", "ok"]
    assert (report["findings"], report["not_checked"]) == ([], [])
    assert report["environments"] == [
        {"name": "test", "mode": "test"},
        {"name": "live", "mode": "live"},
    ]
    table = project.good("check", "--all")
    assert table.text.count(" ok ") == 2
    assert table.err == ""


def test_one_missing_secret_does_not_hide_the_others(project: Project) -> None:
    text = project.manifest.read_text().replace("scale/test/api-key", "scale/none")
    project.write(text)
    done = project.run("check", "--all", "--format", "json")
    assert done.code == 4
    failed, fine = report_of(done)["secrets"]
    assert (failed["status"], fine["status"]) == ("failed", "ok")
    assert failed["error"]["message"]
    told = project.run("check", "--all")
    assert told.code == 4
    assert "environments.test.secrets.api_key" in told.err


def test_an_optional_secret_may_be_absent(project: Project) -> None:
    more = '[environments.test.secrets.other]\npath = "none"\nrequired = false\n'
    project.write(manifest_of(LOCAL, more=more))
    report = report_of(project.good("check", "--all", "--format", "json"))
    assert {one["name"]: one["status"] for one in report["secrets"]}["other"] == "absent"


def test_an_old_key_is_a_warning_that_names_its_owner(project: Project) -> None:
    more = 'max_age_days = 0.0000001\nowner = "labels-oncall"\n'
    text = manifest_of(LOCAL).replace(
        'path = "scale/live/api-key"\n', f'path = "scale/live/api-key"\n{more}'
    )
    project.write(text)
    done = project.good("check", "--all", "--format", "json")
    (found,) = report_of(done)["findings"]
    assert (found["id"], found["severity"]) == ("AGE001", "warning")
    assert "labels-oncall" in found["message"]
    assert project.run("check", "--all", "--strict").code == 3


def test_every_broken_rule_is_told_at_once(project: Project) -> None:
    project.good("put", "main:live-key", given=LIVE_KEY)
    more = (
        '[environments.test.secrets.callback_auth_key]\npath = "live-key"\n'
        '[environments.test.secrets.shared]\npath = "scale/live/api-key"\n'
        'type = "scale-api-key"\n'
    )
    project.write(manifest_of(LOCAL, more=more))
    done = project.run("check", "--all", "--format", "json")
    assert done.code == 3
    ids = {found["id"] for found in report_of(done)["findings"]}
    assert {"SEP001", "SEP002", "SEP003", "SEP004"} <= ids


def test_a_schema_of_the_users_own_applies_as_well(project: Project) -> None:
    (project.root / "own.json").write_text(
        json.dumps({"properties": {"secrets": {"required": ["callback_auth_key"]}}})
    )
    text = project.manifest.read_text()
    project.write(text.replace('mode = "test"\n', 'mode = "test"\nschema = "own.json"\n'))
    done = project.run("check", "-e", "test")
    assert done.code == 3
    assert "SCH002 environments.test.secrets: lacks 'callback_auth_key'" in done.err
    (project.root / "own.json").write_text('{"type": 3}')
    broken = project.run("check", "-e", "test")
    assert broken.code == 2
    assert "JSON Schema is not valid" in broken.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check",), "no environment is named"),
        (("check", "-e", "other"), "known: test, live"),
        (("check", "--all", "--format", "xml"), "table, json"),
    ],
)
def test_a_wrong_call_says_what_is_right(
    project: Project, words: tuple[str, ...], says: str
) -> None:
    done = project.run(*words)
    assert done.code == 2
    assert says in done.err


def test_all_without_a_manifest_is_no_success(empty: Project) -> None:
    done = empty.run("check", "--all")
    assert done.code == 2
    assert "manifest" in done.err
