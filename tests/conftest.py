"""For every test: surroundings without a trace of the developer's own, and no silent skip.

``SCALE_SECRETS_TESTS_NO_SKIP=1`` makes a session in which anything was skipped fail, with the
names: a test that CI skips is a test that nobody runs.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import conformance  # noqa: F401 - reads the environment before it is cleared

if TYPE_CHECKING:
    from tests.support.moto_server import MotoServer
    from tests.support.openbao import OpenBao

NO_SKIP = "SCALE_SECRETS_TESTS_NO_SKIP"

# Whatever begins so could point a test at a real store, a real key or a proxy.
_FOREIGN = ("VAULT_", "BAO_", "AWS_", "SCALE_", "GITHUB_", "ACTIONS_", "KUBERNETES_", "XDG_")
_FOREIGN_NAMES = frozenset(
    f"{kind}_proxy" for kind in ("http", "https", "all", "no", "ftp")
) | frozenset(("requests_ca_bundle", "curl_ca_bundle", "ssl_cert_file", "ssl_cert_dir", "netrc"))

_no_skip = pytest.StashKey[bool]()
_home = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Clean the process itself, once: servers and commands that tests start inherit from it."""
    config.stash[_no_skip] = os.environ.get(NO_SKIP, "") not in ("", "0")
    config.stash[_home] = tempfile.mkdtemp(prefix="scale-secrets-tests-")
    for name in list(os.environ):
        if name.startswith(_FOREIGN) or name.lower() in _FOREIGN_NAMES:
            del os.environ[name]
    os.environ["HOME"] = config.stash[_home]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    # A session that was started in the background, or by nohup, inherits these as ignored.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_home], ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.stash[_no_skip] and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    names = _skipped(config)
    if config.stash[_no_skip] and names:
        terminalreporter.section(f"{NO_SKIP} is set, so a skip is a failure", red=True)
        for name in names:
            terminalreporter.write_line(name)


def _skipped(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return [report.nodeid for report in reporter.stats.get("skipped", [])] if reporter else []


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the source tree, where ``schemas/``, ``docs/`` and the Makefile stand."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def openbao() -> Iterator[OpenBao]:
    """A real OpenBao, one for all tests: what a test writes there bears a name of its own."""
    from tests.support.openbao import OpenBao

    with OpenBao() as server:
        yield server


@pytest.fixture(scope="session")
def moto() -> Iterator[MotoServer]:
    """An AWS stand-in over HTTP, one for all tests: likewise."""
    from tests.support.moto_server import MotoServer

    with MotoServer() as server:
        yield server
