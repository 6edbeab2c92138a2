"""Environment files: variables in, the file's bytes out, in one of the registered dialects.

Pure. Either every variable is held exactly, or one ``RenderError`` names all that are not, so
that an operator mends a manifest in one go. A new dialect is one file and one line in ``_FILES``.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from scale_secrets.errors import RenderError, UsageError
from scale_secrets.frozen import frozen
from scale_secrets.render.dialects.interface import (
    Dialect,
    Masking,
    Options,
    Refusal,
)
from scale_secrets.values import SecretValue

# Dialect: its module below ``render.dialects``, imported when it is asked for.
_FILES = {
    "posix": "posix",
    "dotenv": "dotenv",
    "dotenv-node": "dotenv_node",
    "docker": "docker",
    "systemd": "systemd",
    "github": "github",
    "k8s": "k8s",
    "json": "json_object",
    "yaml": "yaml_mapping",
}
DIALECTS = tuple(_FILES)
_END = r"\Z"


@frozen
class Rendered:
    """A rendered file.

    ``content``: its bytes. ``masks``: what to print to stdout *before* the content is written
    anywhere (workflow commands of ``github``; empty for all others). ``warnings``: value-free.
    """

    content: SecretValue
    masks: SecretValue
    warnings: tuple[str, ...] = ()


def render_environment(
    dialect: str,
    variables: Mapping[str, SecretValue | str],
    options: Options | None = None,
) -> Rendered:
    """Write ``variables`` in their order: secrets as ``SecretValue``, config as plain ``str``.

    Raises ``UsageError`` for an unknown dialect and ``RenderError``, which names every variable
    that the dialect cannot hold exactly and says why.
    """
    writer = _open(dialect)
    values = {name: _encode(value) for name, value in variables.items()}
    outcomes = {name: _entry(writer, name, value) for name, value in values.items()}
    refused = {name: one for name, one in outcomes.items() if isinstance(one, Refusal)}
    if refused:
        raise _error(dialect, refused)
    held = _bytes_only(values)
    secrets = {name for name, value in variables.items() if isinstance(value, SecretValue)}
    warnings = {name: writer.warning(value, secret=name in secrets) for name, value in held.items()}
    masks = ""
    if isinstance(writer, Masking):
        masks = writer.masks([value for name, value in held.items() if name in secrets])
    return Rendered(
        content=SecretValue(
            writer.document(list(_bytes_only(outcomes).values()), options or Options())
        ),
        masks=SecretValue(masks),
        warnings=tuple(f"{dialect}: {name}: {one}" for name, one in warnings.items() if one),
    )


def _open(dialect: str) -> Dialect:
    if dialect not in _FILES:
        raise UsageError(f"unknown dialect {dialect!r}", hint=f"one of {', '.join(DIALECTS)}")
    module = import_module(f"scale_secrets.render.dialects.{_FILES[dialect]}")
    writer: Dialect = module.DIALECT
    return writer


def _encode(value: SecretValue | str) -> bytes | Refusal:
    if isinstance(value, SecretValue):
        return value.reveal_bytes()
    try:
        return value.encode()
    except UnicodeEncodeError:
        return Refusal("is not valid Unicode text")


def _entry(writer: Dialect, name: str, value: bytes | Refusal) -> bytes | Refusal:
    """The rules that all dialects share, then the dialect's own."""
    if isinstance(value, Refusal):
        return value
    if not writer.names.match(name):
        return Refusal(
            "is no name that this dialect can hold",
            f"deliver it under a name that matches {writer.names.pattern.removesuffix(_END)}",
        )
    if b"\0" in value:
        return Refusal("holds a NUL byte, which no variable can", "store the value in base64")
    return writer.entry(name, value)


def _bytes_only(outcomes: Mapping[str, bytes | Refusal]) -> dict[str, bytes]:
    return {name: one for name, one in outcomes.items() if isinstance(one, bytes)}


def _error(dialect: str, refused: Mapping[str, Refusal]) -> RenderError:
    (key, first), *others = ((_shown(name), refusal) for name, refusal in refused.items())
    hints = dict.fromkeys(refusal.hint for refusal in refused.values() if refusal.hint)
    return RenderError(
        dialect,
        key,
        first.reason,
        hint="; ".join(hints),
        others=[(name, refusal.reason) for name, refusal in others],
    )


def _shown(name: str) -> str:
    """A name as a message can hold it: one line, without control characters."""
    return name if name.isprintable() and name else ascii(name)
