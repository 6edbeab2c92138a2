"""``github``: heredocs for the file that ``$GITHUB_ENV`` names, and masks for the log.

The masks go to stdout first, because the runner's debug log prints each value it reads. The
delimiter occurs nowhere in the value, so that no value can end its heredoc and set variables of
its own (CVE-2022-35954); it is chosen from the value, so that equal input gives an equal file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count

from scale_secrets.errors import KeyFormatError
from scale_secrets.keys import basic_token
from scale_secrets.render.dialects.interface import Masking, Options, Refusal, TextDialect
from scale_secrets.values import SecretValue

_RESERVED = re.compile(r"(?:GITHUB_.*|RUNNER_.*|NODE_OPTIONS)\Z", re.IGNORECASE)
_SHORTEST_MASK = 4  # characters: the runner would blank shorter ones all over the log


class _Github(TextDialect, Masking):
    def line(self, name: str, value: str) -> str | Refusal:
        if _RESERVED.match(name):
            return Refusal("is a name that the runner keeps for itself", "rename the variable")
        if value.endswith("\r"):
            return Refusal(
                "ends in a carriage return, which a Windows runner drops", "store it without"
            )
        delimiter = next(one for one in _delimiters() if one not in value)
        return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"

    def document(self, entries: Sequence[bytes], options: Options) -> bytes:
        """Begins with a line break: the step may have left the file with an unfinished line."""
        return b"\n" + b"".join(entries) if entries else b""

    def warning(self, value: bytes, *, secret: bool) -> str:
        if secret and any(0 < _visible(line) < _SHORTEST_MASK for line in _lines(value)):
            return f"has a line of fewer than {_SHORTEST_MASK} characters, which is not masked"
        return ""

    def masks(self, secrets: Sequence[bytes]) -> str:
        shown = (line for value in secrets for line in (*_lines(value), *_tokens(value)))
        wanted = dict.fromkeys(line for line in shown if _visible(line) >= _SHORTEST_MASK)
        return "".join(f"::add-mask::{line.replace('%', '%25')}\n" for line in wanted)


def _delimiters() -> Iterator[str]:
    return (f"SCALE_SECRETS_END_{number}" for number in count(1))


def _lines(value: bytes) -> list[str]:
    """The value as a log shows it: each line by itself. A log's lines end at CR or LF alone."""
    return re.split("[\r\n]+", value.decode())


def _visible(line: str) -> int:
    return len(line.strip())


def _tokens(value: bytes) -> list[str]:
    """The Basic token of a secret that could be an API key: a log may show it in its place."""
    try:
        return [basic_token(SecretValue(value)).reveal().removeprefix("Basic ")]
    except KeyFormatError:
        return []


DIALECT = _Github()
