"""OpenBao's ``list_scan_response_keys_filter_path``: which names a LIST may show.

The server runs it as a Go template for each name found and shows those names whose resulting
path the token may read or list. A template is refused if it makes one path of two names. Source:
``parsePath`` of OpenBao.
"""

from __future__ import annotations

import re

from scale_secrets.access.vault.model import Capability
from scale_secrets.errors import PolicyError

_KEY = "list_scan_response_keys_filter_path"
_FIELD = re.compile(r"-?\s*\.(?P<name>\w+)\s*-?")


def check_list_filter(template: str, capabilities: Capability, line: int) -> None:
    """PolicyError where the server would surely refuse the template.

    Templates are not run here. One of plain text and fields is judged as the server does; one
    with functions, conditions or variables passes, be it right or wrong.
    """
    if not template:
        return
    if Capability.LIST not in capabilities:
        raise PolicyError(f"{_KEY} stands beside no list capability", line=line)
    actions = template.split("{{")[1:]
    if any("}}" not in action for action in actions):
        raise PolicyError(f"{_KEY}: {{{{ is not closed", line=line)
    fields = [_FIELD.fullmatch(action.partition("}}")[0]) for action in actions]
    if all(field and field["name"] != "key" for field in fields):
        raise PolicyError(
            f"{_KEY} makes the same path of every name", line=line, hint="use {{ .key }} in it"
        )
