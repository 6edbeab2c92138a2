"""SEP002 tells containers apart by the store's file, whatever path leads there."""

from __future__ import annotations

from pathlib import Path

from scale_secrets.model import StoreSpec
from scale_secrets.stores.local import containers
from scale_secrets.surroundings import Surroundings


def _spec(path: str, directory: Path) -> StoreSpec:
    return StoreSpec("laptop", "local", {"path": path}, directory=directory)


def test_a_file_reached_through_a_link_is_the_same_container(tmp_path: Path) -> None:
    surroundings = Surroundings({}, tmp_path, tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    direct = containers(_spec("real/store.age", tmp_path), surroundings)("scale/key")
    linked = containers(_spec("link/store.age", tmp_path), surroundings)("scale/key")
    other = containers(_spec("other/store.age", tmp_path), surroundings)("scale/key")
    assert direct.overlaps(linked)
    assert not direct.overlaps(other)
