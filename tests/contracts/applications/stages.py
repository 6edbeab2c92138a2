"""A store of each kind that works, until a fault of the table befalls it.

OpenBao is real and AWS is moto; between them and us stands a server that speaks TLS, hands on what
it gets, and can be told to fail.
"""

from __future__ import annotations

import json
import ssl
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyrage

from tests.contracts.local_harness import LocalHarness
from tests.support.canary import Canary, fresh, key
from tests.support.fault_proxy import (
    Drip,
    Fault,
    FaultServer,
    Forward,
    Hang,
    Reply,
    Reset,
    Switch,
)
from tests.support.moto_server import MotoServer
from tests.support.openbao import OpenBao
from tests.support.tls import Authority


class Stage(ABC):
    """``environ``: the variables that lead there. ``canaries``: what nothing may ever show."""

    settings: Mapping[str, Any]
    field: str | None = None

    def __init__(self) -> None:
        self.path = f"faults/{uuid.uuid4().hex}"
        self.live = key("live key", "live_")
        self.test = key("test key", "test_")
        self.other = Canary("other", f"sk-{fresh()}".encode())
        self.canaries = [self.live, self.test, self.other]
        self.environ: dict[str, str] = {}

    @property
    def manifest(self) -> dict[str, Any]:
        secret = {"path": self.path} | ({"field": self.field} if self.field else {})
        live = {"mode": "live", "store": "main", "secrets": {"api_key": secret}}
        return {"stores": {"main": self.settings}, "environments": {"live": live}}

    def befall(self, fault: str) -> None:
        self.faults()[fault]()

    def faults(self) -> dict[str, Callable[[], object]]:
        """By the names of the table; each kind adds its own."""
        return {
            "other mode": lambda: self.write(self.test.text),
            "other kind": lambda: self.write(self.other.text),
        }

    @abstractmethod
    def write(self, text: str) -> None:
        """Put a value there behind the library's back, where no rule is asked."""


class RemoteStage(Stage):
    """``front``: what we connect to. ``upstream``: the port of the real server."""

    def __init__(self, upstream: int, authority: Authority) -> None:
        super().__init__()
        self._authority = authority
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._present(expired=False)
        self._upstream = upstream
        self._switch = Switch(Forward(upstream))
        self.front = FaultServer(self._switch, context=self._context)

    def faults(self) -> dict[str, Callable[[], object]]:
        def failing(fault: Fault) -> Callable[[], object]:
            return lambda: setattr(self._switch, "now", fault)

        return super().faults() | {
            "down": self.front.stop,
            "slow": failing(Hang()),
            "dripping": failing(Drip(Reply(200, self.live.value * 20))),
            "hanging up": failing(Reset()),
            "overloaded": failing(Reply(503, b"{}")),
            "cut": failing(Forward(self._upstream, lambda raw: raw[:-20])),
            "garbled": failing(Reply(200, b'["' + self.live.value + b'"]')),
        }

    def heal(self) -> None:
        """Undo what the server in front was told."""
        self._switch.now = Forward(self._upstream)

    def _present(self, *, expired: bool) -> None:
        name = "expired" if expired else "front"
        pair = self._authority.issue(name, "127.0.0.1", expired=expired)
        self._context.load_cert_chain(pair.certificate, pair.key)


class VaultStage(RemoteStage):
    field = "value"

    def __init__(self, bao: OpenBao, authority: Authority) -> None:
        super().__init__(int(bao.url.rpartition(":")[2]), authority)
        self.settings = {"kind": "vault", "mount": "secret", "auth": [{"method": "token"}]}
        self._bao = bao
        self._token = bao.token(f"secret/data/{self.path} [read]")
        self.canaries.append(Canary("token", self._token.encode()))
        self.environ = {
            "VAULT_ADDR": self.front.url,
            "VAULT_CACERT": str(authority.file),
            "VAULT_TOKEN": self._token,
            "VAULT_MAX_RETRIES": "0",
        }
        self.write(self.live.text)

    def faults(self) -> dict[str, Callable[[], object]]:
        root = self._bao.root
        return super().faults() | {
            # An expired token is answered in the same way; this one need not be waited for.
            "credential": lambda: root("POST", "auth/token/revoke", {"token": self._token}),
            "secret gone": lambda: root("DELETE", f"secret/metadata/{self.path}"),
            "clock": self._expire,
        }

    def write(self, text: str) -> None:
        self._bao.root("POST", f"secret/data/{self.path}", {"data": {"value": text}})

    def _expire(self) -> None:
        """As if our clock were ahead: from now on the certificate looks expired."""
        self._present(expired=True)
        self.front.sever()


class AwsStage(RemoteStage):
    def __init__(self, moto: MotoServer, authority: Authority) -> None:
        super().__init__(int(moto.url.rpartition(":")[2]), authority)
        self.settings = {"kind": "aws"}
        self._client = moto.client("secretsmanager")
        self._client.create_secret(Name=self.path, SecretString=self.live.text)
        session = key("session token", "FwoGZXIvYXdz")
        self.canaries.append(session)
        self.environ = moto.environ | {
            "AWS_SESSION_TOKEN": session.text,
            "AWS_ENDPOINT_URL": self.front.url,
            "AWS_CA_BUNDLE": str(authority.file),
            "AWS_MAX_ATTEMPTS": "1",
        }

    def faults(self) -> dict[str, Callable[[], object]]:
        def refusing(code: str, message: str) -> Callable[[], object]:
            body = json.dumps({"__type": code, "message": f"{message} {self.live.text}"})
            return lambda: setattr(self._switch, "now", Reply(400, body.encode()))

        return super().faults() | {
            "credential": refusing("ExpiredTokenException", "The security token is expired"),
            "secret gone": lambda: self._client.delete_secret(
                SecretId=self.path, ForceDeleteWithoutRecovery=True
            ),
            "clock": refusing("InvalidSignatureException", "Signature expired: 1 is now earlier"),
        }

    def write(self, text: str) -> None:
        self._client.put_secret_value(SecretId=self.path, SecretString=text)


class LocalStage(Stage):
    def __init__(self, directory: Path) -> None:
        super().__init__()
        directory.mkdir(mode=0o700)
        self._harness = LocalHarness(directory, None)
        self.settings = {
            "kind": "local",
            "path": str(self._harness.file),
            "identity": str(self._harness.identity),
        }
        self.write(self.live.text)

    def faults(self) -> dict[str, Callable[[], object]]:
        file = self._harness.file
        strangers = [pyrage.x25519.Identity.generate().to_public()]
        faults: dict[str, Callable[[], object]] = {
            "down": file.unlink,
            "cut": lambda: file.write_bytes(file.read_bytes()[:-9]),
            "garbled": lambda: file.write_bytes(self.live.value),
            "credential": lambda: file.write_bytes(pyrage.encrypt(b"{}", strangers)),
            "secret gone": lambda: self._harness.soft_delete(self.path),
        }
        return super().faults() | faults

    def write(self, text: str) -> None:
        self._harness.seed(self.path, text)


@contextmanager
def staged(kind: str, directory: Path, server: Callable[[str], Any]) -> Iterator[Stage]:
    """``server``: gives the servers of the tests by the names of their fixtures."""
    if kind == "local":
        yield LocalStage(directory)
        return
    authority = server("certificates")
    stage = (
        VaultStage(server("openbao"), authority)
        if kind == "vault"
        else AwsStage(server("moto"), authority)
    )
    with stage.front:
        yield stage
