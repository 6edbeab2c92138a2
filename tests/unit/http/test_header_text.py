"""The header's value in the hands of a client: sent as it is, shown nowhere."""

from __future__ import annotations

import copy
import pickle

import requests

from scale_secrets.http.auth import authorization, bearer
from scale_secrets.values import MASK, SecretValue
from tests.support.project import LIVE_BASIC, LIVE_KEY

KEY = SecretValue(LIVE_KEY)


def test_it_is_the_header() -> None:
    assert authorization(KEY) == LIVE_BASIC
    assert authorization(KEY).encode() == LIVE_BASIC.encode()
    assert bearer(KEY) == f"Bearer {LIVE_KEY}"


def test_a_dict_of_headers_shows_a_mask() -> None:
    request = requests.Request("GET", "https://api.scale.com/v1").prepare()
    request.headers["Authorization"] = authorization(KEY)
    assert f"'Authorization': {MASK}" in f"{request.headers} {vars(request)}"
    assert LIVE_BASIC not in f"{request.headers} {vars(request)}"


def test_a_pickle_holds_a_mask_and_a_copy_the_header() -> None:
    assert pickle.loads(pickle.dumps(authorization(KEY))) == MASK  # noqa: S301 - made here
    assert copy.copy(authorization(KEY)) == LIVE_BASIC
    assert copy.deepcopy({"it": authorization(KEY)}) == {"it": LIVE_BASIC}
