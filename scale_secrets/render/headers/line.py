"""``header``: the whole line, for ``curl -H @FILE``."""

from __future__ import annotations

from scale_secrets.render.headers.interface import Credential, HeaderForm, Target


class _Line(HeaderForm):
    def write(self, credential: Credential, target: Target) -> str:
        return f"Authorization: {credential.token.reveal()}\n"


FORM = _Line()
