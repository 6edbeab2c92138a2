"""``scale_client``: the official SDK does its job, and the key goes nowhere else."""

from __future__ import annotations

import gc
import io
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import scaleapi  # type: ignore[import-untyped]
from scaleapi.api_client.v2.exceptions import (  # type: ignore[import-untyped]
    ApiException,
    UnauthorizedException,
)
from scaleapi.exceptions import ScaleException, ScaleUnauthorized  # type: ignore[import-untyped]
from scaleapi.tasks import TaskType  # type: ignore[import-untyped]

from scale_secrets.errors import SeparationError
from scale_secrets.http.sdk import guarded_client
from scale_secrets.http.source import FixedKey, KeySource
from scale_secrets.values import SecretValue
from tests.contracts.http.callers import Rotating, auth_for
from tests.support.listener import Listener
from tests.support.project import LIVE_BASIC, LIVE_KEY
from tests.support.scale_server import Answer, ScaleServer, at_first, redirect, refusal
from tests.support.tls import Authority

LIVE_BEARER = f"Bearer {LIVE_KEY}"
OLD_KEY = "live_" + "00112233" * 4
OLD_BASIC = requests.auth._basic_auth_str(OLD_KEY, "")
TASKS: dict[str, Any] = {"tasks": []}


@pytest.fixture
def scale() -> Iterator[ScaleServer]:
    with ScaleServer([LIVE_KEY]) as server:
        yield server


def client_for(scale: ScaleServer, source: KeySource | None = None, **options: Any) -> Any:
    auth = auth_for(scale.base_url, source or FixedKey(SecretValue(LIVE_KEY)))
    return guarded_client(auth, scale.base_url, **{"timeout": 10.0, **options})


def test_it_is_the_sdks_own_client(scale: ScaleServer) -> None:
    client = client_for(scale)
    assert isinstance(client, scaleapi.ScaleClient)
    assert [project.name for project in client.projects()] == ["cat_labels"]
    assert [mate.email for mate in client.list_teammates()] == ["ada@example.com"]
    assert list(client.get_batches()) == []
    task = client.create_task(TaskType.ImageAnnotation, project="cat_labels", unique_id="u1")
    assert task.id == "t1"
    assert scale.authorizations == [LIVE_BASIC] * 4
    (agent,) = scale.requests[0].header("User-Agent")
    assert agent.startswith("scaleapi/")


def test_a_file_is_uploaded(scale: ScaleServer) -> None:
    scale.script = lambda asked: Answer(200, {"id": "f1", "attachment_url": "scaledata://f1"})
    with io.BytesIO(b"a picture") as file:
        assert client_for(scale).upload_file(file=file, project_name="cat_labels").id == "f1"
    (asked,) = scale.requests
    assert asked.authorization == LIVE_BASIC
    assert b"a picture" in asked.body


def test_a_server_that_fails_once_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the SDK does it, over https; a server's wish to wait for hours is not obeyed."""
    monkeypatch.setattr(scaleapi.api, "HTTP_RETRY_BACKOFF_FACTOR", 0)
    authority = Authority(tmp_path)
    with ScaleServer([LIVE_KEY], pair=authority.issue("scale", "127.0.0.1")) as scale:
        scale.script = at_first(refusal(503, "busy", Retry_After="21600"))
        ASKS["v1"](client_for(scale, verify=str(authority.file)))
    assert scale.authorizations == [LIVE_BASIC] * 2


def test_version_2_asks_the_same_host(scale: ScaleServer) -> None:
    scale.script = lambda asked: Answer(200, TASKS)
    client_for(scale).v2.get_tasks(project_name="cat_labels")
    (asked,) = scale.requests
    assert asked.target == "/v2/tasks?project_name=cat_labels"
    assert asked.authorization == LIVE_BEARER


Ask = Callable[[Any], object]
ASKS: dict[str, Ask] = {
    "v1": lambda client: client.projects(),
    "v2": lambda client: client.v2.get_tasks(project_name="cat_labels"),
}
each_version = pytest.mark.parametrize("version", ASKS)


@each_version
def test_no_redirect_is_followed(version: str, scale: ScaleServer) -> None:
    with ScaleServer([LIVE_KEY], host="127.0.0.2") as other:
        for place in (other, scale):
            scale.script = redirect(f"{place.base_url}/projects")
            with pytest.raises(Exception, match="307"):
                ASKS[version](client_for(scale))
    assert other.requests == []
    assert len(scale.requests) == 2


@each_version
def test_another_host_is_refused_whatever_the_client_is_told_later(
    version: str, scale: ScaleServer
) -> None:
    client = client_for(scale)
    with ScaleServer([LIVE_KEY], host="127.0.0.2") as foreign:
        client.api.base_api_url = foreign.base_url
        client.v2.api_client.configuration.host = foreign.origin
        with pytest.raises(SeparationError, match="SEP007"):
            ASKS[version](client)
    assert foreign.requests == []


