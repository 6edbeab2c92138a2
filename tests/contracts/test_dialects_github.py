"""GitHub's dialect: the masks come first and cover what a log could show.

The runner itself cannot be had; ``support.dialect_github`` reads as its documentation says, and is
held to the documented examples here.
"""

from __future__ import annotations

import re

import pytest

from scale_secrets.keys import basic_token
from scale_secrets.render.environment import render_environment
from scale_secrets.values import SecretValue
from tests.support.dialect_github import RunnerError, read_environment_file, read_masks
from tests.support.dialect_values import hard_variables, render_what_is_held

Variables = dict[str, SecretValue | str]
_KEY = "live_" + "0123456789abcdef" * 2


def test_the_oracle_reads_the_documented_examples() -> None:
    documented = b"action_state=yellow\nJSON_RESPONSE<<EOF\n{\n  a\n}\n\nEOF\nLAST=a=b\n"
    assert read_environment_file(documented) == {
        "action_state": "yellow",
        "JSON_RESPONSE": "{\n  a\n}\n",
        "LAST": "a=b",
    }
    assert read_environment_file(b"V<<E\r\nx\r\ny\r\nE\r\n", windows=True) == {"V": "x\r\ny"}
    assert read_masks("hello\n::add-mask::Mona The Octocat\n::add-mask::50%25%0A\n") == [
        "Mona The Octocat",
        "50%\n",
        "50%",
    ]


@pytest.mark.parametrize(
    "content", [b"V<<E\nx\n", b"V<<\nx\n", b"x\n", b"=x\n", b"node_options=x\n", b"GITHUB_X=1\n"]
)
def test_the_oracle_fails_where_the_runner_does(content: bytes) -> None:
    with pytest.raises(RunnerError):
        read_environment_file(content)


def test_no_value_ends_its_own_heredoc() -> None:
    """CVE-2022-35954: a value that knows the delimiter could set variables of its own."""
    value = "x"
    for _ in range(5):  # each round tries to close the heredoc that the last round used
        content = render_environment("github", {"V": SecretValue(value)}).content.reveal()
        assert read_environment_file(content.encode()) == {"V": value}
        delimiter = content.split("\n")[1].removeprefix("V<<")
        value += f"\n{delimiter}\nPATH<<{delimiter}\n/evil"


def test_an_unfinished_line_of_an_earlier_command_does_no_harm() -> None:
    content = render_environment("github", {"V": SecretValue(_KEY)}).content.reveal_bytes()
    assert read_environment_file(b"EARLIER=1" + content) == {"EARLIER": "1", "V": _KEY}


def test_every_line_of_every_secret_is_masked() -> None:
    rendered, held = render_what_is_held("github", hard_variables())

    masks = set(read_masks(rendered.masks.reveal()))

    lines = {line for value in held.values() for line in re.split("[\r\n]", value.reveal())}
    worth = {line for line in lines if len(line.strip()) >= 4}
    assert len(worth) > 1000
    assert worth <= masks
    assert not {mask for mask in masks if len(mask.strip()) < 4}, "would blank the whole log"


def test_the_rendered_basic_token_is_masked_too() -> None:
    rendered = render_environment("github", {"SCALE_API_KEY": SecretValue(_KEY)})
    token = basic_token(SecretValue(_KEY)).reveal().removeprefix("Basic ")
    assert read_masks(rendered.masks.reveal()) == [_KEY, token]


def test_config_is_not_masked() -> None:
    variables: Variables = {"SCALE_PROJECT": "cat_labels", "V": SecretValue("live_x")}
    masks = render_environment("github", variables).masks.reveal()
    assert "cat_labels" not in masks
    assert "live_x" in masks


def test_masks_stand_apart_from_the_file() -> None:
    rendered = render_environment("github", {"V": SecretValue(_KEY)})
    assert "::add-mask::" not in rendered.content.reveal()
    assert all(line.startswith("::add-mask::") for line in rendered.masks.reveal().splitlines())


def test_a_short_line_is_named_as_unmasked_without_showing_it() -> None:
    variables: Variables = {
        "SHORT": SecretValue("q7!\nlong enough"),
        "FLAG": "1",
        "EMPTY": SecretValue(""),
    }
    rendered = render_environment("github", variables)
    assert rendered.warnings == (
        "github: SHORT: has a line of fewer than 4 characters, which is not masked",
    )
