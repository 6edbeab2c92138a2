"""Names that a shell keeps for itself: each is refused, or reads back like any other."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scale_secrets.errors import RenderError
from scale_secrets.render.environment import render_environment
from scale_secrets.values import SecretValue

# How each shell lists the names that it knows without being told.
_LISTS = {
    "bash": "compgen -v",
    "zsh -f": "print -l ${(k)parameters}",
    "dash": "set | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'",
}
# Computed by one of them, yet left out of its list.
_UNLISTED = {
    *("BASHPID", "BASH_ARGV0", "EPOCHREALTIME", "EPOCHSECONDS", "FUNCNAME", "HISTCMD", "LINENO"),
    *("OPTIND", "OPTARG", "RANDOM", "SECONDS", "SRANDOM", "SHLVL", "PPID", "UID", "EUID", "_"),
    *("GID", "EGID", "IFS", "PATH", "PS1", "PS4", "HOME", "MAIL", "ENV", "CDPATH", "TMOUT"),
}
# Each name in a process of its own that ends when an assignment to a read-only name fails. The
# sourced file is the renderer's; OTHER shows whether the rest of the file was still read.
_TRY_EACH = """
for file in "$DIRECTORY"/*; do
    ( . "$file"; exec /usr/bin/env -0 ) > "$OUTPUT/${file##*/}" 2> /dev/null || :
done
"""


def _known(shell: str) -> set[str]:
    result = subprocess.run(
        [*shell.split(), "-c", _LISTS[shell]], capture_output=True, text=True, check=True, env={}
    )
    return {name for name in result.stdout.split() if name.isidentifier() and name.isascii()}


@pytest.mark.parametrize("shell", _LISTS)
def test_every_name_that_a_shell_knows_is_refused_or_read_back(shell: str, tmp_path: Path) -> None:
    program, *_ = shell.split()
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    files, output = tmp_path / "files", tmp_path / "output"
    files.mkdir()
    output.mkdir()
    held = set()
    for name in _known(shell) | _UNLISTED:
        variables = {name: SecretValue("live_x"), "OTHER": SecretValue("test_x")}
        try:
            rendered = render_environment("posix", variables)
        except RenderError:
            continue
        held.add(name)
        (files / name).write_bytes(rendered.content.reveal_bytes())

    subprocess.run(
        [*shell.split(), "-c", _TRY_EACH],
        check=True,
        env={"DIRECTORY": str(files), "OUTPUT": str(output), "HOME": str(tmp_path)},
    )

    assert {"PATH", "HOME", "PS1"} <= held
    wrong = {
        name
        for name in held
        if not {f"{name}=live_x", "OTHER=test_x"} <= {*(output / name).read_text().split("\0")}
    }
    assert wrong == set()
