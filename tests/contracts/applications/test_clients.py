"""Real clients against loopback servers: one header for all, and nobody else ever gets it."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from scaleapi.exceptions import ScaleException  # type: ignore[import-untyped]
from scaleapi.tasks import TaskType  # type: ignore[import-untyped]

from scale_secrets.errors import SeparationError
from tests.contracts.applications.clients import CLIENTS, GUARDED, THIEF, Carrier
from tests.contracts.applications.conftest import LOOK_ALIKES, CarrierOf, World
from tests.support.project import LIVE_BASIC, LIVE_KEY
from tests.support.scale_server import ScaleServer, redirect

KEYS = {
    LIVE_KEY: LIVE_BASIC,
    "live_ScaleRocks": "Basic bGl2ZV9TY2FsZVJvY2tzOg==",  # Scale's own documentation
    # printf 'KEY:' | base64 -w0
    "0123|4567|live": "Basic MDEyM3w0NTY3fGxpdmU6",
    'live_a"b\\c$d%e': "Basic bGl2ZV9hImJcYyRkJWU6",
}


@pytest.mark.parametrize("key", KEYS)
def test_every_client_sends_the_same_header(carrier_of: CarrierOf, world: World, key: str) -> None:
    world.scale.keys = {key}
    with ScaleServer([key]) as plain:
        for base_url, server in ((world.base_url, world.scale), (plain.base_url, plain)):
            carrier = carrier_of(base_url, key)
            for client in CLIENTS.values():
                client(carrier, "GET", f"{base_url}/projects")
            assert server.authorizations == [KEYS[key]] * len(CLIENTS)


def test_the_sdk_does_its_work(carrier_of: CarrierOf, world: World) -> None:
    client = carrier_of(world.base_url).secrets.scale_client(verify=str(world.authority))
    assert [project.name for project in client.projects()] == ["cat_labels"]
    assert [one.role for one in client.list_teammates()] == ["admin"]
    assert list(client.batches(limit=1)) == []
    assert client.create_task(TaskType.ImageAnnotation, attachment="cat.png").id == "t1"
    assert world.scale.authorizations == [LIVE_BASIC] * 4


def test_version_2_is_sent_the_key_as_a_bearer_token(carrier_of: CarrierOf, world: World) -> None:
    client = carrier_of(world.base_url).secrets.scale_client(verify=str(world.authority))
    with suppress(Exception):  # the stand-in knows nothing of version 2
        client.v2.get_batches()
    assert [asked.target.partition("?")[0] for asked in world.scale.requests] == ["/v2/batches"]
    assert world.scale.authorizations == [f"Bearer {LIVE_KEY}"]


def elsewhere(world: World) -> list[str]:
    """Where a redirect may lead: another scheme, port, address or name, and a look-alike."""
    return [
        f"http://{THIEF}:{world.plain.port}/v1/projects",
        f"https://{THIEF}:{world.hidden.port}/v1/projects",
        f"http://foreign.example:{world.plain.port}/",
        f"https://foreign.example:{world.hidden.port}/v1/projects",
        f"//foreign.example:{world.hidden.port}/v1/projects",
        *(f"https://{name}:{world.hidden.port}/v1/projects" for name in LOOK_ALIKES[:3]),
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name", CLIENTS)
def test_a_redirect_takes_the_key_nowhere(
    carrier_of: CarrierOf, world: World, name: str, status: int
) -> None:
    carrier = carrier_of(world.base_url)
    method = "POST" if status in (307, 308) else "GET"
    targets = elsewhere(world)
    for target in targets:
        world.scale.script = redirect(target, status)
        with suppress(ScaleException):  # the SDK takes a redirect for a failure
            CLIENTS[name](carrier, method, f"{world.base_url}/projects")
    assert world.scale.authorizations == [LIVE_BASIC] * len(targets)
    assert world.stolen(LIVE_KEY, LIVE_BASIC) == []


@pytest.mark.parametrize("name", [name for name in CLIENTS if name != "scaleapi"])
def test_the_tests_see_redirects_followed(carrier_of: CarrierOf, world: World, name: str) -> None:
    """Otherwise the test above would show nothing. The SDK's client follows none at all."""
    carrier = carrier_of(world.base_url)
    world.scale.script = redirect(f"https://foreign.example:{world.hidden.port}/v1/projects")
    CLIENTS[name](carrier, "GET", f"{world.base_url}/projects")
    assert [asked.target for asked in world.hidden.requests] == ["/v1/projects"]


