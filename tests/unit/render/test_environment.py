from __future__ import annotations

import os
import subprocess
import sys

import pytest

from scale_secrets.errors import RenderError, UsageError
from scale_secrets.render.dialects.interface import Options
from scale_secrets.render.environment import DIALECTS, render_environment
from scale_secrets.values import SecretValue

CANARY = "q7canaryq7"


def _text(dialect: str, variables: dict[str, SecretValue | str], **options: str) -> str:
    return render_environment(dialect, variables, Options(**options)).content.reveal()


def _refusal(dialect: str, variables: dict[str, SecretValue | str]) -> RenderError:
    with pytest.raises(RenderError) as caught:
        render_environment(dialect, variables)
    error = caught.value
    assert CANARY not in str(error) + error.hint + repr(error.refused)
    assert error.__cause__ is None and error.__context__ is None
    return error


def test_dialects_are_those_of_the_command() -> None:
    assert " ".join(DIALECTS) == "posix dotenv dotenv-node docker systemd github k8s json yaml"


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("posix", "export SCALE_API_KEY='live_x'\nexport SCALE_PROJECT='it'\"'\"'s'\n"),
        ("dotenv", 'SCALE_API_KEY="live_x"\nSCALE_PROJECT="it\'s"\n'),
        ("dotenv-node", "SCALE_API_KEY='live_x'\nSCALE_PROJECT=`it's`\n"),
        ("docker", "SCALE_API_KEY=live_x\nSCALE_PROJECT=it's\n"),
        ("systemd", 'SCALE_API_KEY="live_x"\nSCALE_PROJECT="it\'s"\n'),
        (
            "github",
            "\nSCALE_API_KEY<<SCALE_SECRETS_END_1\nlive_x\nSCALE_SECRETS_END_1\n"
            "SCALE_PROJECT<<SCALE_SECRETS_END_1\nit's\nSCALE_SECRETS_END_1\n",
        ),
        (
            "k8s",
            'apiVersion: v1\nkind: Secret\nmetadata:\n  name: "scale-secrets"\ntype: Opaque\n'
            'data:\n  "SCALE_API_KEY": "bGl2ZV94"\n  "SCALE_PROJECT": "aXQncw=="\n',
        ),
        ("json", '{\n  "SCALE_API_KEY": "live_x",\n  "SCALE_PROJECT": "it\'s"\n}\n'),
        ("yaml", '"SCALE_API_KEY": "live_x"\n"SCALE_PROJECT": "it\'s"\n'),
    ],
)
def test_secrets_and_config_render_in_their_order(dialect: str, text: str) -> None:
    assert _text(dialect, {"SCALE_API_KEY": SecretValue("live_x"), "SCALE_PROJECT": "it's"}) == text


@pytest.mark.parametrize("dialect", DIALECTS)
def test_rendering_is_reproducible_and_masked_in_repr(dialect: str) -> None:
    variables = {"V": SecretValue(CANARY)}
    first, second = (render_environment(dialect, variables) for _ in range(2))
    assert first.content.same_as(second.content)
    assert repr(first) == "Rendered(content=<secret>, masks=<secret>, warnings=())"


@pytest.mark.parametrize("dialect", sorted({*DIALECTS} - {"github"}))
def test_only_github_has_masks(dialect: str) -> None:
    assert render_environment(dialect, {"V": SecretValue(CANARY)}).masks.empty


@pytest.mark.parametrize(
    ("dialect", "empty"),
    [
        *((dialect, "") for dialect in DIALECTS if dialect not in ("k8s", "json", "yaml")),
        ("json", "{}\n"),
        ("yaml", "{}\n"),
    ],
)
def test_no_variables_make_an_empty_file(dialect: str, empty: str) -> None:
    assert _text(dialect, {}) == empty


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["", "A B", "A=B", "A\n", "A'", 'A"', "$A", "É", "A:B", "A\0"])
def test_no_dialect_takes_a_name_that_could_be_read_as_something_else(
    dialect: str, name: str
) -> None:
    error = _refusal(dialect, {name: SecretValue(CANARY)})
    assert "is no name that this dialect can hold" in str(error)
    assert "\n" not in str(error) and "\0" not in str(error)


@pytest.mark.parametrize("name", ["1A", "A-B", "A.B", "-", "."])
@pytest.mark.parametrize("dialect", sorted({*DIALECTS} - {"k8s"}))
def test_only_kubernetes_takes_dots_and_dashes_in_names(dialect: str, name: str) -> None:
    _refusal(dialect, {name: SecretValue(CANARY)})


@pytest.mark.parametrize("name", ["tls.crt", "a-b", "1", ".a"])
def test_kubernetes_takes_its_own_kind_of_names(name: str) -> None:
    assert f'  "{name}": "eA=="\n' in _text("k8s", {name: SecretValue("x")})


@pytest.mark.parametrize("name", [".", "..", "..a", "a" * 254])
def test_kubernetes_refuses_keys_that_would_be_paths_or_too_long(name: str) -> None:
    _refusal("k8s", {name: SecretValue(CANARY)})


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nul_is_refused_everywhere(dialect: str) -> None:
    error = _refusal(dialect, {"V": SecretValue(f"{CANARY}\0")})
    assert error.reason == "holds a NUL byte, which no variable can"


@pytest.mark.parametrize("dialect", sorted({*DIALECTS} - {"posix", "k8s"}))
def test_binary_is_refused_by_every_text_dialect(dialect: str) -> None:
    error = _refusal(dialect, {"V": SecretValue(CANARY.encode() + b"\xff")})
    assert error.reason == "is binary, not UTF-8 text, which this dialect cannot hold"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_config_that_is_no_unicode_is_refused(dialect: str) -> None:
    assert _refusal(dialect, {"V": f"{CANARY}\ud800"}).reason == "is not valid Unicode text"


