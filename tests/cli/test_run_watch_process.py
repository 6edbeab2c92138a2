"""``run --watch`` as a parent: signals, exit codes, the terminal, orphans, and its own death."""

from __future__ import annotations

import os
import pty
import select
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scale_secrets.cli import run_watch
from tests.support.project import PROGRAM, TEST_KEY, Project
from tests.support.watched import PATIENCE, STAYING, Watched, is_gone, until

WATCH = ("-e", "test", "--watch")
SHELL = ("--", "sh", "-c")


class TestEnd:
    @pytest.mark.parametrize("code", [0, 3, 125, 255])
    def test_the_command_s_code_is_the_parent_s(self, project: Project, code: int) -> None:
        assert project.run("run", *WATCH, *SHELL, f"exit {code}").code == code

    @pytest.mark.parametrize("name", ["TERM", "KILL", "SEGV"])
    def test_the_signal_that_ended_it_ends_the_parent(self, project: Project, name: str) -> None:
        done = project.run("run", *WATCH, *SHELL, f"kill -{name} $$")
        assert done.code == -signal.Signals[f"SIG{name}"]

    def test_a_command_that_cannot_be_started_is_126_or_127(self, project: Project) -> None:
        assert project.run("run", *WATCH, "--", "no-such-program").code == 127
        script = project.root / "script"
        script.write_text("#!/no/such/interpreter\n")
        script.chmod(0o755)
        assert project.run("run", *WATCH, "--", "./script").code == 126

    def test_the_command_does_not_outlive_a_parent_that_is_killed(self, project: Project) -> None:
        with Watched(project, *WATCH, *SHELL, STAYING) as watched:
            command = watched.command()
            watched.process.kill()
            until(lambda: is_gone(command))

    def test_the_command_finds_signals_and_limits_as_they_were(self, project: Project) -> None:
        for words in (
            ("grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"),
            ("cat", "/proc/self/limits"),
        ):
            plain = subprocess.run(words, capture_output=True, check=True, text=True).stdout
            assert project.good("run", *WATCH, "--", *words).text == plain

    def test_the_command_has_no_descriptor_but_its_three(self, project: Project) -> None:
        done = project.good("run", *WATCH, "--", "ls", "/proc/self/fd")
        assert done.text.split() == ["0", "1", "2", "3"], "3 is the directory that ls reads"

    def test_stdin_is_the_command_s(self, project: Project) -> None:
        assert project.run("run", *WATCH, "--", "cat", given="typed").text == "typed"

    def test_an_ignored_end_of_children_is_heard_nevertheless(self, project: Project) -> None:
        """Some parents leave SIGCHLD ignored; then the kernel tells nobody how a child ended."""
        ignoring = (
            "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN);"
            "os.execv(sys.argv[1], sys.argv[1:])"
        )
        done = subprocess.run(
            [sys.executable, "-c", ignoring, PROGRAM, "run", *WATCH, *SHELL, "exit 7"],
            cwd=project.root,
            env=project.environ,
            check=False,
        )
        assert done.returncode == 7


@pytest.mark.parametrize(
    ("name", "from_kernel", "passed_on", "ending"),
    [
        ("INT", True, False, True),  # Ctrl-C, which the command gets as well
        ("INT", False, True, True),
        ("QUIT", True, False, True),
        ("TSTP", True, False, False),
        ("TSTP", False, True, False),
        ("WINCH", True, False, False),
        ("HUP", True, True, True),  # the terminal went, which only its session's leader is told
        ("HUP", False, True, False),  # "read your configuration again"
        ("TERM", False, True, True),
        ("USR1", False, True, False),
    ],
)
def test_the_terminal_s_signals_are_not_passed_on_a_second_time(
    name: str, from_kernel: bool, passed_on: bool, ending: bool
) -> None:
    number = signal.Signals[f"SIG{name}"]
    assert run_watch.is_passed_on(number, from_kernel=from_kernel) is passed_on
    assert run_watch.is_ending(number, from_kernel=from_kernel) is ending


