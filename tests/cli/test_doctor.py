"""``doctor``: what is wrong, each with its mend; nothing is changed and nothing printed."""

from __future__ import annotations

import json
from typing import Any

from tests.support.openbao import OpenBao
from tests.support.project import LIVE_KEY, TEST_KEY, Done, Project


def diagnoses(done: Done) -> list[dict[str, Any]]:
    for key in (LIVE_KEY, TEST_KEY, "s.made-up"):
        assert key not in done.text + done.err
    found: list[dict[str, Any]] = json.loads(done.text)
    assert all(one["mend"] for one in found if one["verdict"] != "ok")
    return found


def bad(done: Done) -> dict[str, str]:
    return {one["subject"]: one["mend"] for one in diagnoses(done) if one["verdict"] == "bad"}


def test_a_sound_project_is_ok(project: Project) -> None:
    found = diagnoses(project.good("doctor", "--format", "json"))
    assert {one["verdict"] for one in found} == {"ok"}
    assert sum("readable, version 1" in one["message"] for one in found) == 2


def test_vault_tells_who_we_are(vault_project: Project, openbao: OpenBao) -> None:
    found = diagnoses(vault_project.good("doctor", "--format", "json"))
    (store,) = [one for one in found if one["subject"] == "store main" and one["facts"]]
    assert store["facts"]["address"] == openbao.url
    assert "root" in json.dumps(store["facts"])
    assert "plain http" in json.dumps(found)


def test_each_unreadable_coordinate_is_named(vault_project: Project, openbao: OpenBao) -> None:
    environ = {"VAULT_TOKEN": openbao.token("secret/data/other [read]")}
    done = vault_project.run("doctor", "--format", "json", environ=environ)
    assert done.code == 3
    assert {subject.partition(" ")[0] for subject in bad(done)} >= {
        "environments.test.secrets.api_key",
        "environments.live.secrets.api_key",
    }


def test_files_that_others_can_read_are_told_with_the_mend(project: Project) -> None:
    identity = project.home / ".config" / "scale-secrets" / "identity.txt"
    token = project.home / ".vault-token"
    token.write_text("s.made-up")
    for path in (identity, token):
        path.chmod(0o644)
    done = project.run("doctor", "--format", "json")
    assert done.code == 3
    found = bad(done)
    for path in (identity, token):
        assert found[str(path)] == f"chmod 600 {path}"
        assert path.stat().st_mode & 0o777 == 0o644


def test_unverified_certificates_are_bad(project: Project) -> None:
    done = project.run("doctor", environ={"VAULT_SKIP_VERIFY": "true"})
    assert done.code == 3
    assert "unset VAULT_SKIP_VERIFY" in done.text


def test_a_manifest_that_cannot_be_used_does_not_end_it(project: Project) -> None:
    project.manifest.chmod(0o666)
    done = project.run("doctor", "--format", "json")
    assert done.code == 3
    assert any("chmod go-w" in mend for mend in bad(done).values())


def test_without_a_manifest_it_says_how_to_get_one(empty: Project) -> None:
    done = empty.good("doctor")
    assert "scale-secrets init" in done.text


def test_a_store_that_is_away_is_told_once_for_the_store(vault_project: Project) -> None:
    environ = {"VAULT_ADDR": "http://127.0.0.1:1"}
    done = vault_project.run("doctor", "--timeout", "2", "--format", "json", environ=environ)
    assert done.code == 3
    assert "store main" in bad(done)
