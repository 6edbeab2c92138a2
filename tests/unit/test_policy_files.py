"""Reading a directory of policies: all of it, nothing outside it, and never without an end."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from scale_secrets.errors import DeniedError, NotFoundError, PolicyError, UsageError
from scale_secrets.service import policy_files
from scale_secrets.service.policy_files import read_policy_files


def write(directory: Path, name: str, data: bytes = b"x") -> Path:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_files_are_read_by_their_path_below_the_directory(tmp_path: Path) -> None:
    write(tmp_path, "vault/policies/ci.hcl", 'path "ä" {}'.encode())
    write(tmp_path, "aws/111122223333/keys.json", b"{}")
    write(tmp_path, "readme.md")
    write(tmp_path, ".git/config.json")
    write(tmp_path, "vault/.backup.hcl")
    assert dict(read_policy_files(tmp_path)) == {
        "aws/111122223333/keys.json": "{}",
        "vault/policies/ci.hcl": 'path "ä" {}',
    }


def test_bytes_are_kept_as_they_are(tmp_path: Path) -> None:
    write(tmp_path, "a.hcl", b"\xef\xbb\xbfa\r\nb")
    assert read_policy_files(tmp_path)["a.hcl"] == "\ufeffa\r\nb"


def test_the_directory_itself_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path, "real/a.hcl")
    (tmp_path / "link").symlink_to("real")
    assert set(read_policy_files(tmp_path / "link")) == {"a.hcl"}


@pytest.mark.parametrize("target", ["outside.hcl", "in/b.hcl", "nowhere", "/etc/passwd"])
def test_a_linked_file_is_refused_wherever_it_leads(tmp_path: Path, target: str) -> None:
    write(tmp_path, "outside.hcl")
    write(tmp_path, "in/b.hcl")
    (tmp_path / "in" / "a.hcl").symlink_to(tmp_path / target)
    with pytest.raises(DeniedError, match=r"^a\.hcl is a symbolic link") as caught:
        read_policy_files(tmp_path / "in")
    assert caught.value.hint


@pytest.mark.parametrize("target", ["..", "/", "nowhere"])
def test_a_linked_directory_is_refused_or_holds_nothing(tmp_path: Path, target: str) -> None:
    write(tmp_path, "in/a.hcl")
    (tmp_path / "in" / "policies").symlink_to(target)
    if target == "nowhere":  # it leads to no directory, and its name is no policy's
        assert set(read_policy_files(tmp_path / "in")) == {"a.hcl"}
    else:
        with pytest.raises(DeniedError, match=r"^policies is a symbolic link"):
            read_policy_files(tmp_path / "in")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.hcl")
    with pytest.raises(DeniedError, match="not a regular file"):
        read_policy_files(tmp_path)


def test_a_directory_named_like_a_policy_is_a_directory(tmp_path: Path) -> None:
    write(tmp_path, "odd.hcl/a.hcl")
    assert set(read_policy_files(tmp_path)) == {"odd.hcl/a.hcl"}


def test_a_missing_directory_a_file_and_an_empty_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist"):
        read_policy_files(tmp_path / "none")
    with pytest.raises(UsageError, match="is not a directory"):
        read_policy_files(write(tmp_path, "a.hcl"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no policy"):
        read_policy_files(tmp_path / "empty")


def test_what_is_not_utf8_is_refused_by_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, "policies/a.hcl", b"one\ntwo \xff\n")
    with pytest.raises(PolicyError, match=r"^policies/a\.hcl:2: this is not UTF-8"):
        read_policy_files(tmp_path)


def test_what_may_not_be_read_is_an_error_and_not_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.hcl")
    write(tmp_path, "b.hcl")
    really_open = os.open

    def refuse(path: str, flags: int, *rest: int, **named: int) -> int:
        if path == "a.hcl":  # root, who may run these tests, is refused nothing
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return really_open(path, flags, *rest, **named)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DeniedError, match=r"reading a\.hcl: permission denied"):
        read_policy_files(tmp_path)


@pytest.mark.parametrize("refused", ["open", "scandir"])
def test_a_directory_that_cannot_be_read_is_an_error_and_not_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    write(tmp_path, "a.hcl")
    write(tmp_path, "policies/b.hcl")
    really, calls = getattr(os, refused), []

    def refuse(place: object, *rest: object, **named: object) -> object:
        calls.append(place)
        if place == "policies" or (refused == "scandir" and len(calls) == 2):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "policies")
        return really(place, *rest, **named)

    monkeypatch.setattr(os, refused, refuse)
    with pytest.raises(DeniedError, match=r"reading the policies in policies: permission denied"):
        read_policy_files(tmp_path)


@pytest.mark.parametrize("limit", ["MAX_FILES", "MAX_FILE_BYTES", "MAX_TOTAL_BYTES"])
def test_the_work_is_bounded(tmp_path: Path, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        write(tmp_path, f"{name}.hcl", b"12")
    assert len(read_policy_files(tmp_path)) == 3
    least = {"MAX_FILES": 3, "MAX_FILE_BYTES": 2, "MAX_TOTAL_BYTES": 6}[limit]
    monkeypatch.setattr(policy_files, limit, least)
    assert len(read_policy_files(tmp_path)) == 3
    monkeypatch.setattr(policy_files, limit, least - 1)
    with pytest.raises(UsageError, match=r"more than|larger than"):
        read_policy_files(tmp_path)
