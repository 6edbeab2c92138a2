"""Each lint is one line of the registry and one module, whose id is its own."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from scale_secrets.access import lints


@pytest.mark.parametrize("id_", lints.LINTS)
def test_a_lint_has_a_module_that_tells_its_id_first(id_: str) -> None:
    lint = lints.LINTS[id_]
    module = import_module(f"{lints.__name__}.{lint.module}")
    assert callable(module.findings)
    assert (module.__doc__ or "").startswith(f"{id_}: ")
    assert lint.module.startswith("vault." if id_ < "ACC2" else "aws.")


def test_no_lint_is_left_out() -> None:
    listed = {lint.module.replace(".", "/") for lint in lints.LINTS.values()}
    root = Path(lints.__file__).parent
    there = {
        path.relative_to(root).with_suffix("").as_posix()
        for path in root.glob("*/*.py")
        if "def findings(" in path.read_text(encoding="utf-8")
    }
    assert listed == there
