"""Each dialect through its real parser: every value comes back exactly, or had been refused.

Two thousand drawn values and the fixed ones of ``dialect_values`` per parser, in one process.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.dialect_parsers import PARSERS, Parser
from tests.support.dialect_values import hard_variables, render_what_is_held

# The most that may be refused, in per cent of these hard values: a dialect that refuses all would
# never be wrong. A real key is refused by none, as the unit tests show.
_MOST_REFUSED = {
    "posix": 0,
    "dotenv": 10,
    "dotenv-node": 20,
    "docker": 20,
    "systemd": 10,
    "github": 5,
    "k8s": 0,
    "json": 0,
    "yaml": 0,
}


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_real_parser_reads_back_every_value_that_is_not_refused(
    parser: Parser, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    if missing := parser.missing():
        pytest.skip(f"{parser.name}: {missing}")
    variables = hard_variables()
    rendered, held = render_what_is_held(parser.dialect, variables)
    file = tmp_path / "file"
    file.write_bytes(rendered.content.reveal_bytes())

    read = parser.read(file)

    wrong = [
        (name, value.reveal_bytes(), read.get(name))
        for name, value in held.items()
        if read.get(name) != value.reveal_bytes()
    ]
    assert not wrong, f"{len(wrong)} of {len(held)} wrong, the first: {wrong[0]!r}"
    foreign = {name for name in read if name.startswith("V")} - set(held)
    assert not foreign, "a value has set variables of its own"
    refused = 100 * (len(variables) - len(held)) / len(variables)
    record_property("refused_per_cent", f"{refused:.1f}")
    # With -s or -rP: the figures are part of what this test has to say.
    print(f"{parser.name}: {len(held)} exact, 0 wrong, {refused:.1f} % refused")  # noqa: T201
    assert refused <= _MOST_REFUSED[parser.dialect]
