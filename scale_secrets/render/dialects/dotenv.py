r"""``dotenv``: for python-dotenv, from 0.15 on, with and without ``interpolate``.

In double quotes its escapes are exactly ``\\ \' \" \a \b \f \n \r \t \v``; ``\$`` is none of them,
so nothing protects ``${NAME}``, which it expands in every style of quoting.
"""

from __future__ import annotations

import re

from scale_secrets.render.dialects.interface import Refusal, TextDialect

_EXPANDED = re.compile(r"\$\{[^}:]*(?::-[^}]*)?\}")
# A raw CR is read as LF, and a raw LF would be read as such; escaped, each value is one line.
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})
_COMMENT = re.compile(r"\s#")


class _Dotenv(TextDialect):
    def line(self, name: str, value: str) -> str | Refusal:
        if _EXPANDED.search(value):
            return Refusal(
                "holds ${…}, which python-dotenv expands in every quoting", "use --format json"
            )
        if not value.endswith("\\"):
            return f'{name}="{value.translate(_ESCAPES)}"\n'
        # Before 1.2.3 a backslash before the closing quote swallowed the lines that follow.
        if _readable_bare(value):
            return f"{name}={value}\n"
        return Refusal(
            "ends in a backslash, which python-dotenv holds only in a plain value without quotes",
            "use --format json",
        )


def _readable_bare(value: str) -> bool:
    return not (
        "\n" in value
        or "\r" in value
        or value[0] in "'\"#"
        or value[0].isspace()
        or _COMMENT.search(value)
    )


DIALECT = _Dotenv()
