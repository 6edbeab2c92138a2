"""``run`` becomes the command: codes, signals, variables and files are the command's own."""

from __future__ import annotations

import os
import shlex
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.aws_stub import aws_stub, forward
from tests.support.fault_proxy import FaultServer, Forward
from tests.support.moto_server import MotoServer
from tests.support.openbao import ROOT_TOKEN, OpenBao
from tests.support.project import (
    AWS,
    LIVE_KEY,
    LOCAL,
    PROGRAM,
    TEST_KEY,
    VAULT,
    Project,
    manifest_of,
)

RUN = ("run", "-e", "test")


def start(project: Project, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [PROGRAM, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        cwd=project.root,
        env=project.environ,
    )


class TestExit:
    @pytest.mark.parametrize("code", [0, 1, 2, 3, 42, 124, 125, 255])
    def test_the_commands_code_passes_through(self, project: Project, code: int) -> None:
        assert project.run(*RUN, "--", "sh", "-c", f"exit {code}").code == code

    @pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "KILL"])
    def test_a_signal_to_the_process_is_one_to_the_command(
        self, project: Project, name: str
    ) -> None:
        number = signal.Signals[f"SIG{name}"]
        with start(project, *RUN, "--", "sh", "-c", "echo $$; exec sleep 60") as process:
            assert process.stdout is not None
            assert int(process.stdout.readline()) == process.pid
            process.send_signal(number)
            assert process.wait(20) == -number

    @pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "KILL"])
    def test_a_shell_sees_128_and_the_signal(self, project: Project, name: str) -> None:
        typed = shlex.join([PROGRAM, *RUN, "--", "sh", "-c", f"kill -{name} $$"])
        done = subprocess.run(
            ["bash", "-c", f"{typed}; echo code $?"],
            cwd=project.root,
            env=project.environ,
            capture_output=True,
            check=True,
        )
        assert done.stdout.decode() == f"code {128 + signal.Signals[f'SIG{name}']}\n"

    def test_a_command_may_handle_a_signal_itself(self, project: Project) -> None:
        script = "trap 'exit 43' TERM; echo ready; while :; do sleep 0.05; done"
        with start(project, *RUN, "--", "sh", "-c", script) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.terminate()
            assert process.wait(20) == 43

    def test_a_closed_pipe_ends_the_command_as_it_ends_any_other(self, project: Project) -> None:
        typed = shlex.join([PROGRAM, *RUN, "--", "yes"])
        done = subprocess.run(
            ["bash", "-c", f"{typed} | head -n 1; echo ${{PIPESTATUS[0]}}"],
            cwd=project.root,
            env=project.environ,
            capture_output=True,
            check=True,
            timeout=60,
        )
        assert done.stdout.decode() == f"y\n{128 + signal.SIGPIPE}\n"

    def test_no_signal_is_left_ignored_or_blocked(self, project: Project) -> None:
        words = ("grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status")
        plain = subprocess.run(words, capture_output=True, check=True, text=True).stdout
        assert project.good(*RUN, "--", *words).text == plain
        # The two above 31 are the C library's own, and make leaves them ignored.
        standard = [int(line.split()[1], 16) & 0x7FFF_FFFF for line in plain.splitlines()]
        assert standard == [0, 0]

    def test_limits_are_those_that_were_there_before(self, project: Project) -> None:
        words = ("cat", "/proc/self/limits")
        plain = subprocess.run(words, capture_output=True, check=True, text=True).stdout
        assert project.good(*RUN, "--", *words).text == plain


