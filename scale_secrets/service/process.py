"""What a process is given: its environment, or files; computed before anything is started."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from scale_secrets.bundle import Bundle
from scale_secrets.errors import UsageError
from scale_secrets.files import make_private_directory, write_private
from scale_secrets.frozen import frozen
from scale_secrets.model import EnvironmentSpec, SecretType
from scale_secrets.operation import Operation
from scale_secrets.separation import refuse
from scale_secrets.separation.inherited import check_inherited, foreign_variables
from scale_secrets.service.doors import Door
from scale_secrets.service.load import load_bundle
from scale_secrets.service.session import Session
from scale_secrets.values import SecretValue

T = TypeVar("T")

# What a program cannot do without, and nothing that could be a credential.
PRISTINE = frozenset(
    ["HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "TZ", "USER"]
)


@dataclass(frozen=True, slots=True)
class ChildEnvironment:
    """``variables``: for ``execve``, in the clear. ``stripped``: names that SEP005 took out.

    ``files``: what ``write_files`` writes; their paths stand in ``variables`` already.
    """

    variables: Mapping[bytes, bytes]
    stripped: tuple[str, ...]
    files: Mapping[Path, SecretValue]

    def __repr__(self) -> str:
        return f"ChildEnvironment({len(self.variables)} variables, {len(self.files)} files)"

    def changed(self, since: ChildEnvironment) -> tuple[str, ...]:
        """The variables whose values, or the files whose contents, are others than before."""
        ours = {path: value.reveal_bytes() for path, value in self.files.items()}
        theirs = {path: value.reveal_bytes() for path, value in since.files.items()}
        variables = (os.fsdecode(name) for name in _differing(self.variables, since.variables))
        return (*variables, *(path.name for path in _differing(ours, theirs)))


def _differing(one: Mapping[T, bytes], other: Mapping[T, bytes]) -> tuple[T, ...]:
    """The keys of values that are not in both, or not the same, each compared in constant time."""
    from hmac import compare_digest

    names = dict.fromkeys((*one, *other))
    return tuple(
        name
        for name in names
        if name not in one or name not in other or not compare_digest(one[name], other[name])
    )


@frozen
class Request:
    """What ``run`` was asked for; the words of ``load_bundle`` and ``child_environment``."""

    environments: tuple[EnvironmentSpec, ...]
    door: Door
    only: tuple[str, ...] = ()
    pristine: bool = False
    strict: bool = False
    files: Path | None = None


def prepared(
    session: Session, request: Request, operation: Operation
) -> tuple[Bundle, ChildEnvironment]:
    """Read the secrets, and say what the command is to be given. Raises what the two raise."""
    bundle = load_bundle(session, request.environments, operation, request.door, only=request.only)
    child = child_environment(
        session, bundle, pristine=request.pristine, strict=request.strict, files=request.files
    )
    return bundle, child


def child_environment(
    session: Session, bundle: Bundle, *, pristine: bool, strict: bool, files: Path | None = None
) -> ChildEnvironment:
    """Inherited variables less those of the other mode, then config, then the secrets.

    ``pristine``: inherit only ``PRISTINE`` and ``LC_*``. ``strict``: refuse instead of stripping
    (``SeparationError``). ``files``: a directory; each secret becomes a file there, and its path is
    delivered as ``VARIABLE_FILE`` instead of its value. Nothing is written yet.
    """
    inherited = {
        name: text
        for name, text in session.surroundings.environ.items()
        if not pristine or name in PRISTINE or name.startswith("LC_")
    }
    slots = _key_variables(session.manifest.environments)
    foreign = foreign_variables(inherited, bundle.mode, slots)
    if strict:
        refuse(check_inherited(foreign, bundle.mode))
    for name in foreign:
        del inherited[name]
    delivered = bundle.variables()
    variables = {os.fsencode(name): os.fsencode(text) for name, text in inherited.items()}
    # A secret's variable that the parent set must not survive beside its file.
    for name in delivered:
        variables.pop(os.fsencode(name), None)
    places = _places(delivered, files) if files else {}
    for name, value in delivered.items():
        if name in places:
            variables[os.fsencode(f"{name}_FILE")] = os.fsencode(places[name][0])
        else:
            variables[os.fsencode(name)] = _environment_bytes(name, value)
    stripped = tuple(name for name in foreign if name not in delivered)
    return ChildEnvironment(variables, stripped, dict(places.values()))


def write_files(child: ChildEnvironment, *, instead_of: ChildEnvironment | None = None) -> None:
    """Write the secrets' files, 0600 in a directory 0700, each one replaced as a whole.

    ``instead_of``: what was given before. Files that it had and ``child`` has not are removed,
    those whose values stayed are left alone.
    """
    before = instead_of.files if instead_of else {}
    for path, value in child.files.items():
        if path not in before or not value.same_as(before[path]):
            make_private_directory(path.parent)
            write_private(path, value.reveal_bytes())
    for path in before.keys() - child.files.keys():
        with suppress(OSError):  # nobody is told of it any more
            path.unlink()


def _places(
    delivered: Mapping[str, SecretValue | str], directory: Path
) -> dict[str, tuple[Path, SecretValue]]:
    """The file of each secret, by its variable; config stays in variables."""
    return {
        name: (directory.absolute() / name, value)
        for name, value in delivered.items()
        if isinstance(value, SecretValue)
    }


def _environment_bytes(name: str, value: SecretValue | str) -> bytes:
    data = value.reveal_bytes() if isinstance(value, SecretValue) else value.encode()
    if b"\0" in data:
        raise UsageError(
            f"{name}: holds a NUL byte, which no environment variable can",
            hint="deliver it as a file with --files DIR",
        )
    return data


def _key_variables(environments: Mapping[str, EnvironmentSpec]) -> frozenset[str]:
    """The variables of a manifest that carry Scale keys, for SEP005."""
    return frozenset(
        variable
        for environment in environments.values()
        for spec in environment.secrets.values()
        if spec.type is not SecretType.OPAQUE
        for variable in spec.variables
    )
