"""``load`` on bare coordinates: no manifest, or one whose rules bind all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import scale_secrets
from scale_secrets.errors import CoordinateError, NotFoundError, SeparationError, UsageError
from scale_secrets.model import Mode
from tests.support.project import LIVE_KEY, TEST_KEY

CALLBACK_KEY = "live_auth_" + "0123456789abcdef" * 2
MANIFEST = """\
[stores.main]
kind = "environ"
[environments.live]
mode = "live"
store = "main"
guard = [{ require_variables = { REF = "main" } }]
[environments.live.secrets.api_key]
path = "LIVE_SLOT"
"""


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LIVE_SLOT", LIVE_KEY)
    monkeypatch.setenv("TEST_SLOT", TEST_KEY)
    monkeypatch.setenv("CALLBACK_SLOT", CALLBACK_KEY)


@pytest.mark.parametrize("mode", ["live", Mode.LIVE], ids=["text", "enum"])
def test_names_tell_what_the_coordinates_hold(mode: Mode | str) -> None:
    secrets = scale_secrets.load(
        coordinates={
            "api_key": "environ:LIVE_SLOT",
            "callback_auth_key": "environ:CALLBACK_SLOT",
            "note": "environ:HOME",
        },
        mode=mode,
    )
    assert secrets.api_key.reveal() == LIVE_KEY
    assert secrets.mode is Mode.LIVE
    assert list(secrets.variables()) == ["SCALE_API_KEY", "SCALE_CALLBACK_AUTH_KEY", "NOTE"]
    secrets.callbacks.verify({"scale-callback-auth": CALLBACK_KEY})


def test_a_key_of_the_other_mode_is_refused() -> None:
    with pytest.raises(SeparationError) as caught:
        scale_secrets.load(coordinates={"api_key": "environ:TEST_SLOT"}, mode="live")
    assert caught.value.message.startswith("SEP001 environ:TEST_SLOT: ")


def test_a_guard_of_the_manifest_binds_whoever_comes_to_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scale-secrets.toml"
    path.write_text(MANIFEST)
    path.chmod(0o644)
    wanted: dict[str, Any] = {"coordinates": {"api_key": "environ:LIVE_SLOT"}, "mode": "live"}
    with pytest.raises(SeparationError, match="SEP006"):
        scale_secrets.load(**wanted)
    monkeypatch.setenv("REF", "main")
    assert scale_secrets.load(**wanted).api_key.reveal() == LIVE_KEY


@pytest.mark.parametrize(
    ("wanted", "error", "told"),
    [
        ({}, UsageError, "an environment or coordinates"),
        (
            {"environment": "live", "coordinates": {}, "mode": "live"},
            UsageError,
            "an environment or coordinates",
        ),
        ({"environment": "live", "mode": "live"}, UsageError, "mode goes with coordinates"),
        ({"coordinates": {"api_key": "environ:A"}}, UsageError, "do not tell whether"),
        ({"coordinates": {"api_key": "environ:A"}, "mode": "prod"}, UsageError, "do not tell"),
        ({"coordinates": {"api_key": "A"}, "mode": "live"}, CoordinateError, "a store's name"),
        ({"coordinates": {"api_key": "none:A"}, "mode": "live"}, UsageError, "no store named"),
        ({"coordinates": {"api_key": "environ:A"}, "mode": "live"}, NotFoundError, "environ:A"),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_what_does_not_add_up_is_refused(
    wanted: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told) as caught:
        scale_secrets.load(**wanted)
    assert type(caught.value) is error


def test_a_key_in_the_place_of_a_coordinate_is_not_repeated() -> None:
    with pytest.raises(CoordinateError) as caught:
        scale_secrets.load(coordinates={"api_key": LIVE_KEY}, mode="live")
    assert LIVE_KEY not in str(caught.value) + caught.value.hint
