"""stdout is data, stderr is talk; a secret goes to a terminal only when asked to."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from scale_secrets.errors import FindingsError, ScaleSecretsError, UsageError
from scale_secrets.keys import without_keys
from scale_secrets.model import Finding, Severity
from scale_secrets.values import SecretValue

_CODES = {"red": "31", "yellow": "33", "green": "32", "dim": "2"}


def echo(text: str) -> None:
    """Data that is not secret: one line on stdout, in escapes what its encoding does not have."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(f"{text.encode(encoding, 'backslashreplace').decode(encoding)}\n")


def say(message: str) -> None:
    """Talk: one line on stderr, without the Scale key that somebody typed in a name's place."""
    sys.stderr.write(f"scale-secrets: {without_keys(message)}\n")


def tell_error(error: ScaleSecretsError, *, place: str = "") -> None:
    """The error, its further findings and the hint on a line of its own.

    ``place``: what of the manifest it is about, where several things may have failed.
    """
    if isinstance(error, FindingsError):
        for finding in error.findings:
            tell_finding(finding)
        return
    say(f"{place}: {error.message}" if place else error.message)
    if error.hint:
        say(f"hint: {error.hint}")


def tell_finding(finding: Finding) -> None:
    colour = "red" if finding.severity is Severity.ERROR else "yellow"
    say(f"{paint(finding.id, colour)} {finding.place}: {finding.message}")
    say(f"hint: {finding.mend}")


def paint(text: str, colour: str, *, terminal_of: str = "stderr") -> str:
    """Colour for a terminal; https://no-color.org turns it off."""
    if os.environ.get("NO_COLOR") or not getattr(sys, terminal_of).isatty():
        return text
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m"


def print_secret(value: SecretValue, *, reveal: bool, output: Path | None, newline: bool) -> None:
    """To a file (0600, replaced as a whole), a pipe, or, with ``reveal``, a terminal.

    ``newline``: end a terminal's output with a line break; a pipe gets the exact bytes.
    Raises ``UsageError`` instead of showing a value that nobody asked to see.
    """
    data = value.reveal_bytes()
    if output is not None:
        from scale_secrets.files import write_private

        write_private(output, data)
        say(f"wrote {output}")
        return
    require_revealable(reveal=reveal)
    if newline and sys.stdout.isatty() and not data.endswith(b"\n"):
        data += b"\n"
    sys.stdout.flush()
    write_all(data)


def require_revealable(*, reveal: bool) -> None:
    if sys.stdout.isatty() and not reveal:
        raise UsageError(
            "a secret is not printed on a terminal",
            hint="pipe it, write it with --output FILE, or insist with --reveal",
        )


def write_all(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def print_json(document: Any) -> None:
    echo(json.dumps(document, indent=2, ensure_ascii=False))


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as their widest cell; the last one is not padded."""
    lines = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        echo("  ".join(cells).rstrip())