@pytest.mark.parametrize("name", GUARDED)
def test_a_redirect_within_scale_is_not_followed_with_the_key_either(
    carrier_of: CarrierOf, world: World, name: str
) -> None:
    carrier = carrier_of(world.base_url)
    for status in (301, 302, 303, 307, 308):
        sent = len(world.scale.requests)
        world.scale.script = lambda asked, status=status: (  # type: ignore[misc]
            redirect(f"{world.base_url}/moved", status)(asked)
            if asked.target.endswith("/projects")
            else None
        )
        with suppress(ScaleException):
            CLIENTS[name](carrier, "GET", f"{world.base_url}/projects")
        first, *rest = world.scale.authorizations[sent:]
        assert first == LIVE_BASIC
        assert set(rest) <= {None}


def forbidden(world: World) -> list[str]:
    """Addresses that a program may be led to write: none of them is Scale's, or none is safe."""
    scale, hidden, plain = (server.port for server in (world.scale, world.hidden, world.plain))
    return [
        f"http://{THIEF}:{plain}/v1/projects",
        f"http://foreign.example:{plain}/v1/projects",
        f"https://foreign.example:{hidden}/v1/projects",
        f"http://localhost:{plain}/v1/projects",
        f"http://127.0.0.1:{scale}/v1/projects",
        f"http://api.scale.com:{scale}/v1/projects",
        f"http://api.scale.com:{plain}/v1/projects",
        f"https://api.scale.com:{hidden}/v1/projects",
        f"https://api.scale.com.:{scale}/v1/projects",
        f"https://api.scale.com@{THIEF}:{hidden}/v1/projects",
        f"https://api.scale.com:{scale}@{THIEF}:{hidden}/v1/projects",
        f"https://{THIEF}:{hidden}\\@api.scale.com:{scale}/v1/projects",
        f"https://{THIEF}:{hidden}#@api.scale.com:{scale}/v1/projects",
        f"https://{THIEF}:{hidden}?@api.scale.com:{scale}/v1/projects",
        *(f"https://{name}:{hidden}/v1/projects" for name in LOOK_ALIKES),
        f"https://api.\u017fcale.com:{hidden}/v1/projects",  # the long s: NFKC makes it Scale's
        f"https://api\u3002scale\u3002com:{hidden}/v1/projects",  # full stops of ideographs
    ]


@pytest.mark.parametrize("name", GUARDED)
def test_no_other_host_gets_the_key(carrier_of: CarrierOf, world: World, name: str) -> None:
    carrier = carrier_of(world.base_url)
    for address in forbidden(world):
        with suppress(Exception):  # ours or the client's own
            CLIENTS[name](carrier, "GET", address)
            pytest.fail(f"{name} asked {address}")  # no Exception
    assert world.stolen(LIVE_KEY, LIVE_BASIC) == []


@pytest.mark.parametrize("name", GUARDED)
def test_a_foreign_host_is_told_as_a_broken_rule(
    carrier_of: CarrierOf, world: World, name: str
) -> None:
    carrier = carrier_of(world.base_url)
    for address in (
        f"http://{THIEF}:{world.plain.port}/v1/projects",
        f"https://{LOOK_ALIKES[0]}:{world.hidden.port}/v1/projects",
        f"http://api.scale.com:{world.plain.port}/v1/projects",
    ):
        with pytest.raises(SeparationError, match="SEP007") as caught:
            CLIENTS[name](carrier, "GET", address)
        assert str(urlsplit(address).hostname) in caught.value.message
        assert caught.value.hint
    assert world.plain.requests == world.hidden.requests == []


def test_a_proxy_of_the_surroundings_is_not_told_of_an_sdk_request(
    carrier_of: CarrierOf, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over plain http it would be sent the key."""
    with ScaleServer([LIVE_KEY]) as plain:
        carrier: Carrier = carrier_of(plain.base_url)
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, world.plain.origin)
        assert carrier.secrets.scale_client().projects()
    assert world.plain.requests == []
