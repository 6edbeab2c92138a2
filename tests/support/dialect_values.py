"""The values that the dialects' round trips are tried with: drawn by hypothesis, not at random.

The same code gives the same values (hypothesis also draws from constants of the loaded modules).

They are collected first and tried in one file per parser, since a process for each would cost
minutes. Nothing is lost by that but shrinking: a value that goes wrong is reported as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scale_secrets.errors import RenderError
from scale_secrets.render.environment import Rendered, render_environment
from scale_secrets.values import SecretValue

COUNT = 2000
LONG = 70 * 1024  # characters: above the line that docker reads

# What the parsers of one dialect or another treat specially.
PIECES = (
    *"'\"`$\\#%=;:!&|<>(){}[]*?~^@,. ",
    *("\n", "\r", "\r\n", "\t", "\v", "\f", "\b", "\a", "\x1b", "\x7f", "\x01", "\x1c"),
    *(
        "\x85",
        "\u2028",
        "\u2029",
        "\xa0",
        "\ufeff",
        "\u200b",
        "\ufdd0",
        "\ufffe",
        "\uffff",
        "\U0010ffff",
    ),
    *("é", "e\u0301", "🔑", "👩\u200d🔧", "中", "\u202e", "\u2018", "\u2019", "\u201c"),
    *("$X", "${X}", "${X:-y}", "${}", "$(id)", "`id`", "$$", "$2a$10$", "$'", "%s", "%0A", "%25"),
    *("\\n", "\\r", "\\t", "\\'", '\\"', "\\\\", "\\$", "\\x41", "\\u0041", "\\0"),
    *(" #", "#c", "''", '""', "'\"'\"'", '"""', "\n\n", "\nA=1\n", "export A=1", "EOF", "<<"),
    *("SCALE_SECRETS_END_1", "\nSCALE_SECRETS_END_1\n", "::add-mask::", "::", "##[add-mask]"),
    *("yes", "null", "~", "1e3", "0o7", "0x1f", "1:30", "2026-11-24", "- a", "a: b", "? ", "!!str"),
    *("live_ScaleRocks", "test_" + "0123456789abcdef" * 2),
)
# Always tried, whatever hypothesis draws.
FIXED = (
    "",
    *(piece for piece in PIECES),
    *(f"{piece}{piece}" for piece in PIECES),
    *(f" {piece} " for piece in PIECES),
    *(f"a{piece}" for piece in PIECES),
    *(f"{piece}\\" for piece in PIECES),
    *(f"'{piece}'" for piece in PIECES),
    *(f'"{piece}"' for piece in PIECES),
    "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    "-----BEGIN X-----\nMIIB\n-----END X-----\n",
    "a\u2028'b'\u2028\\",
    "x" * LONG,
)
_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_VALUES = st.one_of(
    st.text(_CHARACTERS, max_size=40),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(_CHARACTERS, max_size=3)), max_size=8).map(
        "".join
    ),
    st.text(st.sampled_from("ab'\"`$\\{}# \n\r"), max_size=12),
)


@cache
def hard_values() -> tuple[str, ...]:
    """At least ``COUNT`` drawn values behind the fixed ones."""
    drawn: list[str] = []

    @settings(
        max_examples=COUNT,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_VALUES)
    def collect(value: str) -> None:
        drawn.append(value)

    collect()
    assert len(drawn) >= COUNT
    return (*FIXED, *drawn)


def hard_variables() -> dict[str, SecretValue]:
    """The hard values, named V0, V1, …"""
    return {f"V{number}": SecretValue(value) for number, value in enumerate(hard_values())}


def render_what_is_held(
    dialect: str, variables: Mapping[str, SecretValue]
) -> tuple[Rendered, dict[str, SecretValue]]:
    """The file of all variables that the dialect does not refuse, and those variables."""
    try:
        return render_environment(dialect, variables), dict(variables)
    except RenderError as error:
        refused = {name for name, _ in error.refused}
    held = {name: value for name, value in variables.items() if name not in refused}
    return render_environment(dialect, held), held