class TestOwnFailures:
    """125 for ours, so that none looks like one of the command; 126 and 127 as in a shell."""

    def fails(self, project: Project, *words: str, code: int = 125) -> str:
        done = project.run(*words)
        assert done.code == code, done.err
        assert not (project.root / "started").exists()
        assert done.out == b""
        return done.err

    def test_a_broken_manifest(self, project: Project) -> None:
        project.write("[environments")
        assert "not valid TOML" in self.fails(project, *RUN, "--", "touch", "started")

    def test_no_manifest(self, project: Project) -> None:
        project.manifest.unlink()
        self.fails(project, *RUN, "--", "touch", "started")

    def test_a_missing_secret(self, project: Project) -> None:
        project.write(project.manifest.read_text().replace("scale/test/api-key", "scale/no"))
        err = self.fails(project, *RUN, "--", "touch", "started")
        assert "environments.test.secrets.api_key" in err

    def test_a_denied_store(self, vault_project: Project, openbao: OpenBao) -> None:
        vault_project.environ["VAULT_TOKEN"] = openbao.token("secret/data/other [read]")
        err = self.fails(vault_project, *RUN, "--", "touch", "started")
        assert "hint: " in err

    def test_an_unreachable_store(self, vault_project: Project) -> None:
        vault_project.environ["VAULT_ADDR"] = "http://127.0.0.1:1"
        self.fails(vault_project, *RUN, "--timeout", "2", "--", "touch", "started")

    @pytest.mark.parametrize(
        "words",
        [
            ("run", "--no-such-option", "--", "touch", "started"),
            ("run", "-e", "test"),
            ("run", "--", "touch", "started"),
            ("run", "-e", "nowhere", "--", "touch", "started"),
            ("run", "-e", "test", "--timeout", "soon", "--", "touch", "started"),
            ("run", "-e", "test", "--only", "nothing", "--", "touch", "started"),
        ],
        ids=" ".join,
    )
    def test_a_wrong_call(self, project: Project, words: tuple[str, ...]) -> None:
        assert "hint: " in self.fails(project, *words)

    def test_a_command_that_is_not_there(self, project: Project) -> None:
        assert "not found" in self.fails(project, *RUN, "--", "no-such-program", code=127)

    def test_a_file_that_cannot_be_executed(self, project: Project) -> None:
        (project.root / "data").write_text("no program")
        err = self.fails(project, *RUN, "--", "./data", code=126)
        assert "cannot be executed" in err

    def test_a_file_without_an_interpreter(self, project: Project) -> None:
        script = project.root / "script"
        script.write_text("#!/no/such/interpreter\n")
        script.chmod(0o755)
        self.fails(project, *RUN, "--", "./script", code=126)


class TestVariables:
    def test_pristine_leaves_no_credential_of_the_surroundings(self, project: Project) -> None:
        surroundings = {
            "VAULT_TOKEN": "s.made-up",
            "VAULT_ADDR": "https://vault.example.com",
            "BAO_TOKEN": "s.made-up",
            "AWS_ACCESS_KEY_ID": "AKIAMADEUP",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_PROFILE": "prod",
            "GITHUB_TOKEN": "made-up",
            "SCALE_SECRETS_IDENTITY": str(project.home / ".config/scale-secrets/identity.txt"),
            "LD_PRELOAD": "",
            "LC_TIME": "C",
        }
        done = project.good(*RUN, "--pristine", "--", "env", environ=surroundings)
        names = {line.partition("=")[0] for line in done.text.splitlines()}
        assert names == {"HOME", "LC_ALL", "LC_TIME", "PATH", "SCALE_API_KEY"}

    def test_without_pristine_what_was_there_stays(self, project: Project) -> None:
        done = project.good(*RUN, "--", "env", environ={"VAULT_TOKEN": "s.made-up"})
        assert "VAULT_TOKEN=s.made-up" in done.text

    def test_bytes_that_are_no_text_are_passed_on(self, project: Project) -> None:
        done = project.good(*RUN, "--", "env", "-0", environ={"ODD": os.fsdecode(b"\xff\xfe")})
        assert b"ODD=\xff\xfe" in done.out.split(b"\0")

    def test_nothing_of_a_secret_is_in_the_command_line(self, project: Project) -> None:
        done = project.good(*RUN, "--", "cat", "/proc/self/cmdline")
        assert done.out == b"cat\0/proc/self/cmdline\0"

    def test_options_behind_the_command_are_its_own(self, project: Project) -> None:
        done = project.good(*RUN, "--", "echo", "-e", "live", "--only")
        assert done.text == "live --only\n"


