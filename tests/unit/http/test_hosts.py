"""SEP007: which addresses may get a key, whatever a parser might make of them."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest
import requests
import urllib3
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scale_secrets.errors import SeparationError, UsageError
from scale_secrets.http.hosts import Hosts
from scale_secrets.separation.hosts import Origin, is_scales, origin_of
from tests.support.conformance import amount

SCALE = Hosts.of("https://api.scale.com/v1")
LOOPBACK = Hosts.of("http://127.0.0.1:8080/v1")

ALLOWED = [
    "https://api.scale.com",
    "https://api.scale.com/v1/batches?limit=1",
    "https://api.scale.com:443/v1",
    "https://scale.com/",
    "https://API.Scale.COM/v1",
    "https://api.egp.scale.com?x=@evil.example",
    "https://api.scale.com#@evil.example",
    "https://api.scale.com/@evil.example",
]
FOREIGN = [
    "https://evil.example/v1",
    "https://api.scale.com.evil.example/v1",
    "https://xscale.com/v1",
    "https://scale.com.co/v1",
    "https://api-scale.com/v1",
    "https://scale.community/v1",
    "https://127.0.0.1/v1",
    "https://[::1]/v1",
    "https://[::ffff:1.2.3.4]/v1",
    "https://0x7f000001/v1",
    "https://xn--pi-6kc.scale.com.example/v1",
    "https://xn--scae-66a.com/v1",
]
UNENCRYPTED = ["http://api.scale.com/v1", "http://api.scale.com:443/v1", "HTTP://scale.com"]
OTHER_PORT = ["https://api.scale.com:8443/v1", "https://api.scale.com:0/", "https://scale.com:80/"]
NOT_PLAIN = [
    "",
    "api.scale.com",
    "//api.scale.com/v1",
    "ftp://api.scale.com/v1",
    "https:/api.scale.com/v1",
    "https:///api.scale.com/v1",
    " https://api.scale.com/v1",
    "https://api.scale.com@evil.example/v1",
    "https://live_ScaleRocks@api.scale.com/v1",
    "https://user:word@api.scale.com/v1",
    "https://@api.scale.com/v1",
    "https://api.scale.com:443@evil.example/v1",
    "https://evil.example\\@api.scale.com/v1",
    "https://api.scale.com\\@evil.example/v1",
    "https://api.scale.com\\.evil.example/v1",
    "https://api.scale.com./v1",
    "https://.scale.com/v1",
    "https://api.scale.com:/v1",
    "https://api.scale.com:٤٤٣/v1",
    "https://api.scale.com:443443/v1",
    "https://api.scale.com\t.evil.example/v1",
    "https://api.scale.com\n/v1",
    "https://api.scale.com /v1",
    "https://api.scale.com%2eevil.example/v1",
    "https://api.\u017fcale.com/v1",
    "https://api.\u0455cale.com/v1",
    "https://api。scale。com/v1",
    "https://[api.scale.com]/v1",
    "https://[::1/v1",
    "https://[::1%25eth0]/v1",
]


@pytest.mark.parametrize("address", ALLOWED, ids=ascii)
def test_scales_own_hosts_get_a_key_over_https(address: str) -> None:
    SCALE.require(address)


def refused(hosts: Hosts, address: str) -> str:
    with pytest.raises(SeparationError) as caught:
        hosts.require(address)
    (found,) = caught.value.findings
    assert found.id == "SEP007"
    assert "ScaleRocks" not in caught.value.message + caught.value.hint
    return f"{found.place} {found.message}"


@pytest.mark.parametrize("address", FOREIGN, ids=ascii)
def test_another_host_gets_none_however_alike_it_looks(address: str) -> None:
    assert "no host of Scale's" in refused(SCALE, address)


@pytest.mark.parametrize("address", UNENCRYPTED, ids=ascii)
def test_scale_gets_none_over_http(address: str) -> None:
    assert "unencrypted" in refused(SCALE, address)


@pytest.mark.parametrize("address", OTHER_PORT, ids=ascii)
def test_another_port_of_scales_gets_none(address: str) -> None:
    assert "port" in refused(SCALE, address)


@pytest.mark.parametrize("address", NOT_PLAIN, ids=ascii)
def test_what_two_parsers_may_read_differently_gets_none_and_is_not_repeated(address: str) -> None:
    told = refused(SCALE, address)
    assert told.startswith("the address of a request is not plainly")


def test_the_trusted_base_url_gets_a_key_at_its_own_origin_alone() -> None:
    LOOPBACK.require("http://127.0.0.1:8080/anything")
    LOOPBACK.require("https://api.scale.com/v1")
    for address in (
        "http://127.0.0.1:8081/v1",
        "http://127.0.0.1/v1",
        "https://127.0.0.1:8080/v1",
        "http://127.0.0.2:8080/v1",
        "http://localhost:8080/v1",
        "http://127.1:8080/v1",
    ):
        refused(LOOPBACK, address)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "x.localhost"])
def test_http_will_do_for_this_machine(host: str) -> None:
    Hosts.of(f"http://{host}:1234/v1").require(f"http://{host}:1234/v1/tasks")


@pytest.mark.parametrize("host", ["scale.internal.example", "10.0.0.1", "[fe80::1]", "0.0.0.0"])
def test_http_will_not_do_for_another_machine_though_the_user_trusts_it(host: str) -> None:
    assert "unencrypted" in refused(Hosts.of(f"http://{host}/v1"), f"http://{host}/v1")
    Hosts.of(f"https://{host}:8443/v1").require(f"https://{host}:8443/v1")


@pytest.mark.parametrize("base_url", ["https://user@api.scale.com/v1", "api.scale.com", ""])
def test_a_base_url_has_to_be_plain(base_url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Hosts.of(base_url)
    assert "user" not in caught.value.message


def test_an_origin_shows_its_port_only_when_it_is_not_the_usual_one() -> None:
    assert str(origin_of("HTTPS://Api.Scale.com:443/v1")) == "https://api.scale.com"
    assert str(Origin("http", "[::1]", 8080)) == "http://[::1]:8080"
    assert origin_of("https://api.scale.com@evil.example") is None


def test_scales_domain_ends_at_a_dot() -> None:
    assert is_scales("scale.com")
    assert is_scales("a.b.scale.com")
    assert not is_scales("notscale.com")
    assert not is_scales("scale.com.example")


# What authorities are made of, and what parsers disagree about: U+017F folds to an s, and IDNA
# maps the ideographic full stop to a dot.
_HOSTS = ("api.scale.com", "scale.com", "evil.example", "\u017fcale.com", "[::1]", "127.0.0.1")
_MARKS = (":", ":443", ":80", "@", "/", "//", "\\", "?", "#", ".", "%2e", "%40", "-", "_", "xn--")
_ODD = ("\t", "\n", " ", "\0", "。", "é", "user")
_PIECES = st.sampled_from([*_HOSTS, *_MARKS, *_ODD])


@pytest.mark.conformance
@settings(max_examples=amount(quick=300, full=20_000), deadline=None)
@given(st.lists(_PIECES, max_size=6).map("".join), st.sampled_from(["https://", "http://", "//"]))
@example("api.scale.com#@evil.example", "https://")
@example("api.scale.com", "https://")
def test_where_a_key_may_go_every_client_goes_to_scale(rest: str, scheme: str) -> None:
    """An allowed address leads to Scale in the eyes of every parser that a client may use."""
    address = scheme + rest
    try:
        SCALE.require(address)
    except SeparationError:
        return
    hosts = {urlsplit(address).hostname, urllib3.util.parse_url(address).host}
    with suppress(httpx.InvalidURL):  # it is not sent then
        hosts.add(httpx.URL(address).raw_host.decode())
    with suppress(requests.RequestException):
        prepared = requests.Request("GET", address).prepare().url
        assert prepared is not None
        hosts.add(urlsplit(prepared).hostname)
    assert all(is_scales(host or "") for host in hosts)
