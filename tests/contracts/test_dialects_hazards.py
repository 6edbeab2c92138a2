"""Bugs that other tools had, and the traps of each parser that our refusals are there for."""

from __future__ import annotations

import shutil
import subprocess
from io import StringIO
from pathlib import Path

import pytest

from scale_secrets.errors import RenderError
from scale_secrets.render.environment import DIALECTS, render_environment
from scale_secrets.values import SecretValue
from tests.support import dialect_docker
from tests.support.dialect_parsers import PARSERS, Parser

needs_docker = pytest.mark.skipif(not shutil.which("docker"), reason="docker is not installed")

# Each was corrupted, or run, by a well-known tool.
_VICTIMS = {
    "bcrypt_hash": "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
    "dollar": "pa$$word$HOME",
    "quotes": 'it\'s "quoted"',
    "kept_quotes": '"live_x"',
    "trailing_newline": "live_x\n",
    "pem": "-----BEGIN X-----\nMIIB+/=\n-----END X-----\n",
}
_DOCKER_HAS_NO_LINE_BREAKS = {"trailing_newline", "pem"}


@pytest.mark.parametrize("victim", _VICTIMS)
@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_values_that_other_tools_corrupt_come_back_exactly(
    parser: Parser, victim: str, tmp_path: Path
) -> None:
    if missing := parser.missing():
        pytest.skip(f"{parser.name}: {missing}")
    secret = SecretValue(_VICTIMS[victim])
    variables: dict[str, SecretValue | str] = {"BEFORE": "1", "V": secret, "AFTER": "2"}
    if parser.dialect == "docker" and victim in _DOCKER_HAS_NO_LINE_BREAKS:
        with pytest.raises(RenderError, match="V: holds a line break"):
            render_environment("docker", variables)
        return
    file = tmp_path / "file"
    file.write_bytes(render_environment(parser.dialect, variables).content.reveal_bytes())

    read = parser.read(file)

    expected = {"BEFORE": b"1", "V": _VICTIMS[victim].encode(), "AFTER": b"2"}
    assert {name: read.get(name) for name in expected} == expected


@pytest.mark.parametrize("load", ['. "$FILE"', 'eval "$(cat "$FILE")"'])
@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "zsh"])
@pytest.mark.parametrize(
    "attack",
    [
        "$(touch canary)",
        "`touch canary`",
        "'; touch canary; '",
        "'$(touch canary)'",
        "\\'$(touch canary)",
    ],
)
def test_no_value_is_executed(shell: str, load: str, attack: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    file = tmp_path / "file"
    rendered = render_environment("posix", {"V": SecretValue(attack)})
    file.write_bytes(rendered.content.reveal_bytes())

    result = subprocess.run(
        [shell, "-c", f'{load}\nprintf %s "$V"'],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "FILE": str(file)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stdout == attack
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "zsh"])
def test_posix_holds_every_byte_but_nul(shell: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    every = bytes(range(1, 256)) * 3
    file = tmp_path / "file"
    content = render_environment("posix", {"V": SecretValue(every)}).content
    file.write_bytes(content.reveal_bytes())

    for locale in ("C", "C.UTF-8"):
        output = subprocess.run(
            [shell, "-c", '. "$FILE"\nexec env -0'],
            env={"PATH": "/usr/bin:/bin", "FILE": str(file), "LC_ALL": locale},
            capture_output=True,
            check=True,
        ).stdout
        assert b"V=" + every in output.split(b"\0")


def _read_by_docker(tmp_path: Path, content: bytes) -> list[str]:
    file = tmp_path / "file"
    file.write_bytes(content)
    return dialect_docker.read_env_file(file)


@needs_docker
def test_docker_takes_the_longest_line_that_is_not_refused(tmp_path: Path) -> None:
    longest = "x" * (64 * 1024 - len("V=") - 1)
    content = render_environment("docker", {"V": SecretValue(longest)}).content.reveal_bytes()

    assert _read_by_docker(tmp_path, content) == [f"V={longest}"]
    with pytest.raises(RenderError, match="V: is too long"):
        render_environment("docker", {"V": SecretValue(longest + "x")})
    with pytest.raises(dialect_docker.DockerError, match="token too long"):
        _read_by_docker(tmp_path, f"V={longest}x\n".encode())


@needs_docker
def test_docker_would_drop_a_final_carriage_return(tmp_path: Path) -> None:
    assert _read_by_docker(tmp_path, b"V=x\r\n") == ["V=x"]
    with pytest.raises(RenderError, match="V: ends in a carriage return"):
        render_environment("docker", {"V": SecretValue("x\r")})


def test_python_dotenv_would_expand_braces_in_every_quoting() -> None:
    from dotenv import dotenv_values

    for quote in ("'", '"', ""):
        read = dotenv_values(stream=StringIO(f"V={quote}a${{NOWHERE}}b{quote}\n"))
        assert read == {"V": "ab"}
    with pytest.raises(RenderError, match="V: holds"):
        render_environment("dotenv", {"V": SecretValue("a${NOWHERE}b")})


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_real_key_is_refused_by_no_dialect(dialect: str) -> None:
    keys = ("live_ScaleRocks", "test_" + "0123456789abcdef" * 2, "0123456789abcdef|0123|test")
    for key in keys:
        rendered = render_environment(dialect, {"SCALE_API_KEY": SecretValue(key)})
        assert "SCALE_API_KEY" in rendered.content.reveal()
        assert rendered.warnings == ()
