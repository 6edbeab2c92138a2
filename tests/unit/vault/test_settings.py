"""A store's settings: what the manifest says, completed as the official CLI reads its variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scale_secrets.errors import UsageError
from scale_secrets.model import Container, StoreSpec
from scale_secrets.stores import vault
from scale_secrets.stores.vault.settings import Settings, settings_of
from tests.support.vault import surroundings_of

HERE = Path("/repo")


def made(environ: dict[str, str] | None = None, **settings: Any) -> Settings:
    return settings_of(StoreSpec("vault", "vault", settings, directory=HERE), environ or {})


@pytest.mark.parametrize(
    ("environ", "setting", "address"),
    [
        ({}, "", "https://127.0.0.1:8200"),
        ({"VAULT_ADDR": "https://v:1"}, "", "https://v:1"),
        ({"VAULT_ADDR": "https://v:1", "BAO_ADDR": "https://b:1"}, "", "https://b:1"),
        ({"VAULT_ADDR": "https://v:1", "BAO_ADDR": ""}, "", "https://127.0.0.1:8200"),
        ({"VAULT_ADDR": "https://v:1", "VAULT_AGENT_ADDR": "http://a:1"}, "", "http://a:1"),
        ({"VAULT_ADDR": "https://v:1"}, "https://m:1/", "https://m:1"),
    ],
)
def test_the_address(environ: dict[str, str], setting: str, address: str) -> None:
    assert made(environ, address=setting).address == address


def test_tls_comes_from_the_variables() -> None:
    tls = made(
        {
            "VAULT_CACERT": "ca.pem",
            "VAULT_CACERT_BYTES": "PEM",
            "VAULT_CAPATH": "cas",
            "VAULT_CLIENT_CERT": "me.crt",
            "VAULT_CLIENT_KEY": "me.key",
            "VAULT_TLS_SERVER_NAME": "vault.example",
        }
    ).tls
    assert (tls.ca_file, tls.ca_pem, tls.ca_directory) == ("ca.pem", "PEM", "cas")
    assert (tls.client_certificate, tls.client_key) == ("me.crt", "me.key")
    assert (tls.server_name, tls.verify) == ("vault.example", True)


def test_files_of_a_manifest_are_relative_to_it() -> None:
    assert made(ca_cert="ca.pem").tls.ca_file == "/repo/ca.pem"
    assert made({"VAULT_CACERT": "other"}, ca_cert="/ca.pem").tls.ca_file == "/ca.pem"


@pytest.mark.parametrize(
    ("value", "verify"), [("1", False), ("true", False), ("T", False), ("0", True), ("", True)]
)
def test_verification_is_switched_off_by_a_variable(value: str, verify: bool) -> None:
    assert made({"VAULT_SKIP_VERIFY": value}).tls.verify is verify


@pytest.mark.parametrize("name", ["tls_skip_verify", "skip_verify", "verify", "token"])
def test_verification_is_never_switched_off_by_a_manifest(name: str) -> None:
    with pytest.raises(UsageError, match=f"unknown setting {name}"):
        made({}, **{name: True})


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("60", 60), ("60s", 60), ("1m30s", 90), ("250ms", 0.25), ("1h", 3600), ("1.5s", 1.5)],
)
def test_the_client_time_out_is_read_as_a_duration(value: str, seconds: float) -> None:
    assert made({"VAULT_CLIENT_TIMEOUT": value}).request_timeout == seconds


@pytest.mark.parametrize(
    "environ",
    [
        {"VAULT_CLIENT_TIMEOUT": "soon"},
        {"VAULT_CLIENT_TIMEOUT": "0"},
        {"VAULT_CLIENT_TIMEOUT": "-1s"},
        {"VAULT_MAX_RETRIES": "-1"},
        {"VAULT_MAX_RETRIES": "many"},
        {"VAULT_SKIP_VERIFY": "perhaps"},
    ],
)
def test_a_variable_that_makes_no_sense_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=next(iter(environ))):
        made(environ)


def test_retries_count_beyond_the_first_attempt() -> None:
    assert made({"VAULT_MAX_RETRIES": "0"}).attempts == 1
    assert made({"BAO_MAX_RETRIES": "5", "VAULT_MAX_RETRIES": "0"}).attempts == 6


@pytest.mark.parametrize(
    "settings",
    [
        {"mount": 7},
        {"kv_version": 3, "mount": "a"},
        {"kv_version": True, "mount": "a"},
        {"kv_version": 2},
        {"auth": "token"},
        {"auth": ["token"]},
        {"auth": [{"role": "ci"}]},
        {"address": "unix:///run/bao.sock"},
        {"address": "vault.example.com:8200"},
        {"address": "https://user:canary@vault.example.com"},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        made(**settings)
    assert 'store "vault"' in caught.value.message
    assert "canary" not in caught.value.message + caught.value.hint


def place(path: str, environ: dict[str, str] | None = None, **settings: Any) -> Container:
    spec = StoreSpec("vault", "vault", settings)
    return vault.containers(spec, surroundings_of(environ))(path)


def test_two_spellings_of_one_place_are_one_container() -> None:
    one = place("scale/a", address="https://Vault.Example:443/", mount="/secret/", namespace="t/")
    assert one == Container("vault", "https://vault.example:443", "t/secret/scale/a")
    assert one == place("/secret/scale/a/", {"VAULT_ADDR": "https://vault.example"}, namespace="t")
    assert one == place("t/secret/scale/a", {"BAO_ADDR": "https://vault.example"})
    assert one == place(
        "scale/a", {"VAULT_NAMESPACE": "t"}, address="https://vault.example", mount="secret"
    )


@pytest.mark.parametrize("path", ["", "/", "a//b", "a/../b", "./a", "a/\n", "a\ud800", "\x7f"])
def test_a_path_that_the_server_would_change_is_refused(path: str) -> None:
    with pytest.raises(UsageError):
        place(path)
