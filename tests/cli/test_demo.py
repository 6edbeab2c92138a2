"""``demo``: the whole story ends well, and leaves nothing."""

from __future__ import annotations

from pathlib import Path

from tests.support.project import Project


def test_the_story_is_told_and_nothing_stays(empty: Project, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = empty.good("demo", environ={"TMPDIR": str(temporary)})
    for part in (
        "Authorization: Basic bGl2ZV9TY2FsZVJvY2tzOg==",
        "SEP001",
        "exit code 3",
        "SEP005 INHERITED_BY_MISTAKE: not passed on",
        "this process got SCALE_API_KEY=test_ScaleRocks",
        "0600  .scale-secrets/store.age",
    ):
        assert part in done.text
    assert done.err == ""
    for directory in (temporary, empty.root, empty.home):
        assert list(directory.iterdir()) == []
