"""``docker``: ``NAME=value`` for ``docker run --env-file``, which reads values verbatim.

It has no quoting and no escapes: a value ends at the line's end.
"""

from __future__ import annotations

from scale_secrets.render.dialects.interface import Refusal, TextDialect

_LONGEST = 64 * 1024 - 1  # bytes of a line that its scanner takes, without the line end


class _Docker(TextDialect):
    def line(self, name: str, value: str) -> str | Refusal:
        line = f"{name}={value}"
        if "\n" in value:
            return Refusal(
                "holds a line break, which docker's env files cannot",
                "mount a file (run --files), or store the value in base64",
            )
        if value.endswith("\r"):
            return Refusal("ends in a carriage return, which docker drops", "store it without")
        if len(line.encode()) > _LONGEST:
            return Refusal("is too long: docker reads lines below 64 KiB", "mount a file")
        return f"{line}\n"

    def warning(self, value: bytes, *, secret: bool) -> str:
        if len(value) > 1 and value[:1] == value[-1:] and value[:1] in (b"'", b'"'):
            return "begins and ends with a quote, which docker keeps and other readers strip"
        return ""


DIALECT = _Docker()
