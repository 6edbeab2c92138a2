"""``netrc``: an entry for ``curl --netrc-file`` and for ``requests``, whose password is blank.

The blank password is written by leaving it out, which every curl and Python's ``netrc`` from 3.11
on read as blank; older curls would send ``""`` as two quotes. wget and httpx send nothing for a
blank password: ``wget`` is a form of its own, and httpx takes ``auth=(key, "")``.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from scale_secrets.errors import RenderError, UsageError
from scale_secrets.render.headers.interface import Credential, HeaderForm, Target


class _Netrc(HeaderForm):
    def write(self, credential: Credential, target: Target) -> str:
        key = credential.key.reveal()
        if key.startswith("#") or '"' in key or "\\" in key:
            raise RenderError(
                "netrc",
                target.variable,
                "begins with # or holds a quote or a backslash, which readers of netrc disagree on",
                hint="use --format curl",
            )
        return f"machine {_host(target)} login {key}\n"


def _host(target: Target) -> str:
    try:
        host = urlsplit(target.base_url).hostname
    except ValueError:
        host = None
    if not host or not host.isprintable() or any(char in host for char in ' "\\#'):
        raise UsageError("netrc: the base URL names no host", hint="write https://HOST/v1")
    return host


FORM = _Netrc()
