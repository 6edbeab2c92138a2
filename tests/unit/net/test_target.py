"""Which requests go through a proxy."""

from __future__ import annotations

import pytest

from scale_secrets.errors import UsageError
from scale_secrets.net.target import proxy_for, target_of

PROXY = "http://user:p%40ss@proxy.example:3128"


def proxied(url: str, **environ: str) -> bool:
    return proxy_for(target_of(url, doing="x"), environ) is not None


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_https_goes_through_the_proxy_that_a_variable_names(name: str) -> None:
    proxy = proxy_for(target_of("https://vault.example:8200", doing="x"), {name: PROXY})
    assert proxy is not None
    assert (proxy.host, proxy.port, proxy.credentials) == ("proxy.example", 3128, "user:p@ss")
    assert "p@ss" not in repr(proxy)


@pytest.mark.parametrize(
    "url",
    [
        "http://vault.example",
        "https://localhost",
        "https://vault.localhost",
        "https://127.0.0.1",
        "https://127.8.9.1:8200",
        "https://[::1]:8200",
    ],
)
def test_http_and_loopback_never_go_through_a_proxy(url: str) -> None:
    assert not proxied(url, https_proxy=PROXY, http_proxy=PROXY, all_proxy=PROXY)


@pytest.mark.parametrize(
    ("rule", "url", "through"),
    [
        ("*", "https://vault.example", False),
        ("vault.example", "https://vault.example", False),
        ("vault.example", "https://a.vault.example", False),
        (".example", "https://vault.example", False),
        ("*.example", "https://vault.example", False),
        ("other, vault.example", "https://vault.example", False),
        ("VAULT.example", "https://Vault.EXAMPLE", False),
        ("10.0.0.0/8", "https://10.1.2.3", False),
        ("10.1.2.3", "https://10.1.2.3", False),
        ("vault.example:8200", "https://vault.example:8200", False),
        ("vault.example:8201", "https://vault.example:8200", True),
        ("ault.example", "https://vault.example", True),
        ("10.0.0.0/8", "https://11.1.2.3", True),
        ("10.0.0.0/8", "https://vault.example", True),
        ("", "https://vault.example", True),
        (",", "https://vault.example", True),
    ],
)
def test_no_proxy_names_the_exceptions(rule: str, url: str, through: bool) -> None:
    assert proxied(url, https_proxy=PROXY, no_proxy=rule) is through


@pytest.mark.parametrize("address", ["socks5://proxy.example", "https://proxy.example", "http://"])
def test_other_kinds_of_proxy_are_refused_by_the_variables_name(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        proxied("https://vault.example", HTTPS_PROXY=address)
    assert "HTTPS_PROXY" in caught.value.message


def test_a_proxy_that_is_no_url_is_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        proxied("https://vault.example", HTTPS_PROXY="http://user:secret-word@host:port")
    assert "secret-word" not in f"{caught.value.message}{caught.value.hint}"


def test_a_resource_is_not_shown() -> None:
    assert "hidden" not in repr(target_of("https://a/b?c=hidden", doing="x"))
