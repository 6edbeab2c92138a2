"""Single secrets: written by compare-and-swap, read back to the byte, shown only when asked."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.project import LIVE_KEY, LOCAL, PROGRAM, TEST_KEY, Project, manifest_of
from tests.support.terminal import at_terminal

GUARD = "[[environments.live.guard]]\nconfirm = true\n"


class TestStdin:
    @pytest.mark.parametrize(
        ("given", "stored"),
        [
            (b"value", b"value"),
            (b"value\n", b"value"),
            (b"value\r\n", b"value"),
            (b"value\n\n", b"value\n"),
            (b"\nvalue", b"\nvalue"),
            (b"two\nlines\n", b"two\nlines"),
            (b"\xff\x00\n", b"\xff\x00"),
        ],
    )
    def test_one_final_line_break_is_taken_off(
        self, project: Project, given: bytes, stored: bytes
    ) -> None:
        project.good("put", "main:any", given=given)
        assert project.good("get", "main:any").out == stored

    def test_exact_keeps_it(self, project: Project) -> None:
        project.good("put", "main:any", "--exact", given="value\n")
        assert project.good("get", "main:any").out == b"value\n"

    @pytest.mark.parametrize("given", ["", "\n", "\r\n"])
    def test_an_empty_value_is_no_value(self, project: Project, given: str) -> None:
        done = project.run("put", "-e", "test", "api_key", given=given)
        assert done.code == 2
        assert "empty" in done.err
        assert project.good("get", "-e", "test", "api_key").text == TEST_KEY

    def test_a_pipe_without_an_end_is_not_read_to_it(self, project: Project) -> None:
        done = project.run("put", "main:any", given=b"x" * ((1 << 20) + 1))
        assert done.code == 2
        assert "larger than 1 MiB" in done.err

    def test_a_value_on_the_command_line_is_refused_and_not_repeated(
        self, project: Project
    ) -> None:
        done = project.run("put", "-e", "test", "api_key", TEST_KEY)
        assert done.code == 2
        assert TEST_KEY not in done.err

    def test_a_file_is_read(self, project: Project, tmp_path: Path) -> None:
        file = tmp_path / "value"
        file.write_bytes(b"from a file\n")
        project.good("put", "main:any", "--from-file", str(file))
        assert project.good("get", "main:any").out == b"from a file"
        done = project.run("put", "main:any", "--from-file", "missing")
        assert done.code == 5
        assert "missing: no such file" in done.err


class TestCompareAndSwap:
    def test_the_expected_version_must_be_current(self, project: Project) -> None:
        words = ("put", "-e", "test", "api_key", "--expect")
        assert "(version 2)" in project.good(*words, "1", given=TEST_KEY).err
        done = project.run(*words, "1", given=TEST_KEY)
        assert done.code == 7
        assert "hint: " in done.err

    def test_zero_means_that_none_exists(self, project: Project) -> None:
        words = ("put", "main:new", "--expect", "0")
        project.good(*words, given="first")
        assert project.run(*words, given="second").code == 7
        assert project.good("get", "main:new").text == "first"

    def test_of_writers_at_once_that_expect_one_version_exactly_one_wins(
        self, project: Project
    ) -> None:
        words = [PROGRAM, "put", "main:raced", "--expect", "0"]
        racers = [
            subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=project.root,
                env=project.environ,
            )
            for _ in range(5)
        ]
        for number, racer in enumerate(racers):
            racer.communicate(f"writer {number}".encode(), 60)
        codes = [racer.returncode for racer in racers]
        assert sorted(codes) == [0, 7, 7, 7, 7]
        assert project.good("get", "main:raced").text == f"writer {codes.index(0)}"

    def test_the_other_fields_of_a_container_stay(self, vault_project: Project) -> None:
        listed = vault_project.good("list", "-e", "test").text
        place = next(word for word in listed.split() if word.startswith("main:")).partition("#")[0]
        vault_project.good("put", f"{place}#second", given="beside it")
        assert vault_project.good("get", f"{place}#second").text == "beside it"
        assert vault_project.good("get", "-e", "test", "api_key").text == TEST_KEY

    def test_an_old_version_is_read_and_not_written(self, project: Project) -> None:
        project.good("put", "main:any", given="one")
        project.good("put", "main:any", given="two")
        assert project.good("get", "main:any@1").text == "one"
        done = project.run("put", "main:any@1", given="three")
        assert done.code == 2
        assert "only the current version" in done.err


class TestWrongInput:
    @pytest.mark.parametrize(
        ("words", "code", "says"),
        [
            (("get", "api_key"), 2, "no environment is named"),
            (("get", "-e", "nowhere", "api_key"), 2, "known: "),
            (("get", "-e", "test", "nothing"), 2, "known: api_key"),
            (("get", "-e", "test", "-e", "live", "api_key"), 2, "takes one environment"),
            (("get", "main:missing"), 4, "hint: "),
            (("get", "main:scale/test/api-key#field"), 4, "no such field"),
            (("get", "main:scale/test/api-key@99"), 4, "hint: "),
            (("get", "nostore:path"), 2, "known: main"),
            (("get", "main:"), 2, "path"),
            (("get", "main:../x"), 2, "hint: "),
            (("get", "-e", "test"), 2, "missing"),
            (("get", "-e", "test", "api_key", "--timeout", "-1"), 2, "timeout"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
    )
    def test_it_says_what_is_wrong(
        self, project: Project, words: tuple[str, ...], code: int, says: str
    ) -> None:
        done = project.run(*words)
        assert (done.code, done.out) == (code, b"")
        assert says in done.err
        assert all(line.startswith("scale-secrets: ") for line in done.err.splitlines())

    def test_a_pasted_key_is_never_repeated(self, project: Project) -> None:
        for words in (
            ("get", LIVE_KEY),
            ("get", "-e", LIVE_KEY, "api_key"),
            ("get", "-e", "test", LIVE_KEY),
            ("get", f"main:{LIVE_KEY}#{LIVE_KEY}#"),
            ("put", "-e", "test", LIVE_KEY),
            (LIVE_KEY,),
            ("get", f"--{LIVE_KEY}"),
            ("header", "--format", LIVE_KEY),
            ("trust", LIVE_KEY),
            ("schema", LIVE_KEY),
        ):
            done = project.run(*words, given="x")
            assert done.code in (2, 4), words
            assert LIVE_KEY not in done.err + done.text, words

    def test_a_read_only_store_says_who_sets_the_variable(self, project: Project) -> None:
        done = project.run("put", "environ:SOME_KEY", given="x")
        assert done.code == 2
        assert "cannot be written" in done.err


class TestOutput:
    def test_a_file_is_private_whatever_the_umask(self, project: Project, tmp_path: Path) -> None:
        target = tmp_path / "key"
        target.write_text("old and public")
        target.chmod(0o644)
        done = project.good("get", "-e", "test", "api_key", "--output", str(target))
        assert target.read_text() == TEST_KEY
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert done.out == b""

    def test_a_file_that_cannot_be_written_is_told(self, project: Project) -> None:
        done = project.run("get", "-e", "test", "api_key", "--output", "no/such/directory")
        assert done.code in (4, 5)
        assert "no/such" in done.err


class TestTerminal:
    def test_a_secret_is_not_shown_unasked(self, project: Project) -> None:
        for words in (
            ("get", "-e", "test", "api_key"),
            ("header", "-e", "test"),
            ("env", "-e", "test", "--format", "json"),
        ):
            seen = at_terminal(project, *words)
            assert seen.code == 2
            assert "not printed on a terminal" in seen.screen
            assert "--reveal" in seen.screen
            assert TEST_KEY not in seen.screen

    def test_reveal_shows_it_on_a_line_of_its_own(self, project: Project) -> None:
        seen = at_terminal(project, "get", "-e", "test", "api_key", "--reveal")
        assert (seen.code, seen.screen) == (0, f"{TEST_KEY}\n")

    def test_a_pipe_at_a_terminal_gets_the_exact_bytes(self, project: Project) -> None:
        seen = at_terminal(project, "get", "-e", "test", "api_key", piped=True)
        assert (seen.code, seen.out, seen.screen) == (0, TEST_KEY.encode(), "")

    def test_a_value_is_asked_for_twice_and_not_shown(self, project: Project) -> None:
        typed = [("Value", TEST_KEY + "00"), ("Repeat", TEST_KEY + "00")]
        seen = at_terminal(project, "put", "-e", "test", "api_key", typed=typed)
        assert seen.code == 0
        assert TEST_KEY not in seen.screen
        assert project.good("get", "-e", "test", "api_key").text == TEST_KEY + "00"

    def test_two_answers_that_differ_are_asked_for_again(self, project: Project) -> None:
        typed = [
            ("Value", "one"),
            ("Repeat", "two"),
            ("Value", TEST_KEY + "11"),
            ("Repeat", TEST_KEY + "11"),
        ]
        assert at_terminal(project, "put", "-e", "test", "api_key", typed=typed).code == 0
        assert project.good("get", "-e", "test", "api_key").text == TEST_KEY + "11"

    @pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 3), ("", 3)])
    def test_a_guard_asks_a_person(self, project: Project, answer: str, code: int) -> None:
        project.write(manifest_of(LOCAL, more=GUARD))
        typed = [("get with the live keys of 'live'?", answer)]
        seen = at_terminal(project, "get", "-e", "live", "api_key", typed=typed, piped=True)
        assert seen.code == code
        assert seen.out == (LIVE_KEY.encode() if code == 0 else b"")
