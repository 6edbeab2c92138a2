"""The hand-written estates of ``tests/vectors/aws-estates``, read as the command line would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from scale_secrets.access.aws.estate import parse_estate
from scale_secrets.access.aws.evaluator import Evaluator

VECTORS = Path(__file__).parents[3] / "vectors" / "aws-estates"
EXPECTED = "expected.json"
NAMES = sorted(directory.name for directory in VECTORS.iterdir() if directory.is_dir())


def files_of(name: str) -> dict[str, str]:
    root = VECTORS / name
    paths = (path for path in sorted(root.rglob("*.json")) if path.name != EXPECTED)
    return {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in paths}


@cache
def evaluator(name: str) -> Evaluator:
    return Evaluator(parse_estate(files_of(name)))


def rows(name: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = json.loads((VECTORS / name / EXPECTED).read_text("utf-8"))
    return found
