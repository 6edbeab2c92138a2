"""The search itself: a leak that the other tests look for would be found."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.canary import STDOUT, Canary, Outcome, User, key, opaque

CANARIES = [key("live key", "live_"), opaque("note")]


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path, CANARIES)


@pytest.mark.parametrize("canary", CANARIES, ids=lambda canary: canary.name)
@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize("after", range(4))
def test_a_value_inside_base64_is_found_at_every_alignment(
    canary: Canary, before: int, after: int
) -> None:
    inside = base64.b64encode(b"x" * before + canary.value + b"y" * after)
    assert any("base64" in form for form in canary.found_in(inside))


@pytest.mark.parametrize("canary", CANARIES, ids=lambda canary: canary.name)
def test_a_value_is_found_in_each_disguise(canary: Canary) -> None:
    assert canary.found_in(repr({"a": canary.text}).encode())
    assert canary.found_in(quote(canary.text).encode())
    assert canary.found_in(canary.value.hex().encode())
    assert canary.found_in(canary.core[:16]), "half a value is a leak, too"
    assert not canary.found_in(b"live_ScaleRocks, live_" + b"0123456789abcdef" * 2)


def leaking(user: User, code: str, **options: object) -> Outcome:
    """Run a few lines of Python that leak; the value comes by stdin, so only they can show it."""
    source = f"import os, sys, time; value = sys.stdin.read(); {code}"
    (user.tmp / "leak.py").write_text(source)
    return user.run(
        str(user.tmp / "leak.py"),
        stdin=CANARIES[0].value,
        program=[sys.executable],
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("print(value)", "stdout"),
        ("print(value, file=sys.stderr)", "stderr"),
        ("open(os.environ['HOME'] + '/f', 'w').write(value)", "/home/f"),
        ("open(os.environ['TMPDIR'] + '/f', 'w').write(value)", "/tmp/f"),
        ("open('f', 'w').write(value)", "/cwd/f"),
        ("open(value, 'w').write('')", "name of"),
        ("import subprocess; subprocess.run(['sh', '-c', 'sleep 0.2', value])", "command line"),
    ],
)
def test_a_leak_is_found_in_every_place(user: User, code: str, place: str) -> None:
    found = leaking(user, code).leaks
    assert found
    assert all(place in leak for leak in found)


def test_a_value_that_was_asked_for_is_no_leak(user: User) -> None:
    outcome = leaking(user, "print(value); open('f', 'w').write(value)", asked={STDOUT})
    assert outcome.leaks and all("/cwd/f" in leak for leak in outcome.leaks)
    asked = {STDOUT, user.cwd / "f"}
    assert not leaking(user, "print(value); open('f', 'w').write(value)", asked=asked).leaks
