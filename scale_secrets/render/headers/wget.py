"""``wget``: a start-up file, for ``WGETRC=FILE wget …``.

wget resends a header to whatever host a redirect names, so it follows none; and it would answer a
401 with the user's netrc, so it reads none.
"""

from __future__ import annotations

from scale_secrets.render.headers.interface import Credential, HeaderForm, Target


class _Wget(HeaderForm):
    def write(self, credential: Credential, target: Target) -> str:
        header = f"Authorization: {credential.token.reveal()}"
        return f"max_redirect = 0\nnetrc = off\nheader = {header}\n"


FORM = _Wget()
