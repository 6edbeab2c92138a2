"""Environment separation: what keeps live and test apart. Pure; one list of rules.

Each rule has a stable id that others script against. A rule is one file of this package plus one
line here.
"""

from __future__ import annotations

from collections.abc import Iterable

from scale_secrets.errors import SeparationError
from scale_secrets.model import Finding, Severity

RULES = {
    "SEP001": "a Scale key's shape agrees with the mode of its environment",
    "SEP002": "environments of different modes share no container",
    "SEP003": "no Scale key stands in environments of different modes",
    "SEP004": "the store-side label scale-mode does not contradict the mode",
    "SEP005": "a process inherits no key of the other mode",
    "SEP006": "the environment's guard opens this door",
    "SEP007": "an API key is sent to Scale's hosts over https, and never after a redirect",
}


def refuse(findings: Iterable[Finding]) -> None:
    """Raise ``SeparationError`` with all findings when one of them is an error."""
    found = tuple(findings)
    if any(one.severity is Severity.ERROR for one in found):
        raise SeparationError(found)