SEVERAL = """
[environments.base]
mode = "test"
store = "main"
[environments.base.secrets.opaque_one]
path = "base/one"
[environments.base.secrets.blob]
path = "base/blob"
[environments.base.config]
SCALE_PROJECT = "cat_labels"
[environments.rival]
mode = "test"
store = "main"
[environments.rival.secrets.api_key]
path = "rival/api-key"
[environments.rival.config]
SCALE_PROJECT = "dog_labels"
[environments.absent]
mode = "test"
store = "main"
[environments.absent.secrets.other]
path = "absent/other"
required = false
"""


class TestComposition:
    @pytest.fixture
    def several(self, project: Project) -> Project:
        project.write(manifest_of(LOCAL, more=SEVERAL))
        project.fill("base", {"opaque_one": "one", "blob": "two"})
        project.fill("rival", {"api_key": TEST_KEY[::-1].replace("_tset", "") + "|test"})
        return project

    def test_environments_of_one_mode_compose(self, several: Project) -> None:
        done = several.good("run", "-e", "test", "-e", "base", "--", "env")
        assert {
            f"SCALE_API_KEY={TEST_KEY}",
            "OPAQUE_ONE=one",
            "BLOB=two",
            "SCALE_PROJECT=cat_labels",
        } <= set(done.text.splitlines())

    def test_only_names_what_is_delivered(self, several: Project) -> None:
        words = ("run", "-e", "test", "-e", "base", "--only", "blob", "--", "env")
        names = {line.partition("=")[0] for line in several.good(*words).text.splitlines()}
        assert "BLOB" in names
        assert not {"SCALE_API_KEY", "OPAQUE_ONE"} & names

    def test_two_secrets_for_one_variable_are_refused(self, several: Project) -> None:
        done = several.run("run", "-e", "test", "-e", "rival", "--", "touch", "started")
        assert done.code == 125
        assert "are both delivered as api_key" in done.err
        assert not (several.root / "started").exists()

    def test_two_texts_for_one_config_variable_are_refused(self, several: Project) -> None:
        done = several.run("run", "-e", "base", "-e", "rival", "--", "true")
        assert done.code == 125
        assert "SCALE_PROJECT" in done.err

    def test_both_modes_are_refused(self, several: Project) -> None:
        done = several.run("run", "-e", "test", "-e", "live", "--", "true")
        assert done.code == 125
        assert "test is test, live is live" in done.err

    def test_an_optional_secret_may_be_absent(self, several: Project) -> None:
        done = several.good("run", "-e", "absent", "--", "env")
        assert "OTHER" not in done.text


class TestFiles:
    def test_each_secret_is_a_private_file_in_a_private_directory(
        self, project: Project, tmp_path: Path
    ) -> None:
        place = tmp_path / "deep" / "secrets"
        done = project.good(
            *RUN, "--files", str(place), "--", "env", environ={"SCALE_API_KEY": "stale"}
        )
        file = place / "SCALE_API_KEY"
        lines = done.text.splitlines()
        assert f"SCALE_API_KEY_FILE={file}" in lines
        assert not any(line.startswith("SCALE_API_KEY=") for line in lines)
        assert file.read_text() == TEST_KEY
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        for directory in (place, place.parent):
            assert stat.S_IMODE(directory.stat().st_mode) == 0o700

    def test_a_directory_that_others_may_write_is_refused(
        self, project: Project, tmp_path: Path
    ) -> None:
        place = tmp_path / "open"
        place.mkdir()
        place.chmod(0o777)
        done = project.run(*RUN, "--files", str(place), "--", "true")
        assert done.code == 125
        assert "writable by others" in done.err
        assert not list(place.iterdir())

    def test_what_no_variable_can_hold_is_delivered_as_a_file(
        self, project: Project, tmp_path: Path
    ) -> None:
        data = b"\x00\xff binary \x00"
        project.write(manifest_of(LOCAL, more=SEVERAL))
        project.fill("base", {"opaque_one": "one", "blob": data})
        done = project.run("run", "-e", "base", "--", "true")
        assert done.code == 125
        assert "BLOB: holds a NUL byte" in done.err
        assert "--files" in done.err
        words = ("run", "-e", "base", "--files", str(tmp_path / "s"), "--", "sh", "-c")
        assert project.good(*words, 'cat "$BLOB_FILE"').out == data

    def test_binary_without_a_nul_is_a_variable_like_any_other(self, project: Project) -> None:
        project.write(manifest_of(LOCAL, more=SEVERAL))
        project.fill("base", {"opaque_one": "one", "blob": b"\xff\xfe\n"})
        done = project.good("run", "-e", "base", "--", "env", "-0")
        assert b"BLOB=\xff\xfe\n" in done.out.split(b"\0")


