"""Freshness against real stores: how often they are asked, and what an outage and a login do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scale_secrets.errors import DeniedError, UnreachableError
from scale_secrets.service.fresh import clock, keeper
from scale_secrets.service.fresh.secrets import FreshSecrets
from tests.contracts.fresh.scene import Scene, VaultScene
from tests.support.fresh import NEW, OLD, in_threads
from tests.support.openbao import OpenBao

THREADS = 200


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def key_of(fresh: FreshSecrets) -> str:
    return fresh.api_key.value.reveal()


def test_many_threads_at_expiry_cause_one_read(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scene.fresh() as fresh:
        scene.write("api_key", NEW)
        before, then = scene.reads(), clock.seconds()
        monkeypatch.setattr(fresh._keeper, "now", lambda: clock.seconds() + 3600)
        assert in_threads(THREADS, lambda: key_of(fresh)) == [NEW] * THREADS
        assert scene.reads() == before + 1
        assert fresh.api_key.age() <= clock.seconds() - then


def test_many_threads_that_are_refused_at_once_cause_one_read(scene: Scene) -> None:
    with scene.fresh() as fresh:
        auth, refused = fresh.auth, fresh.api_key.value
        scene.write("api_key", NEW)
        before = scene.reads()
        keys = in_threads(THREADS, lambda: auth.key_after(refused).reveal())  # type: ignore[union-attr]
        assert keys == [NEW] * THREADS
        assert scene.reads() == before + 1


def test_readers_cause_no_read_while_the_value_is_young(scene: Scene) -> None:
    with scene.fresh() as fresh:
        assert in_threads(THREADS, lambda: key_of(fresh)) == [OLD] * THREADS
        assert scene.reads() == 1


def test_the_background_brings_a_new_value_to_everybody(scene: Scene) -> None:
    with scene.fresh(refresh_every=0.2, max_age=60) as fresh:
        changes: list[tuple[str, str | None, str | None]] = []
        fresh.on_change(lambda *told: changes.append(told))
        old = fresh.api_key.version
        scene.write("api_key", NEW)
        eventually(lambda: key_of(fresh) == NEW)
        new = fresh.api_key.version
        eventually(lambda: changes == [("api_key", old, new)])
        assert fresh.api_key.age() < 20


def test_an_outage_is_survived_up_to_the_maximum_age_and_not_beyond(scene: Scene) -> None:
    with scene.fresh(refresh_every=0.3, max_age=2.0, timeout=0.5) as fresh:
        began = time.monotonic()
        fresh.refresh()
        scene.away()
        ages: list[float] = []
        with pytest.raises(UnreachableError, match="max_age is 2 s") as caught:
            while time.monotonic() < began + 20:
                ages.append(fresh.api_key.age())
                time.sleep(0.01)
        assert len(ages) > 5
        assert max(ages) <= 2.1
        assert OLD not in f"{caught.value.message} {caught.value.hint}"
        scene.back()
        eventually(lambda: _is_served(fresh))


def _is_served(fresh: FreshSecrets) -> bool:
    try:
        return key_of(fresh) == OLD
    except UnreachableError:
        return False


def test_a_token_that_expired_is_replaced_by_the_one_that_is_there_now(
    vault: VaultScene, openbao: OpenBao, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rule = f"secret/data/{vault.prefix}/* [read]"
    first, second = openbao.token(rule), openbao.token(rule)
    monkeypatch.delenv("VAULT_TOKEN")
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / ".vault-token"
    file.write_text(first)
    with vault.fresh() as fresh:
        openbao.root("POST", "auth/token/revoke", {"token": first})
        with pytest.raises(DeniedError):
            fresh.refresh()
        assert key_of(fresh) == OLD
        file.write_text(second)
        fresh.refresh()
        openbao.root("POST", "auth/token/revoke", {"token": second})
        file.write_text(openbao.token(rule))
        fresh.refresh()  # without an error in between


def test_a_login_serves_many_refreshes_and_its_token_is_given_back(
    vault: VaultScene, login: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VAULT_TOKEN")
    with vault.fresh(stores=login["stores"]) as fresh:
        for _ in range(5):
            fresh.refresh()
    asked = [request.split(b" ", 2)[1] for request in vault.front.requests]
    assert sum(b"/login/" in one for one in asked) == 1
    assert asked.count(b"/v1/auth/token/revoke-self") == 1


def test_a_callback_key_that_is_pending_is_accepted_after_a_refresh(vault: VaultScene) -> None:
    vault.write("callback", "old-callback-key")
    manifest = vault.manifest()
    manifest["environments"]["live"]["secrets"]["callback_auth_key"] = {
        "path": vault.path("callback"),
        "field": "value",
        "mode": "any",
    }
    with vault.fresh(**manifest) as fresh:
        callbacks = fresh.callbacks
        assert callbacks.accepts(b"old-callback-key")
        assert not callbacks.accepts(b"new-callback-key")
        vault.write("callback.pending", "new-callback-key")
        fresh.refresh()
        assert callbacks.accepts(b"old-callback-key")
        assert callbacks.accepts(b"new-callback-key")


def test_the_first_read_fails_as_load_does(vault: VaultScene) -> None:
    vault.away()
    with pytest.raises(UnreachableError):
        vault.fresh(timeout=1)


def test_closing_does_not_wait_for_a_store_that_hangs(
    vault: VaultScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_ENDING", 0.1)
    with vault.fresh(refresh_every=0.2, max_age=60, timeout=5) as fresh:
        _ = fresh.api_key
        vault.hang()
        time.sleep(0.4)
        began = time.monotonic()
    assert time.monotonic() - began < 4
