"""One environment, read from its stores again and again.

The stores stay open from one read to the next: a login for each would flood the server with
tokens, and a wrapped secret-id works once. They are opened anew when one refuses what is asked,
since a token may have expired, and in a forked child, which must not share connections.

Not for two threads at once. What is around the process is what it was at the beginning: a
program that changes its working directory does not get another manifest.
"""

from __future__ import annotations

import os
from dataclasses import replace

from scale_secrets.errors import DeniedError, ScaleSecretsError, UnreachableError
from scale_secrets.model import EnvironmentSpec, Manifest
from scale_secrets.operation import Operation, operation
from scale_secrets.service.application import Secrets
from scale_secrets.service.library import read_secrets
from scale_secrets.service.session import Session
from scale_secrets.surroundings import Surroundings


class Upstream:
    def __init__(
        self, surroundings: Surroundings, manifest: Manifest, environment: EnvironmentSpec
    ) -> None:
        self.environment = environment
        self._surroundings = surroundings
        self._manifest = manifest
        self._session: Session | None = None
        self._process = 0

    def read(self, timeout: float, *, strong: bool) -> Secrets:
        """Fetched, checked and validated as ``load`` does it; raises what ``load`` raises.

        ``strong``: as the store's last write left it, where a replica could lag behind.
        """
        during = replace(operation(timeout, environment=self.environment.name), strong=strong)
        if self._process != os.getpid():
            self.close()
        kept = self._session is not None
        try:
            return self._read(during)
        except DeniedError:
            if not kept:
                raise
        return self._read(during)

    def close(self) -> None:
        """Close the stores; the next read opens them again. Never raises."""
        if self._session is not None:
            self._session.close()
        self._session = None

    def _read(self, during: Operation) -> Secrets:
        if self._session is None:
            self._session = Session(self._surroundings, self._manifest)
            self._process = os.getpid()
        try:
            return read_secrets(self._session, self.environment, during)
        except UnreachableError:
            raise  # whoever we are there, we still are
        except ScaleSecretsError:
            self.close()
            raise
