"""``run --watch`` starts its command again, or signals it, when a secret has really changed."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import pytest

from tests.support.fault_proxy import FaultServer, Forward, Hang, Raw, Switch
from tests.support.openbao import OpenBao
from tests.support.project import LIVE_KEY, LOCAL, TEST_KEY, VAULT, Project, manifest_of
from tests.support.watched import QUICK, STAYING, Watched, is_gone, until

NEW_KEY = "test_" + "00112233445566778899aabbccddeeff"
WATCH = ("-e", "test", "--watch", *QUICK)
SHELL = ("--", "sh", "-c")


def store(openbao: OpenBao, prefix: str, key: str) -> None:
    openbao.root("POST", f"secret/data/{prefix}/test/api-key", {"data": {"value": key}})


class TestChange:
    def test_the_command_is_started_again_with_the_new_value(self, project: Project) -> None:
        with Watched(project, *WATCH, *SHELL, STAYING) as watched:
            first = watched.command()
            project.fill("test", {"api_key": NEW_KEY})
            lines = watched.waits_for("up ", times=2)
            assert [line.split()[2] for line in lines] == [TEST_KEY, NEW_KEY]
            assert "term" in watched.printed
            assert is_gone(first)
            assert watched.told == [
                "scale-secrets: SCALE_API_KEY changed: the command is started again"
            ]

    def test_a_new_version_of_the_same_value_is_no_change(self, project: Project) -> None:
        with Watched(project, *WATCH, "-v", *SHELL, STAYING) as watched:
            first = watched.command()
            project.fill("test", {"api_key": TEST_KEY})
            watched.is_told("read main:scale/test/api-key", times=len(watched.told) + 3)
            assert watched.command() == first
            assert not any("changed" in line for line in watched.told)

    def test_a_command_that_stays_is_killed_after_its_grace(self, project: Project) -> None:
        stubborn = (
            'echo "up $$ $SCALE_API_KEY"; trap "echo term" TERM; while :; do sleep 0.05; done'
        )
        with Watched(project, *WATCH, "--grace", "0.3", *SHELL, stubborn) as watched:
            first = watched.command()
            project.fill("test", {"api_key": NEW_KEY})
            assert watched.waits_for("up ", times=2)[1].endswith(NEW_KEY)
            assert "term" in watched.printed
            assert is_gone(first)
            watched.is_told("the command did not end within 0.3 s, and is killed")

    def test_files_are_new_before_the_command_is_signalled(
        self, project: Project, tmp_path: Path
    ) -> None:
        place = tmp_path / "secrets"
        script = (
            'echo "up $$ $(cat $SCALE_API_KEY_FILE)"\n'
            "trap 'echo \"hup $(cat $SCALE_API_KEY_FILE)\"' HUP\n"
            "while :; do sleep 0.05; done"
        )
        words = (*WATCH, "--files", str(place), "--signal", "hup", *SHELL, script)
        with Watched(project, *words) as watched:
            first = watched.command()
            before = (place / "SCALE_API_KEY").stat()
            project.fill("test", {"api_key": NEW_KEY})
            assert watched.waits_for("hup ") == [f"hup {NEW_KEY}"]
            assert watched.command() == first
            after = (place / "SCALE_API_KEY").stat()
            assert stat.S_IMODE(after.st_mode) == 0o600
            assert after.st_ino != before.st_ino, "replaced as a whole, never written in place"
            assert watched.told == [
                "scale-secrets: SCALE_API_KEY changed: the command is told by SIGHUP"
            ]

    def test_an_optional_secret_that_is_gone_takes_its_file_along(
        self, vault_project: Project, openbao: OpenBao, prefix: str, tmp_path: Path
    ) -> None:
        path = f"{prefix}/note"
        more = f'[environments.test.secrets.note]\npath = "{path}"\nrequired = false\n'
        vault_project.write(manifest_of(VAULT, prefix=prefix, field="value", more=more))
        openbao.root("POST", f"secret/data/{path}", {"data": {"value": "made-up note"}})
        place = tmp_path / "secrets"
        words = (*WATCH, "--files", str(place), *SHELL, 'echo "up [$NOTE_FILE]"; exec sleep 60')
        with Watched(vault_project, *words) as watched:
            assert watched.waits_for("up ") == [f"up [{place / 'NOTE'}]"]
            openbao.root("DELETE", f"secret/metadata/{path}")
            assert watched.waits_for("up ", times=2)[1] == "up []"
            assert [file.name for file in place.iterdir()] == ["SCALE_API_KEY"]

    def test_the_guard_is_not_asked_again(self, project: Project) -> None:
        project.write(manifest_of(LOCAL, more="[[environments.live.guard]]\nconfirm = true\n"))
        words = ("-e", "live", "--yes", "--watch", *QUICK, *SHELL, STAYING)
        with Watched(project, *words) as watched:
            watched.command()
            project.fill("live", {"api_key": "live_ScaleRocks"})
            assert watched.waits_for("up ", times=2)[1].endswith("live_ScaleRocks")
            assert not any("SEP006" in line for line in watched.told)

    def test_a_command_that_is_gone_meanwhile_ends_the_watch(self, project: Project) -> None:
        program = project.root / "program"
        program.write_text(f"#!/bin/sh\n{STAYING}")
        program.chmod(0o700)
        with Watched(project, *WATCH, "--", "./program") as watched:
            watched.command()
            program.unlink()
            project.fill("test", {"api_key": NEW_KEY})
            assert watched.ends() == 126
            watched.is_told("the command cannot be executed: no such file or directory")


class TestTrouble:
    """Whatever goes wrong with a reading, the command keeps what it has, and it is said once."""

    @pytest.fixture
    def gate(self, openbao: OpenBao) -> Switch:
        return Switch(Forward(int(openbao.url.rpartition(":")[2])))

    def test_an_outage_does_not_stop_the_command(
        self, vault_project: Project, openbao: OpenBao, prefix: str, gate: Switch
    ) -> None:
        forward = gate.now
        with FaultServer(gate) as proxy:
            vault_project.environ["VAULT_ADDR"] = proxy.url
            words = (*WATCH, "--timeout", "1", *SHELL, STAYING)
            with Watched(vault_project, *words) as watched:
                first = watched.command()
                seen = len(proxy.requests)
                gate.now = Raw(b"")
                watched.is_told("the command keeps what it was given")
                failed = len(proxy.requests)
                until(lambda: len(proxy.requests) > failed + (failed - seen) * 2)
                assert watched.command() == first
                keeps = [line for line in watched.told if "keeps what it was given" in line]
                assert len(keeps) == 1, watched.told
                store(openbao, prefix, NEW_KEY)
                gate.now = forward
                assert watched.waits_for("up ", times=2)[1].endswith(NEW_KEY)
                watched.is_told("the secrets can be read again")

    @pytest.mark.parametrize(
        "key",
        [LIVE_KEY, "made-up-of-no-mode"],
        ids=["live", "none"],
    )
    def test_a_value_that_breaks_a_rule_is_refused(
        self, vault_project: Project, openbao: OpenBao, prefix: str, key: str
    ) -> None:
        with Watched(vault_project, *WATCH, "-v", *SHELL, STAYING) as watched:
            first = watched.command()
            store(openbao, prefix, key)
            watched.is_told("SEP001 environments.test.secrets.api_key")
            watched.is_told("read main:", times=len(watched.told) + 2)
            assert watched.command() == first
            assert len([line for line in watched.told if "SEP001" in line]) == 1
            assert key not in "\n".join(watched.told)
            store(openbao, prefix, NEW_KEY)
            assert watched.waits_for("up ", times=2)[1].endswith(NEW_KEY)

    def test_a_token_that_expired_is_got_anew(
        self, vault_project: Project, openbao: OpenBao, prefix: str
    ) -> None:
        policy = openbao.policy(f"secret/data/{prefix}/* [read]")
        file = vault_project.home / ".vault-token"

        def login() -> str:
            made = openbao.root("POST", "auth/token/create", {"policies": [policy]})
            token: str = made["auth"]["client_token"]
            file.write_text(token)
            file.chmod(0o600)
            return token

        token = login()
        del vault_project.environ["VAULT_TOKEN"]
        with Watched(vault_project, *WATCH, *SHELL, STAYING) as watched:
            watched.command()
            openbao.root("POST", "auth/token/revoke", {"token": token})
            watched.is_told("the command keeps what it was given")
            login()
            store(openbao, prefix, NEW_KEY)
            assert watched.waits_for("up ", times=2)[1].endswith(NEW_KEY)

    def test_a_store_that_does_not_answer_keeps_no_signal_waiting(
        self, vault_project: Project, gate: Switch
    ) -> None:
        with FaultServer(gate) as proxy:
            vault_project.environ["VAULT_ADDR"] = proxy.url
            with Watched(vault_project, *WATCH, *SHELL, STAYING) as watched:
                watched.command()
                gate.now = Hang()
                before = len(proxy.requests)
                until(lambda: len(proxy.requests) > before)
                watched.process.terminate()
                watched.waits_for("term")
                assert watched.ends() == 0

    def test_a_reader_of_stderr_that_went_away_stops_nothing(self, project: Project) -> None:
        deaf = ("sh", "-c", 'exec 3>&1; { "$@" 2>&1 >&3 3>&-; echo "code $?" >&3; } | true', "sh")
        with Watched(project, *WATCH, *SHELL, STAYING, before=deaf) as watched:
            watched.command()
            project.fill("test", {"api_key": NEW_KEY})
            assert watched.waits_for("up ", times=2)[1].endswith(NEW_KEY)
            project.fill("test", {"api_key": TEST_KEY})
            os.kill(int(watched.waits_for("up ", times=3)[2].split()[1]), signal.SIGTERM)
            watched.waits_for("code 0")

    def test_a_file_that_cannot_be_written_leaves_the_command_alone(
        self, project: Project, tmp_path: Path
    ) -> None:
        place = tmp_path / "secrets"
        with Watched(project, *WATCH, "--files", str(place), *SHELL, STAYING) as watched:
            first = watched.command()
            place.chmod(0o777)
            project.fill("test", {"api_key": NEW_KEY})
            watched.is_told("is writable by others")
            watched.is_told("the command keeps what it was given")
            assert watched.command() == first
            place.chmod(0o700)
            watched.waits_for("up ", times=2)
            assert (place / "SCALE_API_KEY").read_text() == NEW_KEY


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--every", "5"), "go with --watch"),
        (("--debounce", "0"), "go with --watch"),
        (("--grace", "5"), "go with --watch"),
        (("--signal", "HUP"), "go with --watch"),
        (("--watch", "--signal", "HUP"), "goes with --files"),
        (("--watch", "--every", "0"), "--every"),
        (("--watch", "--signal", "NOPE"), "--signal"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_options_that_do_not_go_together_start_nothing(
    project: Project, words: tuple[str, ...], told: str
) -> None:
    done = project.run("run", "-e", "test", *words, "--", "touch", "started")
    assert done.code == 125
    assert told in done.err
    assert "hint: " in done.err
    assert not (project.root / "started").exists()
