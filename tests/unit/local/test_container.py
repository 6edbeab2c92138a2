"""SEP002 tells containers apart by the store's file, whatever path leads there."""

from __future__ import annotations

from pathlib import Path

from scale_secrets.model import StoreSpec
from scale_secrets.stores.local import container
from scale_secrets.surroundings import Surroundings


def _spec(path: str, directory: Path) -> StoreSpec:
    return StoreSpec("laptop", "local", {"path": path}, directory=directory)


def test_a_file_reached_through_a_link_is_the_same_container(tmp_path: Path) -> None:
    surroundings = Surroundings({}, tmp_path, tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    direct = container(_spec("real/store.age", tmp_path), "scale/key", surroundings)
    linked = container(_spec("link/store.age", tmp_path), "scale/key", surroundings)
    other = container(_spec("other/store.age", tmp_path), "scale/key", surroundings)
    assert direct.overlaps(linked)
    assert not direct.overlaps(other)
