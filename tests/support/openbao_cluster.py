"""A raft cluster of two real OpenBao nodes on loopback: the active one, and a standby that lags.

with Cluster() as cluster:
    cluster.active.root("POST", "secret/data/a", {"data": {"value": "x"}})
    cluster.standby.root("GET", "secret/data/a")  # may not be there yet
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.openbao import BINARY, OpenBao, RootError, free_ports

_PATIENCE = 60.0  # seconds for each step of the start

_CONFIG = """
storage "raft" {{
  path                   = "data"
  node_id                = "{name}"
  performance_multiplier = 1
  {join}
}}
listener "tcp" {{
  address         = "127.0.0.1:{api}"
  cluster_address = "127.0.0.1:{cluster}"
  tls_disable     = true
}}
api_addr     = "http://127.0.0.1:{api}"
cluster_addr = "https://127.0.0.1:{cluster}"
"""


class Node:
    """``url`` answers; ``root`` speaks to it with the root token."""

    def __init__(self, directory: Path, api: int, cluster: int, leader: str | None) -> None:
        directory.mkdir()
        (directory / "data").mkdir()
        join = f'retry_join {{ leader_api_addr = "{leader}" }}' if leader else ""
        text = _CONFIG.format(name=directory.name, api=api, cluster=cluster, join=join)
        (directory / "node.hcl").write_text(text)
        self.url = f"http://127.0.0.1:{api}"
        self.token = ""
        with (directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(BINARY), "server", "-config=node.hcl"],
                cwd=directory,
                env={"HOME": str(directory), "PATH": "/usr/bin:/bin"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def root(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return OpenBao.root(self, method, path, body, token=self.token)  # type: ignore[arg-type]

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(10)


class Cluster:
    """A context manager."""

    def __enter__(self) -> Cluster:
        self._directory = Path(tempfile.mkdtemp(prefix="openbao-cluster-"))
        one, two, three, four = free_ports(4)
        self.active = Node(self._directory / "one", one, two, None)
        self.standby = Node(self._directory / "two", three, four, self.active.url)
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for node in (self.standby, self.active):
            node.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _start(self) -> None:
        shares = {"secret_shares": 1, "secret_threshold": 1}
        made = until_it_works(lambda: self.active.root("PUT", "sys/init", shares))
        for node in (self.active, self.standby):
            node.token = str(made["root_token"])
            key = {"key": made["keys"][0]}
            until_it_works(lambda node=node, key=key: node.root("PUT", "sys/unseal", key))
        mount = {"type": "kv", "options": {"version": "2"}}
        until_it_works(lambda: self.active.root("POST", "sys/mounts/secret", mount))
        probe = {"data": {"value": "probe"}}
        until_it_works(lambda: self.active.root("POST", "secret/data/probe", probe))
        until_it_works(lambda: self.standby.root("GET", "secret/data/probe"))


def until_it_works(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The first answer that is no refusal."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return call()
        except (OSError, RootError):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
