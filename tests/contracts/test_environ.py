"""The environ store keeps the reading contract."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scale_secrets.errors import NotFoundError, UsageError
from scale_secrets.model import Container, StoreSpec
from scale_secrets.operation import operation
from scale_secrets.stores import kind
from scale_secrets.stores.interface import Store, Writer
from scale_secrets.surroundings import Surroundings
from tests.contracts.store_contract import Harness, StoreContract

SPEC = StoreSpec("environ", "environ")


class EnvironHarness(Harness):
    def __init__(self) -> None:
        self.variables: dict[str, str] = {}

    def open(self) -> Store:
        here = Path("/nowhere")
        return kind("environ").open(SPEC, Surroundings(self.variables, here, here))

    def seed(self, path: str, text: str) -> None:
        self.variables[path] = text


class TestEnviron(StoreContract):
    @pytest.fixture
    def harness(self) -> EnvironHarness:
        return EnvironHarness()


def test_a_variable_cannot_be_written() -> None:
    assert not isinstance(EnvironHarness().open(), Writer)


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(NotFoundError, match="variable SCALE_API_KEY is not set"):
        EnvironHarness().open().get("SCALE_API_KEY", None, operation())


def test_the_version_of_a_variable_is_one() -> None:
    harness = EnvironHarness()
    harness.seed("KEY", "one")
    record = harness.open().get("KEY", "1", operation())
    assert (record.version, record.labels) == ("1", None)


def test_bytes_that_are_not_utf8_come_back_exactly() -> None:
    """Through a real process, because only the interpreter's start makes such variables."""
    program = (
        "import sys; from scale_secrets.operation import operation;"
        "from scale_secrets.model import StoreSpec; from scale_secrets.stores import environ;"
        "from scale_secrets.surroundings import real_surroundings;"
        "store = environ.open(StoreSpec('environ', 'environ'), real_surroundings());"
        "value = store.get('RAW', None, operation()).content.whole;"
        "sys.stdout.buffer.write(value.reveal_bytes())"
    )
    raw = bytes(range(1, 256))
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**{os.fsencode(k): os.fsencode(v) for k, v in os.environ.items()}, b"RAW": raw},
        check=True,
        capture_output=True,
    )
    assert done.stdout == raw


def test_a_container_is_the_variable_in_this_process() -> None:
    here = Surroundings({}, Path("/nowhere"), Path("/nowhere"))
    assert kind("environ").containers(SPEC, here)("SCALE_API_KEY") == Container(
        "environ", "process", "SCALE_API_KEY"
    )


@pytest.mark.parametrize("path", ["", "A=B", "A\0B"])
def test_what_is_no_variable_name_is_refused(path: str) -> None:
    here = Surroundings({}, Path("/nowhere"), Path("/nowhere"))
    with pytest.raises(UsageError):
        kind("environ").containers(SPEC, here)(path)