class TestSignals:
    @pytest.mark.parametrize("name", ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM", "WINCH"])
    def test_a_signal_to_the_parent_reaches_the_command(self, project: Project, name: str) -> None:
        script = f'trap "echo got; exit 43" {name}; echo ready; while :; do sleep 0.05; done'
        with Watched(project, *WATCH, *SHELL, script) as watched:
            watched.waits_for("ready")
            watched.process.send_signal(signal.Signals[f"SIG{name}"])
            assert watched.ends() == 43
            assert watched.printed == ["ready", "got"]

    def test_a_real_time_signal_reaches_it_as_well(self, project: Project) -> None:
        with Watched(project, *WATCH, *SHELL, "echo ready; exec sleep 60") as watched:
            watched.waits_for("ready")
            watched.process.send_signal(signal.SIGRTMIN + 3)
            assert watched.ends() == -(signal.SIGRTMIN + 3)

    def test_a_restart_that_is_under_way_ends_with_a_term(self, project: Project) -> None:
        """Whoever wants the service to stop does not get it started again."""
        script = 'echo "up"; trap "echo term" TERM; while :; do sleep 0.05; done'
        words = (*WATCH, "--every", "0.3", "--debounce", "0", "--grace", "2")
        with Watched(project, *words, *SHELL, script) as watched:
            watched.waits_for("up")
            project.fill("test", {"api_key": "test_ScaleRocks"})
            watched.waits_for("term")
            watched.process.terminate()
            assert watched.ends() == -signal.SIGKILL
            assert watched.printed.count("up") == 1


REAPER = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER, as the first of a container is
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_orphans_are_reaped(project: Project) -> None:
    script = '(sh -c "echo orphan \\$\\$; exec sleep 0.2" &); echo ready; exec sleep 60'
    before = (sys.executable, "-c", REAPER)
    with Watched(project, *WATCH, *SHELL, script, before=before) as watched:
        orphan = int(watched.waits_for("orphan ")[0].split()[1])
        assert Path(f"/proc/{orphan}").exists()
        until(lambda: not Path(f"/proc/{orphan}").exists(), watched)
        assert watched.process.poll() is None


class Terminal:
    """bash with job control on a terminal, into which a person types."""

    def __init__(self, project: Project) -> None:
        self.process, self._screen = pty.fork()
        if self.process == 0:
            os.chdir(project.root)
            words = ["bash", "--norc", "-i"]
            os.execvpe("bash", words, {**project.environ, "PS1": "% "})  # noqa: S606
        self.shown = ""

    def types(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def waits_for(self, text: str) -> None:
        end = time.monotonic() + PATIENCE
        while text not in self.shown:
            ready, _, _ = select.select([self._screen], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"no {text!r} in {self.shown!r}"
            self.shown += os.read(self._screen, 4096).decode(errors="replace")
        self.shown = self.shown.partition(text)[2]

    def close(self) -> None:
        os.close(self._screen)  # hangs up
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


# Waits for signals instead of handling them, and so learns who sent them: 128 is SI_KERNEL.
COUNTING = """
import select, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
print("ready", flush=True)
count, line = 0, ""
while line != "end":
    if received := signal.sigtimedwait([signal.SIGINT], 0.05):
        count += 1
        print("int", count, "code", received.si_code, flush=True)
    if select.select([0], [], [], 0)[0]:
        line = sys.stdin.readline().strip()
        print("line", line, flush=True)
sys.exit(9)
"""


def test_the_terminal_s_keys_are_the_command_s(project: Project) -> None:
    """Ctrl-C comes once, Ctrl-Z stops parent and command as one job, and ``fg`` continues both."""
    (project.root / "counting.py").write_text(COUNTING)
    words = [PROGRAM, "run", *WATCH, "--", sys.executable, "counting.py"]
    terminal = Terminal(project)
    try:
        terminal.types(f"{shlex.join(words)}\n")
        terminal.waits_for("ready")
        terminal.types("one\n")
        terminal.waits_for("line one")
        terminal.types("\x03")
        terminal.waits_for("int 1 code 128")
        terminal.types("\x1a")
        terminal.waits_for("Stopped")
        terminal.types("fg\n")
        terminal.types("two\n")
        terminal.waits_for("line two")
        terminal.types("\x03")
        terminal.waits_for("int 2 code 128")
        terminal.types("end\n")
        terminal.waits_for("line end")
        terminal.types("echo co''de $?\n")
        terminal.waits_for("code 9")
    finally:
        terminal.close()


LOOK = """
import sys
try:
    print("read" if open(sys.argv[1], "rb").read(1) else "empty")
except PermissionError:
    print("refused")
"""


def test_the_parent_stays_closed_to_others_of_the_same_user(project: Project) -> None:
    """The control is the command, which a process of the same user can look into."""
    plain = (
        ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
        if os.geteuid() == 0
        else []
    )

    def looked(process: int) -> str:
        words = [*plain, sys.executable, "-c", LOOK, f"/proc/{process}/environ"]
        return subprocess.run(words, capture_output=True, check=True, text=True).stdout.strip()

    with Watched(project, *WATCH, *SHELL, STAYING, before=plain) as watched:
        command = watched.command()
        assert looked(command) == "read"
        assert looked(watched.process.pid) == "refused"
        arguments = Path(f"/proc/{watched.process.pid}/cmdline").read_bytes()
        assert TEST_KEY.encode() not in arguments