def hundred(store: str, prefix: str) -> str:
    """A manifest of 100 secrets in 100 containers, beside one with a single secret."""
    secrets = "".join(
        f'[environments.many.secrets.s{number}]\npath = "{prefix}/{number}"\nfield = "value"\n'
        for number in range(100)
    )
    return (
        f'[stores.main]\n{store}\n[environments.many]\nmode = "test"\nstore = "main"\n{secrets}'
        '[environments.one]\nmode = "test"\nstore = "main"\n'
        f'[environments.one.secrets.s0]\npath = "{prefix}/0"\nfield = "value"\n'
    )


class TestManySecrets:
    """What 100 secrets may cost beyond one, counted in what the server sees."""

    def test_vault_is_asked_once_a_secret_on_one_connection(
        self, empty: Project, openbao: OpenBao, prefix: str
    ) -> None:
        empty.write(hundred(VAULT, prefix))
        empty.environ |= {"VAULT_ADDR": openbao.url, "VAULT_TOKEN": ROOT_TOKEN}
        empty.fill("many", {f"s{number}": f"value {number}" for number in range(100)})
        requests = {}
        port = int(openbao.url.rpartition(":")[2])
        for environment in ("one", "many"):
            with FaultServer(Forward(port)) as proxy:
                empty.environ["VAULT_ADDR"] = proxy.url
                done = empty.good("run", "-e", environment, "--", "env")
            assert proxy.connections == 1
            requests[environment] = len(proxy.requests)
        assert "S99=value 99" in done.text.splitlines()
        assert requests["many"] == requests["one"] + 99

    def test_aws_is_asked_in_batches_of_twenty(
        self, empty: Project, moto: MotoServer, prefix: str
    ) -> None:
        empty.write(hundred(AWS, prefix))
        empty.environ |= moto.environ
        client = moto.client("secretsmanager")
        for number in range(100):
            client.create_secret(
                Name=f"{prefix}/{number}", SecretString=f'{{"value": "value {number}"}}'
            )
        with aws_stub(lambda call: forward(moto.url, call)) as stub:
            empty.environ |= stub.environ
            done = empty.good("run", "-e", "many", "--", "env")
        assert "S99=value 99" in done.text.splitlines()
        assert stub.actions == ["BatchGetSecretValue"] * 5

    def test_the_fields_of_one_container_are_read_together(
        self, empty: Project, openbao: OpenBao, prefix: str
    ) -> None:
        fields = {f"f{number}": f"value {number}" for number in range(100)}
        openbao.root("POST", f"secret/data/{prefix}", {"data": fields})
        secrets = "".join(
            f'[environments.many.secrets.{name}]\npath = "{prefix}"\nfield = "{name}"\n'
            for name in fields
        )
        empty.write(
            f'[stores.main]\n{VAULT}\n[environments.many]\nmode = "test"\nstore = "main"\n{secrets}'
        )
        empty.environ |= {"VAULT_TOKEN": ROOT_TOKEN}
        with FaultServer(Forward(int(openbao.url.rpartition(":")[2]))) as proxy:
            empty.environ["VAULT_ADDR"] = proxy.url
            done = empty.good("run", "-e", "many", "--", "env")
        assert "F99=value 99" in done.text.splitlines()
        reads = [one for one in proxy.requests if b"/data/" in one.split(b"\r\n")[0]]
        assert len(reads) == 1


def test_secrets_are_delivered_without_a_manifest(project: Project) -> None:
    project.manifest.unlink()
    words = ("--secret", "SCALE_API_KEY=local:scale/live/api-key", "--mode", "live")
    done = project.good("run", *words, "--", "env")
    assert f"SCALE_API_KEY={LIVE_KEY}" in done.text.splitlines()
    done = project.run("run", *words[:-1], "test", "--", "env")
    assert done.code == 125
    assert "SEP001" in done.err
