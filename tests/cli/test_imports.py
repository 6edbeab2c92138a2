"""A command imports what it needs and nothing else: its time is mostly Python's imports.

Each command runs in an interpreter of its own, which tells at its end what was imported. The
lists are allow-lists: a new import is added here, where its reviewer sees it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.canary import User

if TYPE_CHECKING:
    from tests.support.moto_server import MotoServer
    from tests.support.openbao import OpenBao

KEY = "test_" + "0123456789abcdef" * 2

# Standard modules that cost milliseconds; the small ones come and go unnoticed.
HEAVY = frozenset(
    ("asyncio", "concurrent", "ctypes", "difflib", "email", "hmac", "http", "logging",
     "multiprocessing", "pydoc", "shutil", "socket", "sqlite3", "ssl", "subprocess", "tempfile",
     "tomllib", "unittest", "urllib", "uuid", "xml")
)  # fmt: skip

CLICK = {"click"}
CLICKS_OWN = {"difflib", "shutil", "urllib", "uuid"}  # imported by click itself, and by pathlib
HARDENING = {"ctypes"}
# What every command needs that reads a manifest. jsonschema is not in it, nor is logging.
MANIFEST_READ = CLICK | CLICKS_OWN | HARDENING | {"tomllib"}
SCHEMA = {"jsonschema", "referencing", "attr", "rpds"}
AGE = {"pyrage"}
AWS = {"botocore", "jmespath", "dateutil", "six", "urllib3", "certifi"}
LOGIN = {"hvac", "requests", "urllib3", "certifi", "idna", "charset_normalizer"}

REPORT = """
import atexit, os, sys
def report():
    with open(os.environ["REPORT_TO"], "w") as file:
        file.write("\\n".join(sys.modules))
