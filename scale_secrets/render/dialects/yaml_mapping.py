"""``yaml``: one mapping of strings, all quoted.

Unquoted, readers of YAML 1.1 and 1.2 disagree about ``yes``, ``0o7``, ``1e3`` and their like.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from scale_secrets.render.dialects.interface import Options, TextDialect


class _Yaml(TextDialect):
    def line(self, name: str, value: str) -> str:
        import yaml

        return yaml.safe_dump({name: value}, default_style='"', width=sys.maxsize)

    def document(self, entries: Sequence[bytes], options: Options) -> bytes:
        return b"".join(entries) or b"{}\n"


DIALECT = _Yaml()
