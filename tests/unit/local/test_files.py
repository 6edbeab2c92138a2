"""Private files: what a write leaves behind, and what reading and writing refuse."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scale_secrets import files
from scale_secrets.errors import (
    ConflictError,
    DeniedError,
    NotFoundError,
    UnreachableError,
    WriteInDoubtError,
)
from tests.support.file_systems import (
    NOBODY,
    needs_root,
    read_only,
    tmpfs,
    unprivileged_directory,
)

OLD = b"the old content"
NEW = b"live_" + b"0123456789abcdef" * 2


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "target"
    files.write_private(path, OLD)
    return path


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def assert_untouched(target: Path) -> None:
    assert target.read_bytes() == OLD
    assert names(target.parent) == [target.name]


def test_a_write_replaces_the_whole_file(target: Path) -> None:
    files.write_private(target, NEW)
    assert target.read_bytes() == NEW
    assert names(target.parent) == ["target"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o400])
def test_the_mode_is_exact_whatever_the_umask(tmp_path: Path, mode: int, umask: int) -> None:
    before = os.umask(umask)
    try:
        files.write_private(tmp_path / "target", NEW, mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "target").stat().st_mode) == mode


def test_the_file_is_private_before_its_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []
    write = os.write

    def watch(file: int, data: memoryview) -> int:
        modes.append(stat.S_IMODE(os.fstat(file).st_mode))
        return write(file, data)

    monkeypatch.setattr(os, "write", watch)
    files.write_private(tmp_path / "target", NEW, mode=0o644)
    assert modes == [0o600]


def test_short_writes_are_continued(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, data: write(file, bytes(data[:7])))
    files.write_private(target, NEW)
    assert target.read_bytes() == NEW


def test_a_size_limit_changes_nothing(target: Path) -> None:
    """In a process of its own, as the limit is the process's: the kernel cuts the write short."""
    program = (
        "import resource, sys; from pathlib import Path; from scale_secrets import files, errors\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try: files.write_private(Path(sys.argv[1]), b'x' * 200)\n"
        "except errors.UnreachableError as error: print(error.message, error.hint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, target], check=True, capture_output=True, text=True
    )
    assert "larger than this process may write" in done.stdout
    assert "nothing was changed" in done.stdout
    assert_untouched(target)


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    with tmpfs(tmp_path) as disk:
        files.write_private(disk / "target", OLD)
        with pytest.raises(UnreachableError, match="no space is left") as caught:
            files.write_private(disk / "target", b"x" * 100_000)
        assert "nothing was changed" in caught.value.hint
        assert_untouched(disk / "target")


def test_a_read_only_file_system_is_denied(tmp_path: Path) -> None:
    with tmpfs(tmp_path) as disk:
        files.write_private(disk / "target", OLD)
        with read_only(disk), pytest.raises(DeniedError, match="read-only") as caught:
            files.write_private(disk / "target", NEW)
        assert caught.value.hint
        assert_untouched(disk / "target")


def test_a_directory_without_write_permission_is_denied() -> None:
    with unprivileged_directory() as directory:
        files.write_private(directory / "target", OLD)
        directory.chmod(0o500)
        with pytest.raises(DeniedError, match="permission denied"):
            files.write_private(directory / "target", NEW)
        assert_untouched(directory / "target")


def test_a_missing_directory_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="missing"):
        files.write_private(tmp_path / "missing" / "target", NEW)


def test_a_symbolic_link_is_not_written_through(target: Path) -> None:
    link = target.with_name("link")
    link.symlink_to(target)
    with pytest.raises(DeniedError, match="symbolic link"):
        files.write_private(link, NEW)
    assert target.read_bytes() == OLD
    assert link.is_symlink()


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for replace in (True, False):
        with pytest.raises(DeniedError, match="symbolic link"):
            files.write_private(tmp_path / "link", NEW, replace=replace)
    assert names(tmp_path) == ["link"]


def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DeniedError, match="not a regular file"):
        files.write_private(tmp_path / "pipe", NEW)


@pytest.fixture
def shared_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """The group of our files has another member; no account of this machine is changed."""
    ours = grp.getgrgid(os.getegid())
    shared = grp.struct_group((ours.gr_name, "x", ours.gr_gid, [*ours.gr_mem, "mallory"]))
    monkeypatch.setattr(grp, "getgrgid", lambda _: shared)