def test_all_refusals_of_a_file_are_named_at_once() -> None:
    error = _refusal(
        "docker",
        {
            "FIRST": SecretValue(f"{CANARY}\n"),
            "FINE": SecretValue(CANARY),
            "BAD NAME": "x",
            "LAST": SecretValue(f"{CANARY}\0"),
        },
    )
    assert str(error) == (
        "docker: FIRST: holds a line break, which docker's env files cannot; "
        "BAD NAME: is no name that this dialect can hold; "
        "LAST: holds a NUL byte, which no variable can"
    )
    assert (error.dialect, error.key) == ("docker", "FIRST")
    assert [name for name, _ in error.refused] == ["FIRST", "BAD NAME", "LAST"]
    assert error.hint.count(";") == 2


@pytest.mark.parametrize(
    ("dialect", "value", "reason"),
    [
        ("dotenv", "${X}", "expands"),
        ("dotenv", "${}", "expands"),
        ("dotenv", "${X:-y}", "expands"),
        ("dotenv", " x\\", "backslash"),
        ("dotenv", "x #\\", "backslash"),
        ("dotenv", "x\n\\", "backslash"),
        ("dotenv", "'x\\", "backslash"),
        ("dotenv-node", "x#\\", "backslash"),
        ("dotenv-node", "\ufeffx\\", "backslash"),
        ("dotenv-node", "'\"`", "every kind of quote"),
        ("dotenv-node", '\r"', "carriage return and a double quote"),
        ("dotenv-node", "\r\\n", "literal"),
        ("docker", "x\n", "line break"),
        ("docker", "x\r", "carriage return"),
        ("docker", "x" * 65536, "too long"),
        ("systemd", "\ufdd0", "noncharacter"),
        ("systemd", "\ufffe", "noncharacter"),
        ("systemd", "\U0010ffff", "noncharacter"),
        ("github", "x\r", "carriage return"),
        ("k8s", "x" * (1024 * 1024 + 1), "1 MiB"),
    ],
)
def test_what_a_parser_would_misread_is_refused(dialect: str, value: str, reason: str) -> None:
    assert reason in _refusal(dialect, {"V": SecretValue(value)}).reason


@pytest.mark.parametrize(
    ("dialect", "value"),
    [
        ("dotenv", "$X"),
        ("dotenv", "${X:y}"),
        ("dotenv", "x\\"),
        ("dotenv-node", "x\\"),
        ("dotenv-node", "'\"\\n"),
        ("docker", " 'x' #\\ "),
        ("systemd", "\ufffd\U0010fffd"),
        ("github", "\r\n"),
        ("k8s", "x" * 1024 * 1024),
    ],
)
def test_what_a_parser_reads_exactly_is_not_refused(dialect: str, value: str) -> None:
    assert _text(dialect, {"V": SecretValue(value)})


@pytest.mark.parametrize("name", ["GITHUB_ENV", "github_token", "RUNNER_X", "NODE_OPTIONS"])
def test_github_refuses_names_of_the_runner(name: str) -> None:
    assert "runner" in _refusal("github", {name: SecretValue(CANARY)}).reason


@pytest.mark.parametrize("name", ["path", "UID", "_", "OPTIND", "SHELLOPTS"])
def test_posix_refuses_names_that_a_shell_keeps(name: str) -> None:
    assert "shell" in _refusal("posix", {name: SecretValue(CANARY)}).reason


@pytest.mark.parametrize("quoted", ["'q7'", '"q7"', "''"])
def test_docker_warns_of_a_value_in_quotes(quoted: str) -> None:
    variables = {"V": SecretValue(quoted), "W": SecretValue("'"), "X": SecretValue("'q7\"")}
    assert render_environment("docker", variables).warnings == (
        "docker: V: begins and ends with a quote, which docker keeps and other readers strip",
    )


def test_kubernetes_names_its_secret_and_namespace() -> None:
    text = _text("k8s", {}, secret_name="scale.live", namespace="labels")
    assert text == (
        'apiVersion: v1\nkind: Secret\nmetadata:\n  name: "scale.live"\n  namespace: "labels"\n'
        "type: Opaque\ndata: {}\n"
    )


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a..b", "a" * 254, 'a"', "a\n"])
def test_kubernetes_refuses_names_that_its_server_would(name: str) -> None:
    for options in (Options(secret_name=name), Options(namespace=name)):
        with pytest.raises(UsageError, match=r"k8s: .* is no name of a (secret|namespace)"):
            render_environment("k8s", {}, options)


@pytest.mark.parametrize("dialect", ["json", "yaml", "dotenv"])
def test_a_long_value_stays_on_one_line(dialect: str) -> None:
    long = "word \n" * 100
    lines = _text(dialect, {"V": SecretValue(long)}).splitlines()
    assert len([line for line in lines if "word" in line]) == 1


def test_unknown_dialect_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="unknown dialect 'fish'") as caught:
        render_environment("fish", {})
    assert caught.value.hint == f"one of {', '.join(DIALECTS)}"


def test_asking_for_one_dialect_imports_no_other() -> None:
    program = (
        "import sys\n"
        "from scale_secrets.render.environment import render_environment\n"
        "render_environment('posix', {})\n"
        "print(*(name for name in sys.modules if name in ('yaml', 'json', 'secrets')"
        " or name.startswith('scale_secrets.render.dialects.')))\n"
    )
    # Coverage, which measures children as well, would import some of these itself.
    unmeasured = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=unmeasured,
    )
    assert set(result.stdout.split()) == {
        "scale_secrets.render.dialects.interface",
        "scale_secrets.render.dialects.posix",
    }
