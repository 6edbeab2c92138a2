from __future__ import annotations

import json

import pytest

from scale_secrets.errors import KeyFormatError, RenderError, ScaleSecretsError, UsageError
from scale_secrets.render.header import HEADER_FORMATS, render_header
from scale_secrets.render.headers.interface import Target
from scale_secrets.values import SecretValue

KEY = SecretValue("live_ScaleRocks")
TOKEN = "Basic bGl2ZV9TY2FsZVJvY2tzOg=="


def test_formats_are_those_of_the_command() -> None:
    assert HEADER_FORMATS == ("header", "value", "curl", "wget", "netrc", "postman", "json")


@pytest.mark.parametrize("form", HEADER_FORMATS)
def test_every_format_ends_in_one_line_break_and_is_masked_in_repr(form: str) -> None:
    rendered = render_header(form, KEY)
    assert rendered.reveal().endswith("\n")
    assert not rendered.reveal().endswith("\n\n")
    assert repr(rendered) == "<secret>"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("header", f"Authorization: {TOKEN}\n"),
        ("value", f"{TOKEN}\n"),
        ("curl", 'user = "live_ScaleRocks:"\n'),
        ("wget", f"max_redirect = 0\nheader = Authorization: {TOKEN}\n"),
        ("netrc", "machine api.scale.com login live_ScaleRocks\n"),
        ("json", f'{{"Authorization": "{TOKEN}"}}\n'),
    ],
)
def test_documented_key_renders_exactly(form: str, text: str) -> None:
    assert render_header(form, KEY).reveal() == text


def test_curl_escapes_quotes_and_backslashes() -> None:
    assert render_header("curl", SecretValue('a"b\\c')).reveal() == 'user = "a\\"b\\\\c:"\n'


def test_postman_environment_marks_key_and_token_as_secret() -> None:
    target = Target(base_url="http://127.0.0.1/v1", name="cat-labels live", variable="LIVE_KEY")
    assert json.loads(render_header("postman", KEY, target).reveal()) == {
        "name": "cat-labels live",
        "values": [
            {"key": "LIVE_KEY", "value": "live_ScaleRocks", "type": "secret", "enabled": True},
            {"key": "SCALE_AUTHORIZATION", "value": TOKEN, "type": "secret", "enabled": True},
            {
                "key": "SCALE_BASE_URL",
                "value": "http://127.0.0.1/v1",
                "type": "default",
                "enabled": True,
            },
        ],
        "_postman_variable_scope": "environment",
    }


def _error(form: str, key: str, target: Target | None = None) -> ScaleSecretsError:
    with pytest.raises(ScaleSecretsError) as caught:
        render_header(form, SecretValue(key), target)
    assert key not in str(caught.value) + caught.value.hint or not key
    assert caught.value.hint
    assert caught.value.__cause__ is None
    return caught.value


@pytest.mark.parametrize("form", HEADER_FORMATS)
@pytest.mark.parametrize("key", ["", "live_a:b", "live_a b", "live_a\n", "live_é", "live_\x7f"])
def test_no_format_takes_a_key_that_basic_cannot_carry(form: str, key: str) -> None:
    assert isinstance(_error(form, key), KeyFormatError)


@pytest.mark.parametrize("key", ["#q7q7", 'q7"q7', "q7\\q7"])
def test_netrc_refuses_what_its_readers_disagree_on(key: str) -> None:
    error = _error("netrc", key)
    assert isinstance(error, RenderError)
    assert error.key == "SCALE_API_KEY"


@pytest.mark.parametrize(
    "url",
    ["", "api.scale.com", "https:///v1", "https://a b/", "https://[x/"],
)
def test_netrc_refuses_a_base_url_without_a_plain_host(url: str) -> None:
    assert isinstance(_error("netrc", "q7q7", Target(base_url=url)), UsageError)


def test_netrc_names_the_host_without_the_port() -> None:
    target = Target(base_url="https://scale.example.com:8443/v1")
    assert render_header("netrc", KEY, target).reveal().startswith("machine scale.example.com ")


def test_unknown_format_lists_the_known_ones() -> None:
    error = _error("httpie", "live_ScaleRocks")
    assert isinstance(error, UsageError)
    assert error.message == "unknown header format 'httpie'"
    assert error.hint == "one of header, value, curl, wget, netrc, postman, json"
