"""The Lambda function: one read at start-up, another when the key has aged, none in between."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.contracts.deploying.conftest import PATH
from tests.support.aws_stub import aws_stub, forward
from tests.support.moto_server import MotoServer
from tests.support.project import LIVE_KEY, Project
from tests.support.scale_server import ScaleServer

# Lambda's part: it imports the handler, calls it for each event, and lets it sleep in between.
LAMBDA = """
import json, sys
from scale_secrets.service.fresh import clock
asleep, seconds = 0, clock.seconds
clock.seconds = lambda: seconds() + asleep
import handler
for line in sys.stdin:
    event = json.loads(line)
    asleep += event.pop("asleep", 0)
    print(json.dumps(handler.handler(event, None)), flush=True)
"""
NEW_KEY = "live_ScaleRocks"


def test_the_key_is_read_at_start_up_and_again_when_it_has_aged(
    host: Project, examples: Path, aws: MotoServer
) -> None:
    for file in (examples / "lambda").iterdir():
        if file.is_file():
            shutil.copy(file, host.root)
    with (
        ScaleServer(keys=[LIVE_KEY]) as scale,
        aws_stub(lambda call: forward(aws.url, call)) as stub,
    ):
        with (host.root / "scale-secrets.toml").open("a") as manifest:
            manifest.write(f'[scale]\nbase_url = "{scale.base_url}"\n')
        environ = {**host.environ, **aws.environ, **stub.environ}
        environ |= {"SCALE_SECRETS_TRUSTED": scale.base_url, "PYTHONPATH": str(host.root)}
        with subprocess.Popen(
            [sys.executable, "-c", LAMBDA],
            cwd=host.root,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin and process.stdout

            def call(**event: object) -> dict[str, Any]:
                assert process.stdin and process.stdout
                process.stdin.write(f"{json.dumps(event)}\n")
                process.stdin.flush()
                answer: dict[str, Any] = json.loads(process.stdout.readline())
                return answer

            first = call()
            assert first["projects"] == ["cat_labels"]
            assert first["age_of_key"] < 300
            assert call(type="none")["projects"] == []
            assert len(stub.actions) == 1, "one read for the instance, none for a call"
            aws.client("secretsmanager").put_secret_value(SecretId=PATH, SecretString=NEW_KEY)
            scale.keys = {LIVE_KEY, NEW_KEY}
            before = len(scale.requests)
            assert call(asleep=1000)["age_of_key"] < 300
            assert len(stub.actions) == 2
            assert len(set(scale.authorizations[:before])) == 1
            assert scale.authorizations[-1] not in scale.authorizations[:before]
            process.stdin.close()
            assert process.wait(30) == 0
