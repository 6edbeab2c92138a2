"""``json``: an object of headers, as most HTTP libraries take them."""

from __future__ import annotations

import json

from scale_secrets.render.headers.interface import Credential, HeaderForm, Target


class _Json(HeaderForm):
    def write(self, credential: Credential, target: Target) -> str:
        return json.dumps({"Authorization": credential.token.reveal()}) + "\n"


FORM = _Json()
