"""What ``load`` hands over: which key signs, for which hosts, and what else a program can ask."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import requests

import scale_secrets
from scale_secrets.errors import SeparationError, TrustError, UsageError
from scale_secrets.service.application import Secrets
from tests.support.project import LIVE_BASIC, LIVE_KEY
from tests.support.scale_server import ScaleServer

OTHER_KEY = "live_" + "89abcdef" * 4
CALLBACK_KEY = "live_auth_" + "0123456789abcdef" * 2
API = {"type": "scale-api-key"}


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, text in {"ONE": LIVE_KEY, "TWO": OTHER_KEY, "BACK": CALLBACK_KEY}.items():
        monkeypatch.setenv(name, text)


def loaded(base_url: str | None = None, **secrets: dict[str, Any]) -> Secrets:
    document: dict[str, Any] = {
        "stores": {"main": {"kind": "environ"}},
        "environments": {"live": {"mode": "live", "store": "main", "secrets": secrets}},
    }
    if base_url:
        document["scale"] = {"base_url": base_url}
    return scale_secrets.load("live", manifest=document)


def header_of(auth: scale_secrets.ScaleAuth, url: str = "https://api.scale.com/v1") -> str | bytes:
    return requests.Request("GET", url, auth=auth).prepare().headers["Authorization"]


def test_the_key_named_api_key_signs_whatever_others_there_are() -> None:
    secrets = loaded(api_key={"path": "ONE"}, other={"path": "TWO", **API})
    assert header_of(secrets.auth) == LIVE_BASIC
    assert header_of(secrets["api_key"].auth) == LIVE_BASIC
    assert header_of(secrets["other"].auth) != LIVE_BASIC
    assert repr(secrets.auth) == "ScaleAuth(https://api.scale.com)"


def test_the_only_api_key_signs_whatever_its_name() -> None:
    secrets = loaded(team={"path": "ONE", **API}, note={"path": "TWO", "type": "opaque"})
    assert header_of(secrets.auth) == LIVE_BASIC


def test_of_several_api_keys_one_has_to_be_named() -> None:
    secrets = loaded(one={"path": "ONE", **API}, two={"path": "TWO", **API})
    with pytest.raises(UsageError, match="has 2 API keys; name one") as caught:
        _ = secrets.auth
    assert caught.value.hint == "its API keys: one, two"


def test_what_is_no_api_key_signs_nothing() -> None:
    secrets = loaded(callback_auth_key={"path": "BACK"})
    with pytest.raises(UsageError, match="environment live has 0 API keys"):
        secrets.scale_client()
    with pytest.raises(UsageError, match="callback_auth_key is no API key"):
        _ = secrets["callback_auth_key"].auth


def test_without_a_callback_key_there_is_no_verifier() -> None:
    with pytest.raises(UsageError, match="no callback key"):
        _ = loaded(api_key={"path": "ONE"}).callbacks


def test_a_verifier_goes_on_counting() -> None:
    secrets = loaded(callback_auth_key={"path": "BACK"})
    assert secrets.callbacks is secrets.callbacks


def test_the_base_url_that_the_user_trusts_gets_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScaleServer([LIVE_KEY]) as scale:
        with pytest.raises(TrustError):
            loaded(scale.base_url, api_key={"path": "ONE"})
        monkeypatch.setenv("SCALE_SECRETS_TRUSTED", scale.base_url)
        secrets = loaded(scale.base_url, api_key={"path": "ONE"})
        assert secrets.base_url == scale.base_url
        url = f"{scale.base_url}/projects"
        assert requests.get(url, auth=secrets.auth, timeout=10).status_code == 200
        assert [one.name for one in secrets.scale_client().projects()] == ["cat_labels"]
        with pytest.raises(SeparationError, match="SEP007"):
            header_of(loaded(api_key={"path": "ONE"}).auth, url)
    assert scale.authorizations == [LIVE_BASIC] * 2


def test_without_the_sdk_its_client_is_refused_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "scale_secrets.http.sdk", raising=False)
    monkeypatch.setitem(sys.modules, "scaleapi", None)
    with pytest.raises(UsageError) as caught:
        loaded(api_key={"path": "ONE"}).scale_client()
    assert "scaleapi" in caught.value.message
    assert caught.value.hint == "pip install scaleapi"


def test_nothing_of_a_value_is_printed() -> None:
    secrets = loaded(api_key={"path": "ONE"}, callback_auth_key={"path": "BACK"})
    one = secrets["api_key"]
    for shown in (secrets, one, secrets.auth, one.auth, secrets.callbacks, secrets.accepted):
        assert LIVE_KEY not in f"{shown!r}{shown}"
        assert CALLBACK_KEY not in f"{shown!r}{shown}"
