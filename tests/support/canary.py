"""Made-up secrets that a test can find again, and a user whose every trace is searched for them.

    user = User(tmp_path, [Canary("live key", b"live_…")])
    user.run("get", "-e", "live", "api_key", asked={STDOUT}).leaks == []

Searched after each run: stdout, stderr, every file of the user's (home, TMPDIR, working
directory with the embedded store), and the command line of every process while it ran.
"""

from __future__ import annotations

import binascii
import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, quote_plus

STDOUT = "stdout"
SAMPLES_EVERY = 0.004  # seconds between two looks at /proc
CHECKOUT = Path(__file__).resolve().parents[2]


def fresh() -> str:
    """32 hex digits that no other run on this machine uses: their command lines are seen, too."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Canary:
    """``core``: the part of the value that survives in whatever way its other bytes are written.

    A leak of the core, or of half of it, is a leak of the value.
    """

    name: str
    value: bytes = field(repr=False)
    core: bytes = field(default=b"", repr=False)

    @property
    def text(self) -> str:
        return self.value.decode()

    @cached_property
    def forms(self) -> Mapping[str, bytes]:
        """Every disguise that is looked for, by name."""
        found = dict(_disguises("", self.value))
        if self.core:
            half = len(self.core) // 2
            found |= dict(_disguises("core ", self.core))
            found |= {"first half": self.core[:half], "last half": self.core[half:]}
        return found

    def found_in(self, data: bytes) -> list[str]:
        return [form for form, disguise in self.forms.items() if disguise in data]


def key(name: str, prefix: str) -> Canary:
    core = fresh()
    return Canary(name, f"{prefix}{core}".encode(), core.encode())


def opaque(name: str) -> Canary:
    """Text of several lines that every escape rule has to touch."""
    core = fresh()
    return Canary(name, f'it\'s "ünlike" $HOME\n{core}\t\\ #{{x}}\n'.encode(), core.encode())


def _disguises(prefix: str, value: bytes) -> Iterator[tuple[str, bytes]]:
    text = value.decode()
    yield f"{prefix}raw", value
    yield f"{prefix}json", json.dumps(text)[1:-1].encode()
    yield f"{prefix}json in utf-8", json.dumps(text, ensure_ascii=False)[1:-1].encode()
    yield f"{prefix}repr", repr(text)[1:-1].encode()
    yield f"{prefix}url", quote(text, safe="").encode()
    yield f"{prefix}url path", quote(text).encode()
    yield f"{prefix}form", quote_plus(text).encode()
    yield f"{prefix}hex", binascii.hexlify(value)
    yield f"{prefix}HEX", binascii.hexlify(value).upper()
    for offset in range(3):
        yield f"{prefix}base64 at {offset}", _base64_inside(value, offset)
        urlsafe = _base64_inside(value, offset).translate(bytes.maketrans(b"+/", b"-_"))
        yield f"{prefix}urlsafe base64 at {offset}", urlsafe


def _base64_inside(value: bytes, offset: int) -> bytes:
    """What stands in the base64 of any text that holds ``value`` at ``offset`` modulo 3.

    The digits that also depend on the bytes before and after it are left out.
    """
    whole = b64encode(b"\0" * offset + value)
    first = (offset * 8 + 5) // 6
    last = (offset + len(value)) * 8 // 6
    return whole[first:last]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``leaks``: one line for each place in which a canary was found and not asked for."""

    code: int
    out: bytes = field(repr=False)
    err: bytes = field(repr=False)
    leaks: list[str]


