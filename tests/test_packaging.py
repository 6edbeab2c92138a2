"""What is shipped: built both ways, and used from an environment that has nothing else.

Wheels are built by the pinned hatchling without isolation, so that no network decides what this
tests. Only the installation asks the package index, for the run-time dependencies of the lock.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

DATA = "scale_secrets/_data/"
IGNORED = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "node_modules", "dist")


def _run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def tree(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the working tree in which a careless person left files that must not ship."""
    copy = tmp_path_factory.mktemp("tree") / "checkout"
    shutil.copytree(checkout, copy, ignore=IGNORED)
    (copy / "schemas" / ".env").write_text("SCALE_API_KEY=made-up\n")
    (copy / "schemas" / "notes.txt").write_text("not ignored by git, and not a schema\n")
    (copy / "scale_secrets" / "local.env").write_text("SCALE_API_KEY=made-up\n")
    return copy


@pytest.fixture(scope="module")
def sdist(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sdist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--sdist", "--outdir", out, cwd=tree)
    return next(out.glob("*.tar.gz"))


@pytest.fixture(scope="module", params=["from the tree", "from the sdist"])
def wheel(
    request: pytest.FixtureRequest,
    tree: Path,
    sdist: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    source = tree
    if request.param == "from the sdist":
        # The program, because extractall() asks for a filter from 3.12 on and 3.11.2 knows none.
        _run(sys.executable, "-m", "tarfile", "-e", sdist, out / "unpacked", cwd=out)
        source = next((out / "unpacked").iterdir())
    _run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", out, cwd=source)
    return next(out.glob("*.whl"))


def _expected_data(checkout: Path) -> dict[str, bytes]:
    """Exactly what the two folders hold in the checkout."""
    return {
        f"{DATA}{folder}/{path.name}": path.read_bytes()
        for folder in ("schemas", "policies")
        for path in (checkout / folder).iterdir()
        if path.is_file() and not path.name.startswith(".")
    }


def test_the_wheel_ships_exactly_the_schemas_and_policies(wheel: Path, checkout: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name: archive.read(name) for name in archive.namelist() if name.startswith(DATA)}
    assert shipped == _expected_data(checkout)
    assert any(name.startswith(f"{DATA}schemas/") for name in shipped)
    assert any(name.startswith(f"{DATA}policies/") for name in shipped)


def test_the_wheel_ships_every_module_its_types_and_nothing_else(
    wheel: Path, checkout: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {
            name
            for name in archive.namelist()
            if not name.startswith(DATA) and ".dist-info/" not in name
        }
    modules = {
        path.relative_to(checkout).as_posix() for path in (checkout / "scale_secrets").rglob("*.py")
    }
    assert names == modules | {"scale_secrets/py.typed"}


def test_the_sdist_can_be_tested_and_carries_no_ignored_file(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "README.md", "CHANGELOG.md", "tests/conftest.py", "LICENSE"} <= names
    assert {"schemas/manifest.schema.json", "requirements/dev.txt"} <= names
    assert not [name for name in names if name.endswith((".env", "notes.txt", ".pyc"))]


@pytest.mark.parametrize("wheel", ["from the sdist"], indirect=True)
def test_an_installed_wheel_tells_the_whole_story(
    wheel: Path, checkout: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "empty"
    _run(sys.executable, "-m", "venv", environment, cwd=tmp_path)
    pip = (environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-warn-conflicts")
    _run(*pip, "--require-hashes", "-r", checkout / "requirements" / "run.txt", cwd=tmp_path)
    _run(*pip, "--no-deps", wheel, cwd=tmp_path)
    command = environment / "bin" / "scale-secrets"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    schema = _run(command, "schema", "manifest", cwd=elsewhere)
    assert schema == (checkout / "schemas" / "manifest.schema.json").read_text(encoding="utf-8")
    story = _run(command, "demo", cwd=elsewhere)
    assert "Basic bGl2ZV9TY2FsZVJvY2tzOg==" in story
    assert not list(elsewhere.iterdir())


def _pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", lock.read_text(), re.MULTILINE))


def test_the_development_lock_holds_the_versions_of_the_run_time_lock(checkout: Path) -> None:
    run = _pins(checkout / "requirements" / "run.txt")
    dev = _pins(checkout / "requirements" / "dev.txt")
    assert run
    assert run == {name: dev.get(name) for name in run}


def test_every_run_time_dependency_is_locked_with_hashes(checkout: Path) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[<>=]", entry)[0].lower() for entry in project["dependencies"]}
    assert names <= _pins(checkout / "requirements" / "run.txt").keys()
    for lock in (checkout / "requirements").glob("*.txt"):
        text = lock.read_text()
        assert text.count("--hash=sha256:") >= len(_pins(lock)), lock
        assert "://" not in text, f"{lock} names an index"


def test_make_finds_no_python_when_there_is_none_new_enough(checkout: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", checkout / ".ci" / "find-python"],
        env={"PATH": str(tmp_path), "PYTHON": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no Python of at least 3.11" in done.stderr
    assert not done.stdout


def test_make_takes_the_python_that_it_is_given(checkout: Path) -> None:
    environment = {"PATH": os.defpath, "PYTHON": sys.executable}
    done = subprocess.run(
        ["/bin/sh", checkout / ".ci" / "find-python"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == sys.executable
