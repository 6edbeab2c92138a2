"""Each form of the header through the real client it is for: one key, one identical header."""

from __future__ import annotations

import json
import netrc
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scale_secrets.errors import RenderError
from scale_secrets.keys import basic_token
from scale_secrets.render.header import render_header
from scale_secrets.render.headers.interface import Target
from scale_secrets.values import SecretValue
from tests.support.dialect_server import HeaderServer, header_server

KEY = SecretValue("live_ScaleRocks")
HEADER = "Basic bGl2ZV9TY2FsZVJvY2tzOg=="  # the example of Scale's documentation

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
needs_wget = pytest.mark.skipif(not shutil.which("wget"), reason="wget is not installed")


@pytest.fixture
def server() -> Iterator[HeaderServer]:
    with header_server() as running:
        yield running


def _run(argv: list[str], *, stdin: str = "", env: dict[str, str] | None = None) -> int:
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
    return subprocess.run(
        argv,
        input=stdin.encode(),
        env=bare | (env or {}),
        stdout=subprocess.DEVNULL,
        timeout=60,
        check=False,
    ).returncode


def _curl(url: str, directory: Path) -> None:
    _run(["curl", "-s", "-L", "-K", "-", url], stdin=render_header("curl", KEY).reveal())


def _curl_header_file(url: str, directory: Path) -> None:
    file = directory / "header"
    file.write_text(render_header("header", KEY).reveal())
    _run(["curl", "-s", "-H", f"@{file}", url])


def _curl_netrc(url: str, directory: Path) -> None:
    file = directory / "netrc"
    file.write_text(render_header("netrc", KEY, Target(base_url=url)).reveal())
    _run(["curl", "-s", "--netrc-file", str(file), url])


def _wget(url: str, directory: Path) -> None:
    file = directory / "wgetrc"
    file.write_text(render_header("wget", KEY).reveal())
    _run(["wget", "-q", "-O", "-", url], env={"WGETRC": str(file)})


def _requests_netrc(url: str, directory: Path) -> None:
    import requests

    file = directory / "netrc"
    file.write_text(render_header("netrc", KEY, Target(base_url=url)).reveal())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETRC", str(file))
        requests.get(url, timeout=10)


def _requests_json(url: str, directory: Path) -> None:
    import requests

    requests.get(url, headers=json.loads(render_header("json", KEY).reveal()), timeout=10)


def _requests_value(url: str, directory: Path) -> None:
    import requests

    value = render_header("value", KEY).reveal().removesuffix("\n")
    requests.get(url, headers={"Authorization": value}, timeout=10)


def _postman(url: str, directory: Path) -> None:
    """No Postman can be had: its "Basic Auth" sends user and password as requests does."""
    import requests

    values = json.loads(render_header("postman", KEY).reveal())["values"]
    variables = {one["key"]: one["value"] for one in values}
    requests.get(url, auth=(variables["SCALE_API_KEY"], ""), timeout=10)


def _official_sdk(url: str, directory: Path) -> None:
    """Not rendered by us: what every form must agree with."""
    import scaleapi  # type: ignore[import-untyped]  # the SDK has no types

    scaleapi.ScaleClient(KEY.reveal(), api_instance_url=url).projects()


CLIENTS = [
    pytest.param(_curl, marks=needs_curl),
    pytest.param(_curl_header_file, marks=needs_curl),
    pytest.param(_curl_netrc, marks=needs_curl),
    pytest.param(_wget, marks=needs_wget),
    _requests_netrc,
    _requests_json,
    _requests_value,
    _postman,
    _official_sdk,
]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_sends_the_documented_header(
    client: Callable[[str, Path], None], server: HeaderServer, tmp_path: Path
) -> None:
    client(server.url("/v1"), tmp_path)
    assert [headers for _, headers in server.seen] == [[HEADER]]


@pytest.mark.parametrize(
    "client", [pytest.param(_curl, marks=needs_curl), pytest.param(_wget, marks=needs_wget)]
)
def test_no_redirect_carries_the_header_to_another_host(
    client: Callable[[str, Path], None], server: HeaderServer, tmp_path: Path
) -> None:
    client(server.url("/redirect"), tmp_path)
    assert ("/redirect", [HEADER]) in server.seen
    assert all(not headers for path, headers in server.seen if path == "/elsewhere")


@needs_wget
def test_wget_answers_a_challenge_with_no_other_credential(
    server: HeaderServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login other password other\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    _wget(server.url("/challenge"), tmp_path)
    assert {tuple(headers) for _, headers in server.seen} == {(HEADER,)}


def _sendable_keys(count: int) -> list[str]:
    """Every shape that HTTP Basic can carry: visible ASCII without the colon."""
    alphabet = [chr(code) for code in range(0x21, 0x7F) if chr(code) != ":"]
    keys: list[str] = [*alphabet, *(f"{char}a{char}" for char in alphabet)]

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.text(st.sampled_from(alphabet), min_size=1, max_size=40))
    def collect(key: str) -> None:
        keys.append(key)

    collect()
    return keys


@needs_curl
def test_curl_reads_back_every_key(server: HeaderServer) -> None:
    """Two thousand keys in one process: ``next`` separates the transfers."""
    keys = _sendable_keys(2000)
    blocks = [
        f'url = "{server.url("/")}"\n{render_header("curl", SecretValue(key)).reveal()}'
        for key in keys
    ]
    assert _run(["curl", "-s", "-K", "-"], stdin="next\n".join(blocks)) == 0
    expected = [[basic_token(SecretValue(key)).reveal()] for key in keys]
    assert [headers for _, headers in server.seen] == expected


def test_python_netrc_reads_back_every_key_that_is_not_refused(tmp_path: Path) -> None:
    keys = _sendable_keys(2000)
    file = tmp_path / "netrc"
    lines: list[str] = []
    held: dict[str, str] = {}
    for number, key in enumerate(keys):
        target = Target(base_url=f"https://h{number}/v1")
        try:
            lines.append(render_header("netrc", SecretValue(key), target).reveal())
        except RenderError:
            continue
        held[f"h{number}"] = key
    file.write_text("".join(lines))

    read = netrc.netrc(str(file))

    assert {host: read.authenticators(host) for host in held} == {
        host: (key, "", "") for host, key in held.items()
    }
    assert len(held) > len(keys) / 2


@needs_curl
def test_curl_reads_netrc_keys_as_python_does(server: HeaderServer, tmp_path: Path) -> None:
    """A sample, since curl opens one netrc file per process."""
    for key in (
        "live_ScaleRocks",
        "a|b|test",
        "live_#'$`%s",
        "machine",
        "login",
        "x{}[]()<>;&*?!~",
    ):
        url = server.url("/")
        file = tmp_path / "netrc"
        rendered = render_header("netrc", SecretValue(key), Target(base_url=url))
        file.write_text(rendered.reveal())
        server.seen.clear()
        _run(["curl", "-s", "--netrc-file", str(file), url])
        assert server.seen == [("/", [basic_token(SecretValue(key)).reveal()])]
