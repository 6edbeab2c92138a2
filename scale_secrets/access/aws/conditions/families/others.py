"""``Bool``, ``BinaryEquals`` and ``Null``."""

from __future__ import annotations

import base64
import binascii

from scale_secrets.access.aws.conditions.families.base import (
    Judge,
    Operator,
    Tokens,
    literal,
    truth,
)


def _boolean(tokens: Tokens) -> Judge | None:
    wanted = literal(tokens).lower()
    if wanted not in ("true", "false"):
        return None
    return lambda value: truth(value.lower() == wanted)


def _binary(tokens: Tokens) -> Judge | None:
    wanted = _decoded(literal(tokens))
    if wanted is None:
        return None
    return lambda value: truth(_decoded(value) == wanted)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        return None


# ``Null`` asks for the key's presence, so that the evaluation hands it "true" for an absent key.
NULL = Operator("Null", _boolean, "is absent:", noun="boolean")

OTHERS = (
    Operator("Bool", _boolean, "is", templated=True, disputed=True, noun="boolean"),
    Operator("BinaryEquals", _binary, "is the binary", noun="base64"),
    NULL,
)
