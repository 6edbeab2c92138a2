"""The README shows the example that the tests run, and every example is run and shown."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.support.callback_server import EXAMPLES, RECEIVERS


def test_the_readme_s_program_is_the_example(checkout: Path) -> None:
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    chapter = readme.partition("\n## Receiving callbacks\n")[2].partition("\n## ")[0]
    (shown,) = re.findall(r"^```python\n(.*?)^```$", chapter, re.M | re.S)
    example = (EXAMPLES / "flask_app.py").read_text(encoding="utf-8")
    docstring = ast.parse(example).body[0]
    below = "\n".join(example.splitlines()[docstring.end_lineno or 0 :])
    assert shown.strip() == below.replace("from __future__ import annotations\n", "").strip()


def test_every_example_is_run_and_shown(checkout: Path) -> None:
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    started = " ".join(word for words in RECEIVERS.values() for word in words)
    for example in EXAMPLES.glob("*.py"):
        assert example.stem in started
        assert f"(docs/examples/callbacks/{example.name})" in readme
