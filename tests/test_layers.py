"""The architecture as tests: imports go down only, and each foreign library stays in its place.

Read from the source, so that imports inside functions count as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

import scale_secrets
from scale_secrets.cli import exits
from scale_secrets.errors import ScaleSecretsError

PACKAGE = Path(scale_secrets.__file__).parent

# From the top to the ground, by the first name below the package. A module may import from its
# own layer and from those below it; a new module is added here, where its reviewer sees it.
LAYERS = (
    {"__main__"},
    {"cli"},
    {"__init__"},  # the public face: hands out what service offers
    {"integrations"},
    {"service"},
    {"stores", "http", "callback"},
    {"net"},
    {"render", "separation", "validation", "bundle", "access"},
    {
        "coordinates",
        "errors",
        "files",
        "frozen",
        "keys",
        "log",
        "model",
        "operation",
        "resources",
        "surroundings",
        "values",
    },
)

# Where a library may be imported; each is heavy, or is what a whole area stands for.
CONFINED = {
    "aiohttp": ("callback",),
    "boto3": ("stores/aws",),
    "botocore": ("stores/aws",),
    "httpx": ("http",),
    "hvac": ("stores/vault",),
    "pyrage": ("stores/local",),
    "scaleapi": ("http",),
    "click": ("cli",),
    "jsonschema": ("validation",),
    "pydantic": ("integrations",),
    "pydantic_settings": ("integrations",),
    "yaml": ("render",),
}

# Where a value may leave its shell: to be judged, written, delivered or sent.
REVEALING = (
    "callback",  # the accepted keys, hashed to be compared
    "cli/env",  # the masks of a CI log, and the file that a runner reads
    "cli/output",
    "http",  # the Authorization header of a request
    "integrations",  # the settings of a program, wrapped in their own way
    "keys",
    "render",
    "separation",
    "service/process",
    "stores",
    "validation",
)


@dataclass(frozen=True)
class Module:
    place: str  # "stores/vault/login" for scale_secrets/stores/vault/login.py
    tree: ast.Module

    @property
    def top(self) -> str:
        return self.place.partition("/")[0]

    def imports(self) -> Iterator[str]:
        """Dotted names of every module imported anywhere in this one."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
                if node.module == "scale_secrets":  # from scale_secrets import render
                    yield from (f"scale_secrets.{alias.name}" for alias in node.names)


def _modules() -> list[Module]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).with_suffix("").as_posix()
        place = place if place == "__init__" else place.removesuffix("/__init__")
        found.append(Module(place, ast.parse(path.read_text(encoding="utf-8"))))
    return found


MODULES = _modules()
every_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.place)


def _layer(top: str) -> int:
    for number, names in enumerate(LAYERS):
        if top in names:
            return number
    raise AssertionError(f"scale_secrets.{top} has no layer: give it one in {__file__}")


def _is_within(place: str, areas: tuple[str, ...]) -> bool:
    return any(place == area or place.startswith(f"{area}/") for area in areas)


@every_module
def test_a_module_imports_from_its_own_layer_and_below(module: Module) -> None:
    own = _layer(module.top)
    tops = {
        name.split(".")[1]
        for name in module.imports()
        if name.startswith("scale_secrets.") and name != "scale_secrets.__version__"
    }
    known = set().union(*LAYERS)
    upward = {top for top in tops if top in known and _layer(top) < own}
    assert not upward


@every_module
def test_a_foreign_library_stays_in_its_place(module: Module) -> None:
    for library in {name.partition(".")[0] for name in module.imports()} & CONFINED.keys():
        assert _is_within(module.place, CONFINED[library]), library


@every_module
def test_only_the_command_line_prints_or_exits(module: Module) -> None:
    if _is_within(module.place, ("cli", "__main__")):
        return
    called = {
        ast.unparse(node.func) for node in ast.walk(module.tree) if isinstance(node, ast.Call)
    }
    raised = {
        name.id
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Raise) and node.exc
        for name in ast.walk(node.exc)
        if isinstance(name, ast.Name)
    }
    assert not called & {"print", "exit", "quit", "sys.exit", "os._exit"}
    assert "SystemExit" not in raised


@every_module
def test_a_value_leaves_its_shell_only_where_it_must(module: Module) -> None:
    reveals = any(
        isinstance(node, ast.Attribute) and node.attr in ("reveal", "reveal_bytes", "_data")
        for node in ast.walk(module.tree)
    )
    if reveals and module.place != "values":
        assert _is_within(module.place, REVEALING)


def test_no_module_stands_in_two_layers() -> None:
    assert sum(len(names) for names in LAYERS) == len(set().union(*LAYERS))


def test_one_kind_of_store_does_not_import_another() -> None:
    kinds = {"vault", "aws", "local", "environ"}
    for module in MODULES:
        parts = module.place.split("/")
        if parts[0] != "stores" or len(parts) < 2 or parts[1] not in kinds:
            continue
        others = kinds - {parts[1]}
        named = {name.split(".")[2] for name in module.imports() if name.count(".") >= 2}
        assert not named & others, module.place


def _errors(of: type[ScaleSecretsError] = ScaleSecretsError) -> Iterator[type[ScaleSecretsError]]:
    for below in of.__subclasses__():
        yield below
        yield from _errors(below)


def test_every_error_has_an_exit_code() -> None:
    for module in MODULES:
        if module.place not in ("__init__", "__main__"):  # so that every error class exists
            import_module(f"scale_secrets.{module.place.replace('/', '.')}")
    errors = set(_errors())
    assert len(errors) > len(exits.EXIT_CODES)
    without = {one for one in errors if not set(one.__mro__) & exits.EXIT_CODES.keys()}
    assert not without
