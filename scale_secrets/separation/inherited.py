"""SEP005: a process that gets one mode's keys inherits no key of the other mode.

A variable is judged by what it holds, under any name. In a variable whose name says that it is
for a Scale key the lenient classification counts; elsewhere the strict detection, since other
vendors' keys look alike. A key inside a Basic token counts as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from scale_secrets.keys import classify, detect
from scale_secrets.model import Finding, Mode, Severity
from scale_secrets.values import SecretValue

# Names that the SDKs of Scale and public code use for keys.
_SLOT = re.compile(
    r"SCALE_(?:LIVE_|TEST_|AI_)?(?:API_)?KEY|SCALE_(?:LIVE_|TEST_)?CALLBACK_(?:AUTH_)?KEY"
    r"|SCALEAPI_(?:API_)?KEY|NUCLEUS_API_KEY|SGP_API_KEY|LAUNCH_API_KEY",
    re.IGNORECASE,
)


def foreign_variables(
    environ: Mapping[str, str], mode: Mode, slots: Collection[str] = ()
) -> tuple[str, ...]:
    """The names of variables that hold a key of the other mode.

    ``slots``: further names that are known to be for Scale keys (the manifest's variables).
    """
    return tuple(
        name
        for name, text in environ.items()
        if _holds(text, mode.other, slot=name in slots or _SLOT.fullmatch(name) is not None)
    )


def _holds(text: str, mode: Mode, *, slot: bool) -> bool:
    if any(found.shape.mode is mode for found in detect(text)):
        return True
    if not slot:
        return False
    try:
        return classify(SecretValue(text.strip())).mode is mode
    except ValueError:  # bytes that are no text: no Scale key
        return False


def check_inherited(names: Collection[str], mode: Mode) -> Iterator[Finding]:
    for name in names:
        yield Finding(
            "SEP005",
            name,
            f"the inherited variable holds a {mode.other} key, and the process gets mode {mode}",
            f"unset {name} where the command is started",
            Severity.ERROR,
        )
