"""A bundle in a program's hands: names, attributes, variables; no value by accident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scale_secrets.bundle import Bundle, Secret
from scale_secrets.errors import NotFoundError
from scale_secrets.model import Coordinate, Mode, SecretSpec, SecretType
from scale_secrets.values import SecretValue
from tests.support.project import LIVE_KEY

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def secret(name: str, text: str = LIVE_KEY, created: datetime | None = None) -> Secret:
    spec = SecretSpec(name, Coordinate("main", name), SecretType.OPAQUE, name.upper())
    return Secret(spec, SecretValue(text), "1", created)


@pytest.fixture
def bundle() -> Bundle:
    secrets = {name: secret(name) for name in ("api_key", "secrets", "mode")}
    return Bundle(("live", "base"), Mode.LIVE, secrets, {"SCALE_PROJECT": "cats"})


def test_it_is_a_mapping_of_secrets(bundle: Bundle) -> None:
    assert list(bundle) == ["api_key", "secrets", "mode"]
    assert len(bundle) == 3
    assert bundle["api_key"].value.reveal() == LIVE_KEY
    assert "other" not in bundle


def test_a_value_is_an_attribute_unless_the_bundle_has_one_of_that_name(bundle: Bundle) -> None:
    assert bundle.api_key.reveal() == LIVE_KEY
    assert bundle.mode is Mode.LIVE
    with pytest.raises(AttributeError, match="no secret named 'other'"):
        _ = bundle.other
    with pytest.raises(AttributeError):
        _ = bundle._private


def test_nothing_of_a_value_is_printed(bundle: Bundle) -> None:
    for text in (repr(bundle), str(bundle), f"{bundle}", repr(bundle["api_key"])):
        assert LIVE_KEY not in text
    assert "cats" not in repr(bundle)


def test_a_process_gets_config_and_secrets(bundle: Bundle) -> None:
    variables = bundle.variables()
    assert list(variables) == ["SCALE_PROJECT", "API_KEY", "SECRETS", "MODE"]
    assert variables["SCALE_PROJECT"] == "cats"
    assert isinstance(variables["API_KEY"], SecretValue)


def test_an_optional_secret_that_is_absent_is_told_when_it_is_needed(bundle: Bundle) -> None:
    assert bundle.require("api_key") is bundle["api_key"]
    with pytest.raises(NotFoundError, match=r"live\+base: other is optional") as caught:
        bundle.require("other")
    assert "put other" in caught.value.hint


def test_an_age_is_told_in_days() -> None:
    assert secret("x", created=NOW - timedelta(hours=36)).age_days(NOW) == 1.5
    assert secret("x").age_days(NOW) is None
