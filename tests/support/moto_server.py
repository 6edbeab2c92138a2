"""A moto server over HTTP, as a program of its own, mended as ``aws_moto_patches`` says.

    with MotoServer() as aws:
        aws.client("secretsmanager").create_secret(Name="scale/live/k", SecretString="…")
        subprocess.run([...], env={**os.environ, **aws.environ})

For any test suite and for the bench. The keys are made up; nothing leaves loopback.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.session import Session

PROGRAM = Path(__file__).with_name("aws_moto_patches.py")
REGION = "us-east-1"
ACCOUNT = "123456789012"  # moto's own default


class MotoServer:
    """Starts on entry, stops on exit. ``url``: the endpoint; ``environ``: all a client needs."""

    def __init__(self) -> None:
        self._session = Session()  # each would read a megabyte of botocore's descriptions
        self._clients: dict[tuple[str, str, str], Any] = {}

    def __enter__(self) -> MotoServer:
        self._directory = tempfile.TemporaryDirectory(prefix="moto-")
        self._process = subprocess.Popen(
            [sys.executable, str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        if not port:
            self.__exit__()
            raise RuntimeError(f"the moto server did not start: run {PROGRAM} to see why")
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.close()
        self._process.kill()
        self._process.wait(timeout=10)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._directory.cleanup()

    @property
    def environ(self) -> dict[str, str]:
        """Variables for a client that finds this server and no file of the machine's own."""
        nowhere = Path(self._directory.name)
        return {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CONFIG_FILE": str(nowhere / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(nowhere / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str, region: str = REGION, key: str = "testing") -> Any:
        """A plain botocore client, for what a test arranges or looks at behind our back."""
        if (service, region, key) not in self._clients:
            self._clients[service, region, key] = self._session.create_client(
                service,
                region_name=region,
                endpoint_url=self.url,
                aws_access_key_id=key,
                aws_secret_access_key="testing",
                config=Config(retries={"total_max_attempts": 1}, proxies={}),
            )
        return self._clients[service, region, key]
