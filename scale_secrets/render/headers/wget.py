"""``wget``: a start-up file, for ``WGETRC=FILE wget …``.

wget resends a header to whatever host a redirect names, so it is told to follow none. A header
that is named here wins over the user's netrc, also after a 401.
"""

from __future__ import annotations

from scale_secrets.render.headers.interface import Credential, HeaderForm, Target


class _Wget(HeaderForm):
    def write(self, credential: Credential, target: Target) -> str:
        return f"max_redirect = 0\nheader = Authorization: {credential.token.reveal()}\n"


FORM = _Wget()
