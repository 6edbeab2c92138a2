"""``value``: what stands after ``Authorization:``."""

from __future__ import annotations

from scale_secrets.render.headers.interface import Credential, HeaderForm, Target


class _Value(HeaderForm):
    def write(self, credential: Credential, target: Target) -> str:
        return f"{credential.token.reveal()}\n"


FORM = _Value()
