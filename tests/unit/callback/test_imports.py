"""A receiver imports its own framework and none of the others'."""

from __future__ import annotations

import subprocess
import sys

import pytest

FOREIGN = {"aiohttp", "django", "fastapi", "flask", "httpx", "requests", "starlette", "werkzeug"}
PROGRAM = """
import sys
import scale_secrets
import scale_secrets.callback.{module}
scale_secrets.CallbackVerifier([scale_secrets.SecretValue("key")]).accepts(b"key")
print(*sys.modules)
"""


@pytest.mark.parametrize("module", ["asgi", "wsgi", "aiohttp"])
def test_a_middleware_imports_no_framework(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module)],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = set(done.stdout.split())
    assert "scale_secrets.callback.guard" in imported
    assert not imported & (FOREIGN | {"asyncio", "click", "jsonschema"})
