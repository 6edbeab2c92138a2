"""The receivers of the shipped examples, each running once, with the keys of a rotation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.callback_server import RECEIVERS, Receiver
from tests.support.project import Project

CURRENT = "live_auth_" + "fedcba9876543210" * 2
PREVIOUS = "live_auth_" + "0123456789abcdef" * 2

_MANIFEST = """\
[stores.main]
kind = "local"
path = ".scale-secrets/store.age"
[environments.live]
mode = "live"
store = "main"
[environments.live.secrets.callback_auth_key]
path = "scale/live/callback-auth-key"
"""


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose callback key was just replaced: the store has both."""
    project = Project.make(tmp_path_factory.mktemp("callbacks"))
    project.init()
    project.write(_MANIFEST)
    for key in (PREVIOUS, CURRENT):
        project.fill("live", {"callback_auth_key": key})
    return project


@pytest.fixture(scope="module", params=RECEIVERS)
def receiver(request: pytest.FixtureRequest, rotated: Project) -> Iterator[Receiver]:
    with Receiver.start(RECEIVERS[request.param], rotated) as running:
        yield running