atexit.register(report)
"""

MANIFEST = """\
[stores.STORE]
kind = "KIND"
SETTINGS
[environments.test]
mode = "test"
store = "STORE"
[environments.test.secrets.api_key]
path = "PATH"
FIELD
"""


@pytest.fixture
def user(tmp_path: Path) -> User:
    user = User(tmp_path / "user", [])
    directory = tmp_path / "report"
    directory.mkdir()
    (directory / "sitecustomize.py").write_text(REPORT)
    user.environ["PYTHONPATH"] = f"{directory}:{user.environ['PYTHONPATH']}"
    user.environ["REPORT_TO"] = str(directory / "modules")
    return user


def write_manifest(user: User, kind: str, path: str, settings: str = "", field: str = "") -> None:
    text = MANIFEST.replace("STORE", f"my{kind}").replace("KIND", kind).replace("PATH", path)
    text = text.replace("SETTINGS", settings).replace("FIELD", field)
    (user.cwd / "scale-secrets.toml").write_text(text)


def imported(user: User, *words: str, stdin: bytes = b"") -> set[str]:
    """The top names of what a command imported that is third-party or heavy."""
    outcome = user.run(*words, stdin=stdin)
    assert outcome.code == 0, outcome.err.decode()
    return reported(user)


def reported(user: User) -> set[str]:
    modules = Path(user.environ["REPORT_TO"]).read_text().splitlines()
    tops = {module.partition(".")[0] for module in modules}
    standard = sys.stdlib_module_names - HEAVY
    private = {top for top in tops if top.startswith("_")}
    # sitecustomize and what the virtual environment's .pth files import
    return tops - standard - private - {"scale_secrets", "sitecustomize", "usercustomize"}


def test_help_and_what_prints_its_own_files_import_click_alone(user: User) -> None:
    whole = imported(user, "--help")  # looks at each command for its line
    assert whole - HEAVY == CLICK
    assert not whole & {"email", "http", "logging", "socket", "ssl", "tomllib"}
    for words in (
        ("header", "--help"),
        ("--version",),
        ("schema",),
        ("schema", "manifest"),
        ("completion", "zsh"),
    ):
        assert imported(user, *words) <= CLICK | CLICKS_OWN | HARDENING, words


def test_the_audit_of_policy_files_imports_click_alone(user: User) -> None:
    examples = Path(__file__).resolve().parents[1] / "examples" / "access"
    vault = ("audit", "explain", "auth/approle/role/ci", "secret/scale/live/api-key")
    aws = ("audit", "explain", "cat-labels", "scale/live/api-key")
    for words, directory in (
        (vault, "01-simple"),
        (aws, "06-same-account"),
        (("audit", "lint"), "01-simple"),
        (("audit", "lint"), "06-same-account"),
    ):
        found = imported(user, *words, "--policies", str(examples / directory))
        assert found <= CLICK | CLICKS_OWN | {"ctypes"}, words


def test_the_variables_store_imports_no_client(user: User) -> None:
    user.environ["SOME_KEY"] = KEY
    write_manifest(user, "environ", "SOME_KEY")
    for words in (
        ("header", "-e", "test"),
        ("get", "-e", "test", "api_key"),
        ("env", "-e", "test", "--format", "posix"),
        ("check", "-e", "test"),
        ("list", "-e", "test"),
    ):
        assert imported(user, *words) <= MANIFEST_READ, words


def test_a_program_that_loads_keys_imports_neither_click_nor_a_client(
    user: User, openbao: OpenBao
) -> None:
    openbao.root("POST", "secret/data/imports/a", {"data": {"value": KEY}})
    user.environ |= {"VAULT_ADDR": openbao.url, "VAULT_TOKEN": "root"}
    write_manifest(user, "vault", "imports/a", 'mount = "secret"', 'field = "value"')
    program = [sys.executable, "-c", "import scale_secrets; scale_secrets.load('test')"]
    subprocess.run(program, cwd=user.cwd, env=user.environ, check=True)
    assert reported(user) <= {"socket", "tomllib", "urllib"}


def test_what_is_not_certainly_valid_is_what_jsonschema_is_imported_for(user: User) -> None:
    user.environ["SOME_KEY"] = KEY
    write_manifest(user, "environ", "SOME_KEY")
    (user.cwd / "own.schema.json").write_text("{}")
    manifest = user.cwd / "scale-secrets.toml"
    environment = '[environments.test]\nschema = "own.schema.json"'
    manifest.write_text(manifest.read_text().replace("[environments.test]", environment))
    assert imported(user, "header", "-e", "test") >= SCHEMA


def test_logging_is_imported_to_say_what_is_done(user: User) -> None:
    user.environ["SOME_KEY"] = KEY
    write_manifest(user, "environ", "SOME_KEY")
    found = imported(user, "header", "-e", "test", "-v")
    assert found - MANIFEST_READ == {"logging"}


@pytest.mark.parametrize(
    "words",
    [
        ("header", "-e", "test"),
        ("get", "-e", "test", "api_key"),
        ("env", "-e", "test", "--format", "dotenv"),
        ("env", "-e", "test", "--format", "github", "--output", "x"),
        ("check", "-e", "test"),
        ("doctor",),
        ("list", "mylocal:"),
    ],
    ids=" ".join,
)
def test_the_embedded_store_imports_pyrage_and_no_network(
    user: User, words: tuple[str, ...]
) -> None:
    assert user.run("init").code == 0
    write_manifest(user, "local", "a", 'path = ".scale-secrets/store.age"')
    found = imported(user, "put", "-e", "test", "api_key", stdin=KEY.encode())
    assert found <= MANIFEST_READ | AGE
    assert imported(user, *words) <= MANIFEST_READ | AGE


def test_a_callback_is_verified_without_a_web_framework(user: User) -> None:
    user.environ["SOME_KEY"] = "test_auth_ScaleRocks"
    write_manifest(user, "environ", "SOME_KEY")
    manifest = user.cwd / "scale-secrets.toml"
    manifest.write_text(manifest.read_text().replace("api_key", "callback_auth_key"))
    words = ("callback", "verify", "-e", "test")
    assert imported(user, *words, stdin=b"test_auth_ScaleRocks") <= MANIFEST_READ | {"hmac"}


def test_vault_with_a_token_imports_a_socket_and_no_client(user: User, openbao: OpenBao) -> None:
    openbao.root("POST", "secret/data/imports/a", {"data": {"value": KEY}})
    user.environ |= {"VAULT_ADDR": openbao.url, "VAULT_TOKEN": "root"}
    write_manifest(user, "vault", "imports/a", 'mount = "secret"', 'field = "value"')
    allowed = MANIFEST_READ | {"socket"}
    for words in (("header", "-e", "test"), ("list", "myvault:imports"), ("doctor",)):
        assert imported(user, *words) <= allowed, words
    found = imported(user, "put", "-e", "test", "api_key", stdin=KEY.encode())
    assert found <= allowed
    assert imported(user, "get", "vault:secret/imports/a") <= allowed


def test_vault_over_https_imports_ssl_beside_it(user: User, openbao: OpenBao) -> None:
    openbao.root("POST", "secret/data/imports/a", {"data": {"value": KEY}})
    user.environ |= {"VAULT_ADDR": openbao.tls_url, "VAULT_TOKEN": "root"}
    user.environ["VAULT_CACERT"] = str(openbao.authority.file)
    write_manifest(user, "vault", "imports/a", 'mount = "secret"', 'field = "value"')
    assert imported(user, "header", "-e", "test") <= MANIFEST_READ | {"socket", "ssl"}


def test_vault_with_a_login_imports_hvac_and_nothing_of_aws(user: User, openbao: OpenBao) -> None:
    openbao.root("POST", "secret/data/imports/b", {"data": {"value": KEY}})
    if "userpass/" not in openbao.root("GET", "sys/auth"):
        openbao.root("POST", "sys/auth/userpass", {"type": "userpass"})
    policy = openbao.policy("secret/data/imports/b [read]")
    openbao.root("POST", "auth/userpass/users/imports", {"password": "p", "policies": [policy]})
    password = user.home / "password"
    password.touch(mode=0o600)
    password.write_text("p")
    user.environ["VAULT_ADDR"] = openbao.url
    login = {"method": "userpass", "username": "imports", "password_file": str(password)}
    auth = ", ".join(f"{name} = {json.dumps(text)}" for name, text in login.items())
    settings = f'mount = "secret"\nauth = [{{ {auth} }}]'
    write_manifest(user, "vault", "imports/b", settings, 'field = "value"')
    found = imported(user, "header", "-e", "test")
    assert "hvac" in found, "the login that this test is about"
    assert not found & (AWS - LOGIN | AGE | SCHEMA | {"boto3", "yaml", "flask", "moto"})


def test_aws_imports_neither_hvac_nor_pyrage_nor_boto3(user: User, moto: MotoServer) -> None:
    moto.client("secretsmanager").create_secret(Name="imports/a", SecretString=KEY)
    user.environ |= moto.environ
    write_manifest(user, "aws", "imports/a")
    found = imported(user, "header", "-e", "test")
    assert "botocore" in found
    assert found <= MANIFEST_READ | AWS | HEAVY
    assert not found & {"hvac", "requests", "pyrage", "boto3", "s3transfer", "yaml"}


def test_only_the_dialect_that_writes_yaml_may_import_it(user: User) -> None:
    user.environ["SOME_KEY"] = KEY
    write_manifest(user, "environ", "SOME_KEY")
    for dialect in ("dotenv", "docker", "posix", "systemd"):
        assert "yaml" not in imported(user, "env", "-e", "test", "--format", dialect)
