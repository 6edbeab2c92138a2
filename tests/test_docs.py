"""The documents agree with each other and with the code: links, lists of rules, codes, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from scale_secrets.access.lints import LINTS
from scale_secrets.cli import exits
from scale_secrets.cli.app import app
from scale_secrets.render.environment import DIALECTS
from scale_secrets.render.header import HEADER_FORMATS

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
# What every command that asks a store takes: explained once, above the table.
COMMON = {"--manifest", "--auth", "--timeout", "--verbose", "--environment"}
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
)

_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)


def _prose(path: Path) -> str:
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def _anchors(path: Path) -> set[str]:
    """As GitHub makes them: lower case, punctuation dropped, spaces to hyphens."""
    return {
        re.sub(r"[^\w\- ]", "", heading["title"].lower()).replace(" ", "-")
        for heading in _HEADING.finditer(_prose(path))
    }


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_within_the_project_leads_somewhere(name: str) -> None:
    document = ROOT / name
    for link in _LINK.finditer(_prose(document)):
        target, _, anchor = link["target"].partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        path = (document.parent / target).resolve() if target else document
        assert path.exists(), link[0]
        if anchor:
            assert anchor in _anchors(path), link[0]


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    decisions = sorted(path.name for path in (ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [name[:4] for name in decisions] == [
        f"{number:04}" for number in range(1, len(decisions) + 1)
    ]
    listed = (ROOT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert [name for name in decisions if f"({name})" not in listed] == []


def test_every_separation_rule_of_the_code_is_explained() -> None:
    used = {
        rule
        for path in (ROOT / "scale_secrets").rglob("*.py")
        for rule in re.findall(r'"(SEP\d{3})"', path.read_text(encoding="utf-8"))
    }
    explained = set(re.findall(r"^\| (SEP\d{3}) \|", README.read_text(encoding="utf-8"), re.M))
    assert used
    assert used == explained


def test_every_lint_of_policies_is_explained() -> None:
    page = (ROOT / "docs" / "who-can-read.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (ACC\d{3}) \|", page, re.M)) == set(LINTS)


def test_every_policy_and_schema_is_mentioned() -> None:
    text = README.read_text(encoding="utf-8")
    for path in (*(ROOT / "policies").iterdir(), *(ROOT / "schemas").iterdir()):
        if not path.name.startswith("."):
            assert path.name.removesuffix(".schema.json") in text, path.name


def _rows(section: str) -> dict[str, str]:
    """A section's table rows, by the words in small letters that their first cell begins with."""
    text = (
        README.read_text(encoding="utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    )
    rows = re.finditer(r"^\| `?(?P<key>[\w-]+(?: [a-z]+)*).*$", text, re.M)
    return {row["key"]: row[0] for row in rows}


def _commands(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something of its own, by the words that call it."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


assert isinstance(app, click.Group)
COMMANDS = dict(_commands(app))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_listed_with_its_own_options(name: str) -> None:
    options = {
        max(parameter.opts, key=len)
        for parameter in COMMANDS[name].params
        if isinstance(parameter, click.Option)
    }
    row = _rows("Commands")[name]
    assert set(re.findall(r"`(--[a-z-]+)`", row)) == options - COMMON


def test_every_dialect_and_header_form_has_a_row() -> None:
    assert _rows("Environment files").keys() >= set(DIALECTS)
    assert _rows("Headers").keys() >= set(HEADER_FORMATS)


def test_every_exit_code_has_a_row() -> None:
    codes = {exits.DONE, exits.BUG, exits.INTERRUPTED, *exits.EXIT_CODES.values()}
    assert _rows("Exit codes").keys() >= {str(int(code)) for code in codes}
