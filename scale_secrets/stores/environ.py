"""Kind ``environ``: read-only, for pipelines whose secrets already are variables.

A path is a variable's name. Nothing is cached or copied beyond the surroundings that were handed
in, and there is one version, ``1``, which is current.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from scale_secrets.errors import NotFoundError, UsageError
from scale_secrets.model import Container, Stage, StoreSpec
from scale_secrets.operation import Operation
from scale_secrets.stores.interface import Content, Record, Store, VersionInfo
from scale_secrets.surroundings import Surroundings
from scale_secrets.values import SecretValue

_VERSION = "1"


def containers(spec: StoreSpec, surroundings: Surroundings) -> Callable[[str], Container]:
    """Every path is in this process."""
    return _container


def _container(path: str) -> Container:
    if "=" in path or "\0" in path or not path:
        raise UsageError(
            "the path of a secret in the environment is a variable's name",
            hint="for example environ:SCALE_API_KEY",
        )
    return Container("environ", "process", path)


def open(spec: StoreSpec, surroundings: Surroundings) -> Store:  # noqa: A001 - the kinds' common name
    """Make the store ready."""
    return EnvironStore(surroundings)


class EnvironStore(Store):
    def __init__(self, surroundings: Surroundings) -> None:
        self._environ = surroundings.environ

    def get(self, path: str, version: str | None, operation: Operation) -> Record:
        if path not in self._environ:
            raise NotFoundError(
                f"the variable {path} is not set", hint="set it, or look for a typing error"
            )
        if version not in (None, _VERSION, Stage.CURRENT.value):
            raise NotFoundError(
                f"the variable {path} has no version or stage {version!r}",
                hint="a variable has only its current value",
            )
        # bytes that are not UTF-8 stand in a variable's text as surrogates: give them back exactly
        value = SecretValue(os.fsencode(self._environ[path]))
        return Record(path, _VERSION, Content(whole=value))

    def versions(self, path: str, operation: Operation) -> Sequence[VersionInfo]:
        self.get(path, None, operation)
        return [VersionInfo(_VERSION, stages=frozenset({Stage.CURRENT.value}))]

    def list(self, prefix: str, operation: Operation) -> Sequence[str]:
        below = prefix.rstrip("/") + "/"
        return sorted(
            name for name in self._environ if not prefix or name == prefix or name.startswith(below)
        )
