"""The configuration language of Vault and OpenBao: HCL version 1, or its JSON form.

This is not HCL 2, and the JSON form is not JSON (RFC 8259): both servers read policies with
``github.com/hashicorp/hcl`` v1, whose own habits decide what a policy means. Where this package
seems odd, it does what that library's scanner, parser and decoder do; the odd cases are vectors
that a real server has judged.

``scanner`` → ``parser`` (or ``json_reader``, which scans as it goes) → ``tree`` → ``decode``.
Every fault is a ``PolicyError`` with its line; the caller adds the file. Time and memory grow with
the text, of which a server takes no more than its largest request, by default 32 MiB.
"""

from __future__ import annotations

from scale_secrets.access.vault.hcl.json_reader import read_json
from scale_secrets.access.vault.hcl.parser import read_hcl
from scale_secrets.access.vault.hcl.tree import Body
from scale_secrets.errors import PolicyError


def read(text: str | bytes) -> tuple[Body, bool]:
    """The tree of a text, and whether it was JSON: whatever begins with ``{``.

    Raises PolicyError where the server would not accept the text.
    """
    text = _decoded(text)
    if text.lstrip().startswith("{"):
        return read_json(text), True
    return read_hcl(text), False


def _decoded(text: str | bytes) -> str:
    try:
        if isinstance(text, bytes):
            return text.decode("utf-8")
        text.encode("utf-8")  # a lone surrogate is no more a character than a broken byte
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PolicyError("not valid UTF-8", line=line) from None
    except UnicodeEncodeError as error:
        line = error.object.count("\n", 0, error.start) + 1
        raise PolicyError("not valid UTF-8", line=line) from None
    return text
