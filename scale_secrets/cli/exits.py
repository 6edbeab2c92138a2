"""The one table of exit codes."""

from __future__ import annotations

from scale_secrets.errors import (
    CallbackRefused,
    ConflictError,
    DeniedError,
    FindingsError,
    KeyFormatError,
    NotFoundError,
    RenderError,
    ScaleSecretsError,
    UnreachableError,
    UsageError,
)

DONE = 0
BUG = 1
USAGE = 2
FINDINGS = 3
INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it

# Looked up along the error's base classes, so an error of a subclass needs no line of its own.
EXIT_CODES: dict[type[ScaleSecretsError], int] = {
    UsageError: USAGE,
    FindingsError: FINDINGS,
    KeyFormatError: FINDINGS,
    RenderError: FINDINGS,
    CallbackRefused: FINDINGS,  # the keys were read, and the header is none of them
    NotFoundError: 4,
    DeniedError: 5,
    UnreachableError: 6,
    ConflictError: 7,
}

# `run` keeps the codes below 125 for its child.
RUN_FAILED = 125
RUN_NOT_EXECUTABLE = 126
RUN_NOT_FOUND = 127


def exit_code(error: ScaleSecretsError) -> int:
    for base in type(error).__mro__:
        if base in EXIT_CODES:
            return EXIT_CODES[base]
    return BUG
