"""OpenBao's ``list_scan_response_keys_filter_path``: which names a LIST may show.

The server runs it as a Go template for each name found and shows those names whose resulting
path the token may read or list. Source: ``parsePath`` of OpenBao.
"""

from __future__ import annotations

from scale_secrets.access.vault.model import Capability
from scale_secrets.errors import PolicyError


def check_list_filter(template: str, capabilities: Capability, line: int) -> None:
    """PolicyError where the server would surely refuse the template.

    A template is not run here: one that is wrong in a way only its engine finds passes.
    """
    if not template:
        return
    key = "list_scan_response_keys_filter_path"
    if Capability.LIST not in capabilities:
        raise PolicyError(f"{key} stands beside no list capability", line=line)
    pieces = template.split("{{")
    if any("}}" not in piece for piece in pieces[1:]):
        raise PolicyError(f"{key}: {{{{ is not closed", line=line)
    if not any(".key" in piece.partition("}}")[0] for piece in pieces[1:]):
        raise PolicyError(
            f"{key} makes the same path of every name", line=line, hint="use {{ .key }} in it"
        )
