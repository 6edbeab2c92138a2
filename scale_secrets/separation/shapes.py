"""SEP001: a Scale key's shape must agree with the mode of the environment it stands in."""

from __future__ import annotations

from collections.abc import Iterator

from scale_secrets.keys import KIND_OF_TYPE, KeyKind, Shape, classify, detect
from scale_secrets.model import Finding, Mode, SecretSpec, SecretType
from scale_secrets.values import SecretValue

_KIND_WORDS = {KeyKind.API: "an API key", KeyKind.CALLBACK: "a callback key"}


def check_shape(spec: SecretSpec, value: SecretValue, mode: Mode, place: str) -> Iterator[Finding]:
    """Findings about one value in its slot. ``place`` names the secret, for the finding."""
    if spec.type is SecretType.OPAQUE:
        yield from check_text(value, mode, place)
        return
    shape = classify(value)
    wanted = KIND_OF_TYPE[spec.type]
    if shape.kind is KeyKind.UNKNOWN:
        # Scale documents no shape for callback keys, so only an API key's can be called unknown.
        if wanted is KeyKind.API and not spec.allow_unknown_shape:
            yield _finding(
                place,
                "the key's shape tells neither live nor test",
                "check that it is a Scale API key (live_… or test_…); if it is, say "
                "allow_unknown_shape = true on this secret",
            )
    elif shape.kind is not wanted:
        yield _finding(
            place,
            f"{_KIND_WORDS[shape.kind]} stands where {_KIND_WORDS[wanted]} belongs",
            f"store {_KIND_WORDS[wanted]} there",
        )
    elif shape.mode is not mode and not spec.any_mode:
        yield _contradiction(place, shape, mode)


def check_text(value: SecretValue, mode: Mode, place: str) -> Iterator[Finding]:
    """Findings about a value that is no slot for a Scale key: it may hold none of the other mode.

    Strict detection, since other vendors' keys look alike.
    """
    if value.is_text:
        for found in detect(value.reveal()):
            if found.shape.mode is mode.other:
                yield _contradiction(place, found.shape, mode)
                return


def _contradiction(place: str, shape: Shape, mode: Mode) -> Finding:
    mend = f"store the {mode} key there, or name the environment whose mode is {shape.mode}"
    if shape.kind is KeyKind.CALLBACK:
        mend += '; a callback key that serves both modes says mode = "any"'
    return _finding(place, f"a {shape.mode} key stands in an environment of mode {mode}", mend)


def _finding(place: str, message: str, mend: str) -> Finding:
    return Finding("SEP001", place, message, mend)
