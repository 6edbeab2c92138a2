"""``curl``: a configuration for ``curl -K -``.

It names the user and not the header: curl would resend a ``header`` line to whatever host a
redirect names, and keeps a ``user`` to the first.
"""

from __future__ import annotations

from scale_secrets.render.headers.interface import Credential, HeaderForm, Target


class _Curl(HeaderForm):
    def write(self, credential: Credential, target: Target) -> str:
        key = credential.key.reveal().replace("\\", "\\\\").replace('"', '\\"')
        return f'user = "{key}:"\n'


FORM = _Curl()
