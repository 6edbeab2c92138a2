"""The shipped Vault policies suffice for what they are for, on a real server, and for no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from scale_secrets.errors import DeniedError
from scale_secrets.model import Coordinate, StoreSpec
from scale_secrets.operation import operation
from scale_secrets.resources import resource_text
from scale_secrets.stores import kind
from scale_secrets.stores.interface import ABSENT, Change, LabelReader, Store, Writer
from scale_secrets.surroundings import real_surroundings
from scale_secrets.values import SecretValue
from tests.support.openbao import OpenBao

LIVE = Coordinate("vault", "scale/live/api-key", "value")
KEY = SecretValue("live_ScaleRocks")


@pytest.fixture(scope="module")
def server() -> Iterator[OpenBao]:
    """One of its own: the policies name fixed paths, which must be empty at first."""
    with OpenBao() as started:
        yield started


@contextmanager
def _store(server: OpenBao, policy: str) -> Iterator[Store]:
    server.root("PUT", f"sys/policies/acl/{policy}", {"policy": resource_text("policies", policy)})
    token = server.root("POST", "auth/token/create", {"policies": [policy]})["auth"]
    surroundings = real_surroundings()
    environ = {"VAULT_ADDR": server.url, "VAULT_TOKEN": token["client_token"]}
    spec = StoreSpec("vault", "vault", {"mount": "secret"})
    with closing(kind("vault").open(spec, replace(surroundings, environ=environ))) as store:
        yield store


def test_a_writer_creates_replaces_and_labels_the_key(server: OpenBao) -> None:
    with _store(server, "vault-writer.hcl") as store:
        assert isinstance(store, Writer)
        assert isinstance(store, LabelReader)
        labels = {"scale-mode": "live"}
        first = store.put(LIVE.path, Change(KEY, LIVE.field, ABSENT, labels), operation())
        second = store.put(LIVE.path, Change(KEY, LIVE.field, first.version), operation())
        assert int(second.version) == int(first.version) + 1
        assert store.labels(LIVE.path, operation())["scale-mode"] == "live"
        assert len(store.versions(LIVE.path, operation())) == 2


def test_a_reader_reads_the_one_key_and_nothing_beside_it(server: OpenBao) -> None:
    beside = (f"{LIVE.path}.pending", "scale/test/api-key")
    for path in (LIVE.path, *beside):
        server.root("POST", f"secret/data/{path}", {"data": {"value": KEY.reveal()}})
    with _store(server, "vault-reader.hcl") as store:
        fields = store.get(LIVE.path, None, operation()).content.fields
        assert fields is not None
        assert fields["value"].same_as(KEY)
        for path in beside:
            with pytest.raises(DeniedError):
                store.get(path, None, operation())
        assert isinstance(store, Writer)
        with pytest.raises(DeniedError):
            store.put(LIVE.path, Change(KEY, LIVE.field), operation())