class User:
    """A user below ``root`` with nothing of the machine's own but PATH.

    ``watched``: further files or directories to search, such as a server's log.
    """

    def __init__(
        self,
        root: Path,
        canaries: Sequence[Canary],
        environ: Mapping[str, str] | None = None,
        watched: Sequence[Path] = (),
    ) -> None:
        self.root = root
        self.home, self.tmp, self.cwd = root / "home", root / "tmp", root / "cwd"
        for directory in (self.home, self.tmp, self.cwd):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.canaries = list(canaries)
        self.watched = list(watched)
        self.environ = {
            "HOME": str(self.home),
            "TMPDIR": str(self.tmp),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            **(environ or {}),
        }

    def run(
        self,
        *words: str,
        stdin: bytes = b"",
        environ: Mapping[str, str] | None = None,
        asked: Collection[str | Path] = (),
        typed: bool = False,
        program: Sequence[str] = (sys.executable, "-m", "scale_secrets"),
    ) -> Outcome:
        """``asked``: ``STDOUT`` and files that may hold a value, because it was asked for there.

        ``typed``: the words hold a canary, so the command lines are not searched.
        """
        process = subprocess.Popen(
            [*program, *words],
            cwd=self.cwd,
            env={**self.environ, **(environ or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with process, _command_lines() as seen:
            try:
                out, err = process.communicate(stdin, timeout=60)
            except BaseException:
                process.kill()
                raise
        places = {} if typed else {f"command line {line!r}": line for line in seen}
        places |= {"stderr": err} | ({} if STDOUT in asked else {"stdout": out})
        places |= {f"name of {path}": os.fsencode(path) for path in self._files()}
        places |= {str(path): path.read_bytes() for path in self._files() if path not in asked}
        return Outcome(process.returncode, out, err, list(self._search(places, words)))

    def _search(self, places: Mapping[str, bytes], words: Iterable[str]) -> Iterator[str]:
        command = next(iter(words), "")
        for place, data in places.items():
            for canary in self.canaries:
                for form in canary.found_in(data)[:1]:
                    yield f"{command}: {canary.name}, {form}, in {place}"

    def _files(self) -> Iterator[Path]:
        for top in (self.root, *self.watched):
            paths = [top] if top.is_file() else top.rglob("*")
            yield from (path for path in paths if path.is_file() and not path.is_symlink())


@contextlib.contextmanager
def _command_lines() -> Iterator[set[bytes]]:
    """Every process's command line, as anybody on the machine could sample them."""
    seen: set[bytes] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(SAMPLES_EVERY):
            for entry in os.listdir("/proc"):  # noqa: PTH208 - the fastest way, many times a second
                if entry.isdigit():
                    with contextlib.suppress(OSError):
                        seen.add(Path(f"/proc/{entry}/cmdline").read_bytes())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


READING: tuple[tuple[str, ...], ...] = (
    ("list", "-e", "ENV"),
    ("get", "-e", "ENV", "api_key", "--yes"),
    ("check", "-e", "ENV"),
    ("doctor",),
    ("header", "-e", "ENV", "--yes"),
    ("env", "-e", "ENV", "--format", "dotenv", "--yes"),
    ("run", "-e", "ENV", "--yes", "--", "sh", "-c", ":"),
)
"""The commands that read an environment, ``ENV``; those of ``ASKED`` print what they read."""

ASKED = frozenset({"get", "header", "env"})


def read_everything(
    user: User, environment: str, environ: Mapping[str, str] | None = None, *, expect: int | None
) -> dict[tuple[str, ...], Outcome]:
    """Run the commands of ``READING`` with ``-v``, and fail on any leak.

    ``expect``: the exit code of those that deliver values (``run`` has 125 for any failure); when
    it is not 0 nothing at all was asked for, so stdout is searched, too. None: do not look.
    """
    outcomes = {}
    for words in READING:
        filled = [environment if word == "ENV" else word for word in words]
        filled[1:1] = ["-v"]
        asked = {STDOUT} if expect == 0 and words[0] in ASKED else set[str]()
        outcomes[words] = outcome = user.run(*filled, environ=environ, asked=asked)
        assert not outcome.leaks
        assert b"Traceback" not in outcome.err
        assert b"internal error" not in outcome.err, outcome.err.decode()
        if expect is not None and words[0] in ASKED:
            assert outcome.code == expect, (words, outcome.err.decode())
        if expect is not None and words[0] == "run":
            assert outcome.code == (125 if expect else 0), outcome.err.decode()
    return outcomes
