"""A real store behind a front that counts and can fail, and a manifest that points there."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Self

from scale_secrets.service.fresh.door import fresh
from scale_secrets.service.fresh.secrets import FreshSecrets
from tests.support.fault_proxy import FaultServer, Forward, Hang, Raw, Switch
from tests.support.moto_server import MotoServer
from tests.support.openbao import ROOT_TOKEN, OpenBao

ENVIRONMENT = "live"


class Scene(ABC):
    """``front`` is where clients go. A context manager; ``environ`` is what they need around them.

    ``names``: the secrets of the environment, each with a container of its own under ``prefix``.
    """

    def __init__(self, url: str, prefix: str, names: tuple[str, ...]) -> None:
        self.prefix = prefix
        self.names = names
        self._good = Forward(int(url.rpartition(":")[2]))
        self._switch = Switch(self._good)
        self.front = FaultServer(self._switch)

    def __enter__(self) -> Self:
        self.front.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.front.stop()

    @property
    @abstractmethod
    def environ(self) -> Mapping[str, str]: ...

    @abstractmethod
    def write(self, name: str, value: str) -> None:
        """Behind the client's back, and past the front."""

    @abstractmethod
    def reads(self) -> int:
        """How many reads of a value have arrived."""

    def away(self) -> None:
        """From now on every connection is closed without an answer."""
        self._switch.now = Raw(b"")

    def hang(self) -> None:
        """From now on nobody gets an answer."""
        self._switch.now = Hang()

    def slow(self, seconds: float) -> None:
        """From now on each answer takes so long."""
        self._switch.now = replace(self._good, before=lambda: time.sleep(seconds))

    def back(self) -> None:
        self._switch.now = self._good

    @property
    @abstractmethod
    def store(self) -> Mapping[str, Any]: ...

    def path(self, name: str) -> str:
        return f"{self.prefix}/{name}"

    def manifest(self, **more: Any) -> dict[str, Any]:
        secrets = {
            name: {"path": self.path(name), "type": "scale-api-key"} | self.field
            for name in self.names
        }
        environment = {"mode": "live", "store": "main", "secrets": secrets}
        return {
            "stores": {"main": dict(self.store)},
            "environments": {ENVIRONMENT: environment},
            **more,
        }

    field: ClassVar[Mapping[str, str]] = {}

    def fresh(
        self, *, refresh_every: float = 300, max_age: float = 3600, timeout: float = 10, **more: Any
    ) -> FreshSecrets:
        return fresh(
            ENVIRONMENT,
            manifest=self.manifest(**more),
            refresh_every=refresh_every,
            max_age=max_age,
            timeout=timeout,
        )


class VaultScene(Scene):
    field: ClassVar[Mapping[str, str]] = {"field": "value"}

    def __init__(self, bao: OpenBao, prefix: str, names: tuple[str, ...]) -> None:
        super().__init__(bao.url, prefix, names)
        self._bao = bao

    @property
    def environ(self) -> Mapping[str, str]:
        return {"VAULT_ADDR": self.front.url, "VAULT_TOKEN": ROOT_TOKEN, "VAULT_MAX_RETRIES": "0"}

    @property
    def store(self) -> Mapping[str, Any]:
        return {"kind": "vault", "mount": "secret"}

    def write(self, name: str, value: str) -> None:
        self._bao.root("POST", f"secret/data/{self.path(name)}", {"data": {"value": value}})

    def reads(self) -> int:
        asked = f"GET /v1/secret/data/{self.prefix}/".encode()
        return sum(request.startswith(asked) for request in self.front.requests)


class AwsScene(Scene):
    def __init__(self, moto: MotoServer, prefix: str, names: tuple[str, ...]) -> None:
        super().__init__(moto.url, prefix, names)
        self._moto = moto
        self._client = moto.client("secretsmanager")
        self._known: set[str] = set()

    @property
    def environ(self) -> Mapping[str, str]:
        return {**self._moto.environ, "AWS_ENDPOINT_URL": self.front.url}

    @property
    def store(self) -> Mapping[str, Any]:
        return {"kind": "aws"}

    def write(self, name: str, value: str) -> None:
        path = self.path(name)
        if path in self._known:
            self._client.put_secret_value(SecretId=path, SecretString=value)
        else:
            self._client.create_secret(Name=path, SecretString=value)
            self._known.add(path)

    def reads(self) -> int:
        return sum(b"GetSecretValue" in request for request in self.front.requests)
