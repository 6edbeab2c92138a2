"""Variables of Scale's sister SDKs: one secret under several names, and none of the other mode."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.project import LIVE_KEY, LOCAL, TEST_KEY, Project, manifest_of

# What each SDK reads, as its published source says, in the order scale-nucleus, scale-launch,
# scale-llm-engine, scale-gp.
ALSO = 'also = ["NUCLEUS_API_KEY", "LAUNCH_API_KEY"]'
SGP = """
[environments.sgp]
mode = "test"
store = "main"
[environments.sgp.secrets.sgp]
path = "sgp/api-key"
variable = "SGP_API_KEY"
[environments.sgp.config]
SGP_ACCOUNT_ID = "65f0a1b2c3d4e5f601234567"
"""


@pytest.fixture
def sisters(project: Project) -> Project:
    text = manifest_of(LOCAL, more=SGP)
    for mode in ("test", "live"):
        path = f'path = "scale/{mode}/api-key"\n'
        assert path in text
        text = text.replace(path, f"{path}{ALSO}\n")
    project.write(text)
    project.fill("sgp", {"sgp": "made-up-sgp-key"})
    return project


def variables(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def test_one_secret_is_delivered_under_several_variables(sisters: Project) -> None:
    found = variables(sisters.good("run", "-e", "test", "--", "env").text)
    for name in ("SCALE_API_KEY", "NUCLEUS_API_KEY", "LAUNCH_API_KEY"):
        assert found[name] == TEST_KEY


def test_it_is_one_file_for_each_variable(sisters: Project, tmp_path: Path) -> None:
    place = tmp_path / "files"
    found = variables(sisters.good("run", "-e", "test", "--files", str(place), "--", "env").text)
    for name in ("SCALE_API_KEY", "NUCLEUS_API_KEY", "LAUNCH_API_KEY"):
        assert name not in found
        assert Path(found[f"{name}_FILE"]).read_text() == TEST_KEY


def test_an_environment_file_holds_all_of_them(sisters: Project) -> None:
    document = json.loads(sisters.good("env", "-e", "test", "--format", "json").text)
    assert document == dict.fromkeys(
        ("SCALE_API_KEY", "NUCLEUS_API_KEY", "LAUNCH_API_KEY"), TEST_KEY
    )


def test_a_key_goes_with_the_account_that_it_needs(sisters: Project) -> None:
    found = variables(sisters.good("run", "-e", "test", "-e", "sgp", "--", "env").text)
    assert found["SGP_API_KEY"] == "made-up-sgp-key"
    assert found["SGP_ACCOUNT_ID"] == "65f0a1b2c3d4e5f601234567"
    assert found["SCALE_API_KEY"] == TEST_KEY


@pytest.mark.parametrize("name", ["NUCLEUS_API_KEY", "LAUNCH_API_KEY", "SGP_API_KEY", "EVAL_KEY"])
def test_a_sister_s_variable_of_the_other_mode_is_not_passed_on(
    sisters: Project, name: str
) -> None:
    """Also a name of one's own, once a manifest delivers a key under it: here a short live key."""
    sisters.write(
        sisters.manifest.read_text().replace('"LAUNCH_API_KEY"]', '"LAUNCH_API_KEY", "EVAL_KEY"]')
    )
    words = ("run", "-e", "sgp", "--", "sh", "-c", f'echo "[${name}]"')
    if name == "SGP_API_KEY":
        words = ("run", "-e", "test", *words[3:])
    done = sisters.good(*words, environ={name: "live_ScaleRocks"})
    assert done.text == "[]\n"
    assert f"SEP005 {name}: not passed on" in done.err
    assert "live_ScaleRocks" not in done.err


def test_a_stale_key_of_the_other_mode_is_replaced_under_every_variable(
    sisters: Project,
) -> None:
    stale = dict.fromkeys(("SCALE_API_KEY", "NUCLEUS_API_KEY", "LAUNCH_API_KEY"), LIVE_KEY)
    found = variables(sisters.good("run", "-e", "test", "--", "env", environ=stale).text)
    assert {found[name] for name in stale} == {TEST_KEY}


def test_composed_environments_may_not_claim_one_variable_twice(sisters: Project) -> None:
    sisters.write(sisters.manifest.read_text().replace('"SGP_API_KEY"', '"NUCLEUS_API_KEY"'))
    done = sisters.run("run", "-e", "test", "-e", "sgp", "--", "touch", "started")
    assert done.code == 125
    assert "are both delivered as NUCLEUS_API_KEY" in done.err
    assert not (sisters.root / "started").exists()
