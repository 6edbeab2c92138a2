"""For the tests of applications: surroundings of their own, and Scale's API on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import scale_secrets
from tests.contracts.applications.clients import THIEF, Carrier, resolve_on_loopback
from tests.support.project import LIVE_KEY
from tests.support.scale_server import ScaleServer
from tests.support.tls import Authority

MANIFEST = """\
[scale]
base_url = "BASE"
[stores.main]
kind = "environ"
[environments.live]
mode = "live"
store = "main"
[environments.live.secrets.api_key]
path = "SLOT"
allow_unknown_shape = true
"""
# Names that some rule of comparing hosts has taken for Scale's.
LOOK_ALIKES = (
    "api.scale.com.evil.example",
    "apiscale.com",
    "scale.com.evil.example",
    "evil-scale.com",
    "api.scale.co",
    "api-scale.com",
    "api.sca1e.com",
    "xn--scle-0na.com",
)


@dataclass
class World:
    """``scale`` is where keys belong. ``plain`` and ``hidden`` (over TLS) are somebody else's."""

    scale: ScaleServer
    plain: ScaleServer
    hidden: ScaleServer
    authority: Path

    @property
    def base_url(self) -> str:
        """Scale's own name, at the port where the test's server is."""
        return f"https://api.scale.com:{self.scale.port}/v1"

    def stolen(self, *keys: str) -> list[str]:
        """Where a key, or any Authorization header at all, arrived and should not have."""
        found = []
        for name, thief in (("plain", self.plain), ("hidden", self.hidden)):
            received = thief.received()
            found += [f"{name}: {text}" for text in thief.authorizations if text is not None]
            found += [f"{name}: the key" for key in keys if key.encode() in received]
        return found


@pytest.fixture(scope="package")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="package")
def servers(certificates: Authority) -> Iterator[World]:
    ours = certificates.issue("scale", "api.scale.com", "127.0.0.1")
    theirs = certificates.issue("thief", *LOOK_ALIKES, "foreign.example", THIEF)
    with (
        ScaleServer(pair=ours) as scale,
        ScaleServer(host=THIEF) as plain,
        ScaleServer(host=THIEF, pair=theirs) as hidden,
    ):
        yield World(scale, plain, hidden, certificates.file)


@pytest.fixture
def world(servers: World) -> World:
    """The same servers for every test, and none of them knows anything of the last one."""
    for server in (servers.scale, servers.plain, servers.hidden):
        server.reset()
    servers.scale.keys = {LIVE_KEY}
    return servers


CarrierOf = Callable[..., Carrier]


@pytest.fixture
def carrier_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificates: Authority
) -> CarrierOf:
    """A key as ``load`` loads it, for the base URL of a manifest."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    resolve_on_loopback(monkeypatch)

    def made(base_url: str, key: str = LIVE_KEY) -> Carrier:
        monkeypatch.setenv("SLOT", key)
        monkeypatch.setenv("SCALE_SECRETS_TRUSTED", base_url)
        manifest = tmp_path / "scale-secrets.toml"
        manifest.write_text(MANIFEST.replace("BASE", base_url))
        manifest.chmod(0o644)
        secrets = scale_secrets.load("live", manifest=manifest)
        return Carrier(secrets, manifest, certificates.file)

    return made
