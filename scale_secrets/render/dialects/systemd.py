r"""``systemd``: for ``EnvironmentFile=`` of a unit.

Double quotes with a backslash before each of ``\ " ` $`` mean the same to the readers of all
versions; single quotes do not, since older ones took a backslash in them for an escape. They mean
the same to a shell, so a file that is also sourced (as those in /etc/default are) runs nothing.
``EnvironmentFile=`` expands nothing (``environment.d`` does, and is another dialect).
"""

from __future__ import annotations

import re

from scale_secrets.render.dialects.interface import Refusal, TextDialect

_SPECIAL = re.compile(r'[\\"`$]')
# What systemd's own UTF-8 check takes for invalid although Unicode only calls it "noncharacter".
_PLANE_ENDS = "".join(chr(end - 1) + chr(end) for end in range(0xFFFF, 0x110000, 0x10000))
_NONCHARACTER = re.compile(f"[\ufdd0-\ufdef{_PLANE_ENDS}]")


class _Systemd(TextDialect):
    def line(self, name: str, value: str) -> str | Refusal:
        if _NONCHARACTER.search(value):
            return Refusal(
                "holds a Unicode noncharacter, for which systemd drops the variable",
                "store it in base64",
            )
        return f'{name}="{_SPECIAL.sub(_escape, value)}"\n'


def _escape(match: re.Match[str]) -> str:
    return "\\" + match[0]


DIALECT = _Systemd()
