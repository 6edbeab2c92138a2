"""``postman``: an environment to import.

Its authorization "Basic Auth" takes the key's variable as the user name and no password. The
export of a Postman environment is plain text, so the file is as secret as the key.
"""

from __future__ import annotations

import json

from scale_secrets.render.headers.interface import Credential, HeaderForm, Target


class _Postman(HeaderForm):
    def write(self, credential: Credential, target: Target) -> str:
        values = [
            _value(target.variable, credential.key.reveal(), "secret"),
            _value("SCALE_AUTHORIZATION", credential.token.reveal(), "secret"),
            _value("SCALE_BASE_URL", target.base_url, "default"),
        ]
        environment = {
            "name": target.name,
            "values": values,
            "_postman_variable_scope": "environment",
        }
        return json.dumps(environment, indent=2) + "\n"


def _value(key: str, value: str, kind: str) -> dict[str, str | bool]:
    return {"key": key, "value": value, "type": kind, "enabled": True}


FORM = _Postman()
