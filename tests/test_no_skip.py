"""The switch that keeps CI honest: with it, a skipped test fails the session by name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NO_SKIP

TESTS = """
import pytest

def test_that_runs():
    pass

@pytest.mark.skip(reason="its parser is not installed")
def test_of_a_missing_parser():
    pass
"""


def _session(directory: Path, checkout: Path, switch: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(checkout / "tests" / "conftest.py", directory)
    (directory / "test_some.py").write_text(TESTS)
    (directory / "pytest.ini").write_text("[pytest]\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=directory,
        env={"PATH": os.environ["PATH"], NO_SKIP: switch},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_skip_fails_the_session_and_is_named(tmp_path: Path, checkout: Path) -> None:
    done = _session(tmp_path, checkout, "1")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "\ntest_some.py::test_of_a_missing_parser\n" in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("=")


@pytest.mark.parametrize("switch", ["", "0"])
def test_without_the_switch_a_skip_is_only_told(
    tmp_path: Path, checkout: Path, switch: str
) -> None:
    done = _session(tmp_path, checkout, switch)
    assert done.returncode == pytest.ExitCode.OK
    assert "1 skipped" in done.stdout
