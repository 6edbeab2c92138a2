"""Which address is which, and which may be sent a credential."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scale_secrets.errors import TrustError
from scale_secrets.surroundings import (
    Surroundings,
    canonical_address,
    require_trusted,
    trusted_addresses,
)

HOME = Path("/home/me")


def around(*trusted: str, **environ: str) -> Surroundings:
    return Surroundings(environ, HOME, HOME, frozenset(trusted))


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("https://Vault.Example.com", "https://vault.example.com:443"),
        ("HTTPS://vault.example.com/", "https://vault.example.com:443"),
        ("https://vault.example.com.:443//", "https://vault.example.com:443"),
        ("http://localhost", "http://localhost:80"),
        ("http://[::1]:8200", "http://[::1]:8200"),
        (" https://h/vault/ ", "https://h:443/vault"),
    ],
)
def test_one_address_has_one_form(address: str, canonical: str) -> None:
    assert canonical_address(address) == canonical
    assert canonical_address(canonical) == canonical


@pytest.mark.parametrize(
    "address",
    [
        "",
        "hunter2",
        "ftp://hunter2",
        "https://",
        "https://me:hunter2@h",
        "https://hunter2@h",
        "https://@h",
        "https://h?hunter2",
        "https://h#hunter2",
        "https://h:hunter2",
        "https://h:99999",
        "https://[hunter2",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(TrustError) as caught:
        canonical_address(address)
    assert "hunter2" not in caught.value.message + caught.value.hint


@given(st.text(max_size=30))
def test_any_text_has_a_form_or_is_refused(text: str) -> None:
    try:
        canonical = canonical_address(text)
    except TrustError:
        return
    assert canonical_address(canonical) == canonical


class TestTrust:
    ADDRESS = "https://v.example.com:8200"

    def trusted(self, surroundings: Surroundings, *ambient: str) -> bool:
        try:
            require_trusted(self.ADDRESS, ambient, surroundings, what="store x")
        except TrustError as error:
            assert f"scale-secrets trust {self.ADDRESS}" in error.hint
            return False
        return True

    def test_an_address_that_only_a_manifest_names_is_not(self) -> None:
        assert not self.trusted(around())
        assert not self.trusted(around(), "", "https://other.example.com:8200")
        assert not self.trusted(around(SCALE_SECRETS_TRUSTED="http://v.example.com:8200"))

    def test_each_of_the_three_ways_makes_it_trusted(self) -> None:
        assert self.trusted(around(), "https://V.example.com:8200/")
        assert self.trusted(around(self.ADDRESS))
        assert self.trusted(around(SCALE_SECRETS_TRUSTED=f"https://a,\n{self.ADDRESS}/ https://b"))

    def test_a_wrong_word_in_the_variable_is_told(self) -> None:
        with pytest.raises(TrustError):
            trusted_addresses(around(SCALE_SECRETS_TRUSTED="hunter2"))


def test_an_absolute_xdg_directory_counts_and_a_relative_one_does_not() -> None:
    assert around(XDG_CONFIG_HOME="/x").config_directory == Path("/x/scale-secrets")
    for other in ("", "x", "./x"):
        assert around(XDG_CONFIG_HOME=other).config_directory == HOME / ".config/scale-secrets"
