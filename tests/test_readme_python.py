"""The documents' Python sessions, run as they stand: what they show is what happens.

The ``>>>`` examples of a chapter are one session. The base URL is a stand-in on loopback; the
manifest is the one that ``init`` writes, with a callback key, and made-up keys in its embedded
store.
"""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import TEST_KEY, Project
from tests.support.scale_server import ScaleServer

CHAPTERS = {
    "In your application": "README.md",
    "Receiving callbacks": "README.md",
    "Values that stay fresh": "docs/freshness.md",
    "Settings of pydantic": "docs/freshness.md",
}

CALLBACK_KEY = """
[environments.test.secrets.callback_auth_key]
path = "scale/test/callback-auth-key"
"""


def sessions(document: str, title: str) -> str:
    """The ``pycon`` blocks of a chapter."""
    chapters = re.split(r"^##? ", document, flags=re.M)
    text = next(one for one in chapters if one.startswith(f"{title}\n"))
    return "\n".join(re.findall(r"^```pycon\n(.*?)^```$", text, re.M | re.S))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    made = Project.make(tmp_path)
    made.init()
    made.write(made.manifest.read_text() + CALLBACK_KEY)
    made.fill("test", {"api_key": TEST_KEY, "callback_auth_key": "test_auth_ScaleRocks"})
    monkeypatch.setenv("HOME", str(made.home))
    monkeypatch.chdir(made.root)
    with ScaleServer([TEST_KEY]) as scale:
        made.write(f'{made.manifest.read_text()}\n[scale]\nbase_url = "{scale.base_url}"\n')
        monkeypatch.setenv("SCALE_SECRETS_TRUSTED", scale.base_url)
        yield made


@pytest.mark.parametrize("title", CHAPTERS)
@pytest.mark.usefixtures("project")
def test_a_chapter_shows_what_happens(title: str, checkout: Path) -> None:
    name = CHAPTERS[title]
    text = sessions((checkout / name).read_text(encoding="utf-8"), title)
    session = doctest.DocTestParser().get_doctest(text, {}, title, name, 0)
    assert session.examples
    told: list[str] = []
    doctest.DocTestRunner(verbose=False).run(session, out=told.append)
    assert not told, "".join(told)


def test_a_wrong_session_is_noticed() -> None:
    told: list[str] = []
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", "README.md", 0)
    doctest.DocTestRunner(verbose=False).run(wrong, out=told.append)
    assert told
