"""``json``: one object of strings."""

from __future__ import annotations

import json
from collections.abc import Sequence

from scale_secrets.render.dialects.interface import Options, TextDialect


class _Json(TextDialect):
    def line(self, name: str, value: str) -> str:
        return f"  {json.dumps(name)}: {json.dumps(value)}"

    def document(self, entries: Sequence[bytes], options: Options) -> bytes:
        return b"{\n" + b",\n".join(entries) + b"\n}\n" if entries else b"{}\n"


DIALECT = _Json()
