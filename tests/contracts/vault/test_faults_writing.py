"""Writes that get no good answer: done, not done, overtaken, or in doubt."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from scale_secrets.errors import (
    ConflictError,
    UnreachableError,
    UsageError,
    WriteInDoubtError,
)
from scale_secrets.operation import operation
from scale_secrets.stores.interface import Change
from scale_secrets.stores.vault.store import VaultStore
from scale_secrets.values import SecretValue
from tests.contracts.vault.failing import CANARY, failing
from tests.support.fault_proxy import (
    Fault,
    FaultServer,
    Forward,
    Hang,
    Reply,
    Reset,
)
from tests.support.openbao import OpenBao
from tests.support.vault import fresh, opened, port_of


def put(store: VaultStore, path: str, *, timeout: float = 5.0, expected: str | None = None) -> str:
    change = Change(SecretValue(CANARY), "value", expected)
    return store.put(path, change, operation(timeout)).version


def held(bao: OpenBao, path: str) -> object:
    return bao.root("GET", f"secret/data/{path}")["data"]["data"]


def on_write(bao: OpenBao, fault: Fault, *afterwards: Fault) -> FaultServer:
    """The mount's look-up and the first read pass, the write meets ``fault``."""
    passing = Forward(port_of(bao))
    return FaultServer(passing, passing, fault, *(afterwards or (passing,)))


LOST: dict[str, Callable[[OpenBao], Fault]] = {
    "the answer is lost": lambda bao: Forward(port_of(bao), lambda _: None),
    "the answer is cut": lambda bao: Forward(port_of(bao), lambda raw: raw[:-20]),
    "committed but 500": lambda bao: Forward(
        port_of(bao), lambda _: Reply(500, b'{"errors": ["internal error"]}').raw
    ),
    "the answer is late": lambda bao: Forward(port_of(bao), after=lambda: time.sleep(4)),
}


@pytest.mark.parametrize("name", LOST)
def test_a_write_whose_answer_is_lost_is_read_back_and_succeeds(bao: OpenBao, name: str) -> None:
    path = fresh()
    with on_write(bao, LOST[name](bao)) as server, opened(server.url) as store:
        assert put(store, path, timeout=3) == "1"
    assert held(bao, path) == {"value": CANARY}


@pytest.mark.parametrize(
    "fault", [Reset(), Reply(500, b"{}"), Hang()], ids=["reset", "500", "hang"]
)
def test_a_write_that_never_arrived_is_reported_as_not_done(bao: OpenBao, fault: Fault) -> None:
    path = fresh()
    with on_write(bao, fault) as server, opened(server.url) as store:
        error = failing(lambda: put(store, path, timeout=3), UnreachableError)
        assert isinstance(error, UnreachableError)
        assert error.sent
    assert bao.root("GET", "secret/metadata/t?list=true")["data"]["keys"].count(path[2:]) == 0


def test_a_write_that_another_overtook_is_a_conflict(bao: OpenBao) -> None:
    path = fresh()

    def other() -> None:
        bao.root("POST", f"secret/data/{path}", {"data": {"value": "of another"}})

    overtaken = Forward(port_of(bao), lambda _: None, before=other)
    with on_write(bao, overtaken) as server, opened(server.url) as store:
        failing(lambda: put(store, path), ConflictError)
    assert held(bao, path) == {"value": "of another"}


def test_a_write_that_cannot_be_read_back_is_in_doubt(bao: OpenBao) -> None:
    path = fresh()
    lost = Forward(port_of(bao), lambda _: None)
    denied = Reply(403, b'{"errors": []}')
    with on_write(bao, lost, denied) as server, opened(server.url) as store:
        error = failing(lambda: put(store, path), WriteInDoubtError)
    assert "version 1" in error.hint


@pytest.mark.parametrize("status", [429, 307])
def test_a_write_that_was_turned_away_is_tried_again(bao: OpenBao, status: int) -> None:
    path = fresh()
    with on_write(bao, Reply(status, b"{}")) as server, opened(server.url) as store:
        assert put(store, path) == "1"


def test_a_write_that_the_server_calls_wrong_is_not_in_doubt(bao: OpenBao) -> None:
    with on_write(bao, Reply(400, b'{"errors": ["too many fields"]}')) as server:
        with opened(server.url) as store:
            failing(lambda: put(store, fresh()), UsageError)
        assert len(server.requests) == 3
