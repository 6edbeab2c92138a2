"""How a GitHub Actions runner reads ``$GITHUB_ENV`` and workflow commands, re-implemented.

No runner can be had in a test. This follows GitHub's documentation ("Workflow commands for GitHub
Actions": multiline strings, masking a value) and, where that is silent, what the runner is known
to do: lines end at LF (on Windows also at CRLF), a line equal to the delimiter ends the heredoc,
and the line break before the delimiter is not part of the value.
"""

from __future__ import annotations

import re


class RunnerError(Exception):
    """The runner would fail the step."""


def read_environment_file(content: bytes, *, windows: bool = False) -> dict[str, str]:
    """The variables that the runner would set. Raises ``RunnerError``."""
    lines = _lines(content.decode("utf-8", errors="replace"), windows=windows)
    variables: dict[str, str] = {}
    while lines:
        line, _ = lines.pop(0)
        if not line:
            continue
        match = re.match(r"(?P<name>[^=]*?)(?P<operator><<|=)(?P<rest>.*)", line, re.DOTALL)
        if match is None or not match["name"]:
            raise RunnerError("invalid format")
        if match["operator"] == "=":
            variables[match["name"]] = match["rest"]
        elif not match["rest"]:
            raise RunnerError("the delimiter must not be empty")
        else:
            variables[match["name"]] = _heredoc(lines, match["rest"])
        _refuse_reserved(match["name"])
    return variables


def _lines(text: str, *, windows: bool) -> list[tuple[str, str]]:
    """Each line and its line end."""
    pieces = re.split("(\r\n|\n)" if windows else "(\n)", text)
    pairs = list(zip(pieces[::2], [*pieces[1::2], ""], strict=True))
    return pairs if pairs[-1][0] else pairs[:-1]


def _heredoc(lines: list[tuple[str, str]], delimiter: str) -> str:
    value = ""
    end = ""
    while lines:
        line, next_end = lines.pop(0)
        if line == delimiter:
            return value
        value += end + line
        end = next_end
    raise RunnerError("matching delimiter not found")


def _refuse_reserved(name: str) -> None:
    if re.match(r"(?:GITHUB_|RUNNER_|NODE_OPTIONS$)", name, re.IGNORECASE):
        raise RunnerError("the name is reserved")


def read_masks(stdout: str) -> list[str]:
    """What the runner would mask after it has seen this output, each once."""
    masks: list[str] = []
    for line in re.split("\r\n|\r|\n", stdout):
        command = line.lstrip()
        if not command.startswith("::add-mask::"):
            continue
        data = command.removeprefix("::add-mask::")
        for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            data = data.replace(code, char)
        if not data.strip():
            raise RunnerError("cannot mask an empty string")
        masks += [data, *(part for part in re.split("[\r\n]", data) if part)]
    return list(dict.fromkeys(masks))
