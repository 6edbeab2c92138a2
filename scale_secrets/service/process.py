"""What a process is given: its environment, or files; computed before anything is started."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scale_secrets.bundle import Bundle
from scale_secrets.errors import UsageError
from scale_secrets.files import make_private_directory, write_private
from scale_secrets.model import EnvironmentSpec, SecretType
from scale_secrets.separation import refuse
from scale_secrets.separation.inherited import check_inherited, foreign_variables
from scale_secrets.service.session import Session
from scale_secrets.values import SecretValue

# What a program cannot do without, and nothing that could be a credential.
PRISTINE = frozenset(
    ["HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "TZ", "USER"]
)


@dataclass(frozen=True, slots=True)
class ChildEnvironment:
    """``variables``: for ``execve``, in the clear. ``stripped``: names that SEP005 took out."""

    variables: Mapping[bytes, bytes]
    stripped: tuple[str, ...]

    def __repr__(self) -> str:
        return f"ChildEnvironment({len(self.variables)} variables)"


def child_environment(
    session: Session, bundle: Bundle, *, pristine: bool, strict: bool, files: Path | None = None
) -> ChildEnvironment:
    """Inherited variables less those of the other mode, then config, then the secrets.

    ``pristine``: inherit only ``PRISTINE`` and ``LC_*``. ``strict``: refuse instead of stripping
    (``SeparationError``). ``files``: write each secret to a file there, and deliver its path as
    ``VARIABLE_FILE`` instead of its value.
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
    for name, value in (_as_files(delivered, files) if files else delivered).items():
        variables[os.fsencode(name)] = _environment_bytes(name, value)
    stripped = tuple(name for name in foreign if name not in delivered)
    return ChildEnvironment(variables, stripped)


def _environment_bytes(name: str, value: SecretValue | str) -> bytes:
    data = value.reveal_bytes() if isinstance(value, SecretValue) else value.encode()
    if b"\0" in data:
        raise UsageError(
            f"{name}: holds a NUL byte, which no environment variable can",
            hint="deliver it as a file with --files DIR",
        )
    return data


def _as_files(
    delivered: Mapping[str, SecretValue | str], directory: Path
) -> dict[str, SecretValue | str]:
    """Write the secrets as files, 0600 in a directory 0700; config stays in variables."""
    make_private_directory(directory)
    result: dict[str, SecretValue | str] = {}
    for name, value in delivered.items():
        if isinstance(value, SecretValue):
            path = directory.absolute() / name
            write_private(path, value.reveal_bytes())
            result[f"{name}_FILE"] = str(path)
        else:
            result[name] = value
    return result


def _key_variables(environments: Mapping[str, EnvironmentSpec]) -> frozenset[str]:
    """The variables of a manifest that carry Scale keys, for SEP005."""
    return frozenset(
        variable
        for environment in environments.values()
        for spec in environment.secrets.values()
        if spec.type is not SecretType.OPAQUE
        for variable in spec.variables
    )
