"""The Authorization header of a Scale API key, in the form that a client takes without argv.

Pure. Every form carries the same token, which ``keys.basic_token`` alone computes. A new form is
one file and one line in ``_FILES``.
"""

from __future__ import annotations

from importlib import import_module

from scale_secrets.errors import UsageError
from scale_secrets.keys import basic_token
from scale_secrets.render.headers.interface import Credential, HeaderForm, Target
from scale_secrets.values import SecretValue

# Form: its module below ``render.headers``, imported when it is asked for.
_FILES = {
    "header": "line",
    "value": "value",
    "curl": "curl",
    "wget": "wget",
    "netrc": "netrc",
    "postman": "postman",
    "json": "json_object",
}
HEADER_FORMATS = tuple(_FILES)


def render_header(form: str, key: SecretValue, target: Target | None = None) -> SecretValue:
    """The header of ``key`` as text that ends in a line break.

    Raises ``KeyFormatError`` for a key that HTTP Basic cannot carry, ``RenderError`` for one that
    this form cannot hold, and ``UsageError`` for an unknown form.
    """
    if form not in _FILES:
        raise UsageError(
            f"unknown header format {form!r}", hint=f"one of {', '.join(HEADER_FORMATS)}"
        )
    module = import_module(f"scale_secrets.render.headers.{_FILES[form]}")
    writer: HeaderForm = module.FORM
    credential = Credential(key, basic_token(key))
    return SecretValue(writer.write(credential, target or Target()))
