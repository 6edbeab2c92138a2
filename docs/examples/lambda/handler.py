"""An AWS Lambda function that calls Scale: its key is read once, and again when it has aged.

Beside it lies ``scale-secrets.toml``. Its role may call secretsmanager:GetSecretValue on that one
secret (``policies/aws-reader.json``) and nothing else; no variable of the function holds a key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import scale_secrets

# Outside the handler: once for each instance, in its start-up, for which Lambda allows 10 seconds.
# A failure here fails the start-up, and Lambda tries another instance.
KEYS = scale_secrets.fresh(
    "live",
    manifest=Path(__file__).with_name("scale-secrets.toml"),
    refresh_every=300,
    # An instance sleeps between two calls, and no thread of it runs then. Whatever it has become
    # older than this when it is woken, it asks again before it answers.
    max_age=900,
    timeout=8,
)
SCALE = KEYS.scale_client(timeout=5)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    wanted = event.get("type", "")
    names = [one.name for one in SCALE.projects() if wanted in ("", one.type)]
    return {"projects": names, "age_of_key": round(KEYS.api_key.age())}
