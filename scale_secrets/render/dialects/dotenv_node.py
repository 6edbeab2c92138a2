r"""``dotenv-node``: for npm ``dotenv`` 16, 17 and 18.

``'…'`` and `` `…` `` are literal without any unescaping; ``"…"`` turns ``\n`` and ``\r`` into
control characters and nothing else. So the first quote that the value lacks is taken, and a value
that would need an escape of its own is refused. dotenv-expand and dotenvx are other parsers: they
expand ``$`` even in single quotes.
"""

from __future__ import annotations

import re

from scale_secrets.render.dialects.interface import Refusal, TextDialect

_ESCAPE_LIKE = re.compile(r"\\[nr]")
# Unquoted, a value ends at # or a line end, loses its edge white space as ECMAScript's ``trim``
# sees it, and may lose quotes beside U+2028 and U+2029, which its ``^`` and ``$`` take for lines.
_NOT_BARE = re.compile("[#\n\r\u2028\u2029]|^[\\s\ufeff'\"`]")


class _DotenvNode(TextDialect):
    def line(self, name: str, value: str) -> str | Refusal:
        if value.endswith("\\"):  # the parser takes a backslash and a quote for no end
            return _bare(name, value)
        if "\r" in value:  # every raw CR is read as LF
            return _double(name, value)
        for quote in "'`":
            if quote not in value:
                return f"{name}={quote}{value}{quote}\n"
        return _double(name, value)


def _bare(name: str, value: str) -> str | Refusal:
    if _NOT_BARE.search(value):
        return Refusal(
            "ends in a backslash, which npm dotenv holds only in a plain value without quotes",
            "use --format json",
        )
    return f"{name}={value}\n"


def _double(name: str, value: str) -> str | Refusal:
    if '"' in value:
        return Refusal(
            "holds every kind of quote, or a carriage return and a double quote, and npm dotenv"
            " has no escape for them",
            "use --format json",
        )
    if _ESCAPE_LIKE.search(value):
        return Refusal(
            r"holds a literal \n or \r that npm dotenv would turn into a control character",
            "use --format json",
        )
    escaped = value.replace("\n", "\\n").replace("\r", "\\r")
    return f'{name}="{escaped}"\n'


DIALECT = _DotenvNode()
