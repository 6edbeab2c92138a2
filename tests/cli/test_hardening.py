"""No core file, no look into the process, no traceback; and the child gets its limits back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.canary import Outcome, User, key

KEY = key("test key", "test_")

MANIFEST = """\
[stores.pipeline]
kind = "environ"
[environments.test]
mode = "test"
store = "pipeline"
[environments.test.secrets.api_key]
path = "SOME_KEY"
"""


@pytest.fixture
def user(tmp_path: Path) -> User:
    user = User(tmp_path, [KEY], {"SOME_KEY": KEY.text})
    (user.cwd / "scale-secrets.toml").write_text(MANIFEST)
    return user


HARDENED = """
import resource
resource.setrlimit(resource.RLIMIT_CORE, (4096, 8192))
from scale_secrets.cli.hardening import harden, restore_for_child
harden()
"""


def run(user: User, code: str, *before: str) -> Outcome:
    """Lines of Python after ``harden()``."""
    program = [*before, sys.executable, "-c", HARDENED + textwrap.dedent(code)]
    return user.run(program=program)


def test_a_hardened_process_makes_no_core_file(user: User) -> None:
    outcome = run(user, "print(resource.getrlimit(resource.RLIMIT_CORE)); import os; os.abort()")
    assert outcome.code == -6
    assert not [path for path in user.root.rglob("core*") if path.is_file()]
    told = run(user, "print(resource.getrlimit(resource.RLIMIT_CORE)[0])")
    assert told.out == b"0\n"


def test_hardening_twice_keeps_what_the_child_gets_back(user: User) -> None:
    code = "harden(); restore_for_child(); print(resource.getrlimit(resource.RLIMIT_CORE))"
    assert run(user, code).out == b"(4096, 8192)\n"


@pytest.mark.parametrize("limit", ["4", "unlimited", "0"])
def test_run_gives_its_child_the_limit_on_core_files_back(user: User, limit: str) -> None:
    before = ("sh", "-c", f'ulimit -S -c {limit}; exec "$@"', "sh", sys.executable, "-m")
    outcome = user.run(
        "run", "-e", "test", "--", "sh", "-c", "ulimit -S -c", program=(*before, "scale_secrets")
    )
    assert outcome.out.decode().strip() == limit, outcome.err.decode()
    assert outcome.code == 0


def test_run_gives_its_child_python_s_signals_back(user: User) -> None:
    """Python ignores SIGPIPE and SIGXFSZ, and ``exec`` would pass that on."""
    outcome = user.run("run", "-e", "test", "--", "grep", "SigIgn", "/proc/self/status")
    assert int(outcome.out.split()[1], 16) & (1 << 12 | 1 << 24) == 0


def _unprivileged() -> list[str]:
    """A prefix that takes root's right to look into every process away; empty for others."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    assert setpriv, "the tests need setpriv (util-linux) when they run as root"
    return [setpriv, "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]


TARGET = """
import sys
from scale_secrets.cli.hardening import harden
{harden}
print("ready", flush=True)
sys.stdin.read()
"""
LOOK = """
import sys
try:
    with open(sys.argv[1], "rb") as opened:
        opened.seek(int(sys.argv[2]))
        print("read" if opened.read(1) else "empty")
except OSError as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize("file", ["environ", "maps", "mem"])
def test_another_process_of_the_same_user_cannot_look_inside(user: User, file: str) -> None:
    """The control, the same process before ``harden``, is readable: so the test could fail."""
    assert _looked(user, file, harden=False) == "read"
    assert _looked(user, file, harden=True) == "PermissionError"


def _looked(user: User, file: str, *, harden: bool) -> str:
    """What a process of the same user gets when it opens ``/proc/PID/file`` of another."""
    prefix = _unprivileged()
    with subprocess.Popen(
        [*prefix, sys.executable, "-c", TARGET.format(harden="harden()" if harden else "")],
        env=user.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as target:
        assert target.stdout and target.stdin
        assert target.stdout.readline() == b"ready\n"
        # A place in its memory that is mapped, as root sees it.
        maps = Path(f"/proc/{target.pid}/maps").read_text() if file == "mem" else "0-0"
        start = str(int(maps.partition("-")[0], 16))
        done = subprocess.run(
            [*prefix, sys.executable, "-c", LOOK, f"/proc/{target.pid}/{file}", start],
            capture_output=True,
            text=True,
            check=True,
        )
        target.stdin.close()
    return done.stdout.strip()


BUG = """
import sys
import scale_secrets.service.load as load

def broken(*_, **__):
    import os
    value = os.environ["SOME_KEY"]
    raise {error}

load.load_bundle = broken
"""
ERRORS = [
    "RuntimeError(value)",
    "KeyError(value)",
    "AssertionError('no ' + value)",
    "OSError(22, value, value)",
    "UnicodeDecodeError('utf-8', value.encode(), 0, 1, value)",
    "ExceptionGroup(value, [ValueError(value)])",
    "type(value, (Exception,), {})(value)",
    "SyntaxError(value, (value, 1, 1, value))",
]


def with_bug(user: User, text: str) -> User:
    """Everything that Python starts for this user first runs ``text``."""
    directory = user.root.parent / f"bug-{user.root.name}"
    directory.mkdir(exist_ok=True)
    (directory / "sitecustomize.py").write_text(text)
    user.environ["PYTHONPATH"] = f"{directory}{os.pathsep}{user.environ['PYTHONPATH']}"
    return user


@pytest.mark.parametrize("error", ERRORS)
def test_a_bug_of_our_own_is_one_line_without_the_value(user: User, error: str) -> None:
    outcome = with_bug(user, BUG.format(error=error)).run("header", "-v", "-e", "test")
    assert outcome.code == 1, outcome.err.decode()
    assert not outcome.leaks
    assert outcome.out == b""
    lines = outcome.err.decode().splitlines()
    assert lines[0].startswith("scale-secrets: internal error: ")
    assert "sitecustomize.py:" in lines[0]
    assert lines[1].startswith("scale-secrets: hint: ")
    assert len(lines) == 2


def test_a_bug_with_a_value_as_its_cause_shows_neither(user: User) -> None:
    cause = "RuntimeError(value) from KeyError(value)"
    outcome = with_bug(user, BUG.format(error=cause)).run("get", "-e", "test", "api_key")
    assert (outcome.code, outcome.leaks) == (1, [])
    assert b"Traceback" not in outcome.err


def test_a_bug_in_run_does_not_look_like_the_child_s_own_failure(user: User) -> None:
    bug = BUG.format(error="RuntimeError(value)")
    outcome = with_bug(user, bug).run("run", "-e", "test", "--", "true")
    assert (outcome.code, outcome.leaks) == (125, [])


@pytest.mark.parametrize("error", ["SystemExit(value)", "KeyboardInterrupt(value)"])
def test_an_exit_from_below_does_not_print_its_reason(user: User, error: str) -> None:
    outcome = with_bug(user, BUG.format(error=error)).run("header", "-e", "test")
    assert outcome.code != 0
    assert not outcome.leaks


HOOKS = {
    "a thread": """
        import threading
        def work():
            raise RuntimeError(os.environ["SOME_KEY"])
        thread = threading.Thread(target=work, name=os.environ["SOME_KEY"])
        thread.start()
        thread.join()
    """,
    "a finaliser": """
        class Held:
            def __del__(self):
                raise RuntimeError(os.environ["SOME_KEY"])
            def __repr__(self):
                return os.environ["SOME_KEY"]
        held = Held()
        del held
    """,
    "a callback of the garbage collector": """
        import gc
        def called(phase, info):
            raise RuntimeError(os.environ["SOME_KEY"])
        gc.callbacks.append(called)
        gc.collect()
        gc.callbacks.remove(called)
    """,
    "an exit handler": """
        import atexit
        def last():
            raise RuntimeError(os.environ["SOME_KEY"])
        atexit.register(last)
    """,
    "the main thread": """
        raise RuntimeError(os.environ["SOME_KEY"])
    """,
}


@pytest.mark.parametrize("place", HOOKS)
def test_what_python_itself_would_report_is_told_without_the_value(user: User, place: str) -> None:
    outcome = run(user, "import os\n" + textwrap.dedent(HOOKS[place]))
    assert not outcome.leaks
    assert outcome.err.decode().startswith("scale-secrets: internal error: RuntimeError at ")
    assert b"Traceback" not in outcome.err