@each_version
def test_a_server_that_never_answers_is_given_up(version: str) -> None:
    with Silent() as silent, pytest.raises(Exception, match=r"[Tt]ime(d )?out"):
        ASKS[version](client_for(silent, timeout=0.05))


class Silent(ScaleServer):
    """Accepts connections and lets them wait until it is left."""

    def __exit__(self, *_: Any) -> None:
        self._server.server_close()

    def __enter__(self) -> Silent:  # the kernel accepts, nobody reads
        return self


@each_version
def test_a_rotated_key_is_replaced_once(version: str, scale: ScaleServer) -> None:
    scale.script = at_first(refusal(401, "no"), Answer(200, TASKS if version == "v2" else []))
    source = Rotating(OLD_KEY, LIVE_KEY)
    ASKS[version](client_for(scale, source))
    assert source.refused == [OLD_KEY]
    assert (
        scale.authorizations
        == {
            "v1": [OLD_BASIC, LIVE_BASIC],
            "v2": [f"Bearer {OLD_KEY}", LIVE_BEARER],
        }[version]
    )


@each_version
def test_without_another_key_the_refusal_is_the_answer(version: str, scale: ScaleServer) -> None:
    source = Rotating(OLD_KEY)
    with pytest.raises((ScaleUnauthorized, UnauthorizedException)):
        ASKS[version](client_for(scale, source))
    assert source.refused == [OLD_KEY]
    assert len(scale.requests) == 1


def test_creating_a_task_is_not_repeated_after_a_refusal(scale: ScaleServer) -> None:
    source = Rotating(OLD_KEY, LIVE_KEY)
    client = client_for(scale, source)
    with pytest.raises(ScaleUnauthorized):
        client.create_task(TaskType.ImageAnnotation, project="cat_labels")
    assert len(scale.requests) == 1
    assert client.create_task(TaskType.ImageAnnotation, project="cat_labels").id == "t1"


def test_nothing_of_the_surroundings_counts(
    scale: ScaleServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.touch(mode=0o600)
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("SCALE_API_KEY", OLD_KEY)
    scale.script = at_first(None, Answer(200, TASKS))
    with Listener() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        client = client_for(scale)
        ASKS["v1"](client)
        ASKS["v2"](client)
    assert proxy.connections == 0
    assert scale.authorizations == [LIVE_BASIC, LIVE_BEARER]


def test_a_proxy_and_a_ca_that_the_program_names_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scaleapi.api, "HTTP_RETRY_BACKOFF_FACTOR", 0)
    authority = Authority(tmp_path)
    with ScaleServer([LIVE_KEY], pair=authority.issue("scale", "127.0.0.1")) as scale:
        scale.script = at_first(None, Answer(200, TASKS))
        client = client_for(scale, verify=str(authority.file))
        ASKS["v1"](client)
        ASKS["v2"](client)
        assert scale.authorizations == [LIVE_BASIC, LIVE_BEARER]
        with Listener() as proxy:
            through = client_for(scale, proxies={"https": proxy.url})
            for ask in ASKS.values():
                with pytest.raises(Exception, match="Proxy"):
                    ask(through)
            assert b"CONNECT" in proxy.received
            assert LIVE_KEY.encode() not in proxy.received


def test_the_client_holds_the_key_in_no_attribute(scale: ScaleServer) -> None:
    client = client_for(scale)
    ASKS["v1"](client)
    assert not _holding_the_key(client)
    assert _holding_the_key(scaleapi.ScaleClient(LIVE_KEY)), "it would be found"


def _holding_the_key(client: object) -> list[str]:
    return [text for text in _texts(client) if LIVE_KEY in text or LIVE_BASIC in text]


def _texts(root: object) -> Iterator[str]:
    """Every text that can be reached from an object, but for modules, classes and functions."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type) or callable(one) or hasattr(one, "__path__"):
            continue
        seen.add(id(one))
        if isinstance(one, str):
            yield one
        waiting += gc.get_referents(one)


@each_version
def test_a_failure_on_the_way_leaves_no_trace_of_the_key(version: str, scale: ScaleServer) -> None:
    """Though whoever reports it collects the local variables of every frame."""
    client = client_for(scale)
    scale._server.server_close()
    with pytest.raises((ScaleException, ApiException), match="ConnectionError") as caught:
        ASKS[version](client)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    text = "".join(shown.format())
    assert "header_params" in text or "headers" in text, "locals are shown"
    assert LIVE_KEY not in text
    assert LIVE_BASIC.removeprefix("Basic ") not in text