@pytest.mark.usefixtures("shared_group")
@pytest.mark.parametrize("mode", [0o770, 0o777, 0o703])
def test_a_directory_that_others_may_write_is_refused(target: Path, mode: int) -> None:
    target.parent.chmod(mode)
    with pytest.raises(DeniedError, match="writable by others") as caught:
        files.write_private(target, NEW)
    assert caught.value.hint == f"chmod go-w {target.parent}"
    assert_untouched(target)


def test_a_group_of_the_owner_alone_is_nobody_else(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = pwd.getpwuid(os.geteuid())
    alone = grp.struct_group((me.pw_name, "x", me.pw_gid, []))
    monkeypatch.setattr(grp, "getgrgid", lambda _: alone)
    target.parent.chmod(0o775)
    target.chmod(0o664)
    assert files.read_trusted(target) == OLD
    files.write_private(target, NEW)
    assert target.read_bytes() == NEW


@pytest.mark.parametrize(
    ("name", "gid", "members"),
    [("staff", 0, []), ("", 1, []), ("", 0, ["mallory"])],
    ids=["another-name", "not-the-primary-one", "another-member"],
)
def test_any_other_group_is_somebody_else(
    target: Path, monkeypatch: pytest.MonkeyPatch, name: str, gid: int, members: list[str]
) -> None:
    me = pwd.getpwuid(os.geteuid())
    group = grp.struct_group((name or me.pw_name, "x", me.pw_gid + gid, members))
    monkeypatch.setattr(grp, "getgrgid", lambda _: group)
    target.chmod(0o664)
    with pytest.raises(DeniedError, match="writable by others"):
        files.read_trusted(target)


def test_an_owner_or_group_without_a_name_is_somebody_else(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(gid: int) -> None:
        raise KeyError(gid)

    monkeypatch.setattr(grp, "getgrgid", unknown)
    target.chmod(0o664)
    with pytest.raises(DeniedError, match="writable by others"):
        files.read_trusted(target)


def test_a_sticky_directory_is_fine(target: Path) -> None:
    target.parent.chmod(0o1777)
    files.write_private(target, NEW)
    assert target.read_bytes() == NEW


@needs_root
@pytest.mark.parametrize("foreign", ["target", "."])
def test_what_belongs_to_another_user_is_refused(target: Path, foreign: str) -> None:
    os.chown(target.parent / foreign, NOBODY, NOBODY)
    with pytest.raises(DeniedError, match="belongs to another user"):
        files.write_private(target, NEW)
    assert_untouched(target)


def test_without_replace_what_stands_is_kept(target: Path) -> None:
    with pytest.raises(ConflictError, match="exists"):
        files.write_private(target, NEW, replace=False)
    assert_untouched(target)


def test_without_replace_one_of_many_writers_succeeds(tmp_path: Path) -> None:
    def write(who: int) -> bytes | None:
        try:
            files.write_private(tmp_path / "target", b"%d" % who, replace=False)
        except ConflictError:
            return None
        return b"%d" % who

    with ThreadPoolExecutor(8) as pool:
        written = [result for result in pool.map(write, range(8)) if result is not None]
    assert written == [(tmp_path / "target").read_bytes()]
    assert names(tmp_path) == ["target"]


def test_a_directory_that_does_not_reach_the_disk_leaves_the_write_in_doubt(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No real disk can be made to fail only there, so the system call is exchanged."""
    fsync = os.fsync

    def fail_for_directories(file: int) -> None:
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(errno.EIO, "input/output error")
        fsync(file)

    monkeypatch.setattr(os, "fsync", fail_for_directories)
    with pytest.raises(WriteInDoubtError) as caught:
        files.write_private(target, NEW)
    assert caught.value.sent
    assert target.read_bytes() == NEW


def test_a_file_system_that_cannot_bring_directories_to_disk_is_fine(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def refuse_directories(file: int) -> None:
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "invalid argument")
        fsync(file)

    monkeypatch.setattr(os, "fsync", refuse_directories)
    files.write_private(target, NEW)
    assert target.read_bytes() == NEW


def test_an_interrupted_write_leaves_no_temporary(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(file: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.write_private(target, NEW)
    assert_untouched(target)


def test_a_sweep_removes_only_orphans_of_its_target(target: Path) -> None:
    orphan = ".target.0123456789abcdef.tmp"
    kept = [
        ".other.0123456789abcdef.tmp",
        ".target.0123456789abcdef.tmp.bak",
        ".target.short.tmp",
        "target.0123456789abcdef.tmp",
    ]
    for name in (orphan, *kept):
        (target.parent / name).touch()
    files.sweep_temporaries(target)
    assert names(target.parent) == sorted([*kept, "target"])


@needs_root
def test_a_sweep_leaves_the_files_of_others(target: Path) -> None:
    foreign = target.with_name(".target.0123456789abcdef.tmp")
    foreign.touch()
    os.chown(foreign, NOBODY, NOBODY)
    files.sweep_temporaries(target)
    assert foreign.exists()


def test_a_private_file_is_read_exactly(target: Path) -> None:
    data = bytes(range(256)) * 1000
    files.write_private(target, data)
    assert files.read_private(target) == data


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_private_file_that_is_open_to_others_is_refused(target: Path, mode: int) -> None:
    target.chmod(mode)
    with pytest.raises(DeniedError, match=f"open to others .mode 0{mode:o}") as caught:
        files.read_private(target, what="identity file")
    assert "identity file" in caught.value.message
    assert caught.value.hint == f"chmod 600 {target}"


@pytest.mark.usefixtures("shared_group")
def test_a_trusted_file_may_be_read_but_not_written_by_others(target: Path) -> None:
    target.chmod(0o644)
    assert files.read_trusted(target) == OLD
    target.chmod(0o664)
    with pytest.raises(DeniedError, match="writable by others") as caught:
        files.read_trusted(target)
    assert caught.value.hint == f"chmod go-w {target}"


@needs_root
def test_a_file_of_another_user_is_not_read(target: Path) -> None:
    os.chown(target, NOBODY, NOBODY)
    for read in (files.read_private, files.read_trusted):
        with pytest.raises(DeniedError, match=f"another user .uid {NOBODY}"):
            read(target)


def test_a_link_is_followed_only_when_it_may_be(target: Path) -> None:
    link = target.with_name("link")
    link.symlink_to(target)
    assert files.read_private(link) == OLD
    with pytest.raises(DeniedError, match="symbolic link"):
        files.read_private(link, follow=False)


def test_a_named_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(DeniedError, match="not a regular file"):
        files.read_private(tmp_path / "pipe")


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeniedError, match="not a regular file"):
        files.read_private(tmp_path)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"the file .*/missing"):
        files.read_private(tmp_path / "missing")


def test_a_file_without_read_permission_is_denied() -> None:
    with unprivileged_directory() as directory:
        files.write_private(directory / "target", OLD, mode=0o200)
        with pytest.raises(DeniedError, match="permission denied"):
            files.read_private(directory / "target")


def test_a_read_that_the_system_fails_is_an_error_of_the_project() -> None:
    with pytest.raises(UnreachableError, match="input/output error"):
        files.read_private(Path("/proc/self/mem"))  # nothing is mapped at its begin


def test_a_name_that_is_too_long_is_an_error_of_the_project(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="file name too long"):
        files.write_private(tmp_path / ("x" * 300), NEW)


def test_adding_keeps_what_stands_and_its_mode(target: Path) -> None:
    target.chmod(0o644)
    files.append_private(target, NEW)
    assert target.read_bytes() == OLD + NEW
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_adding_makes_a_private_file(tmp_path: Path) -> None:
    files.append_private(tmp_path / "target", NEW)
    assert (tmp_path / "target").read_bytes() == NEW
    assert stat.S_IMODE((tmp_path / "target").stat().st_mode) == 0o600


def test_adding_does_not_follow_a_link(target: Path) -> None:
    link = target.with_name("link")
    link.symlink_to(target)
    with pytest.raises(DeniedError, match="symbolic link"):
        files.append_private(link, NEW)
    assert target.read_bytes() == OLD


def test_adding_to_a_full_disk_says_so(tmp_path: Path) -> None:
    with tmpfs(tmp_path) as disk, pytest.raises(UnreachableError, match="no space is left"):
        files.append_private(disk / "target", b"x" * 100_000)


def test_made_directories_are_private_and_existing_ones_stay(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for _ in range(2):
        files.make_private_directory(tmp_path / "a" / "b")
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, *tmp_path.rglob("*"))]
    assert modes == [0o755, 0o700, 0o700]


def test_a_directory_below_a_file_is_an_error_of_the_project(target: Path) -> None:
    with pytest.raises(UnreachableError, match="not a directory"):
        files.make_private_directory(target / "below")
