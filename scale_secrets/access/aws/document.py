"""Policy documents of AWS, from text to data.

Source: IAM user guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements
reference". Names and ``Effect`` are taken exactly as the grammar spells them; what the grammar
does not have is an error that names the file, the line, the statement and the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scale_secrets.access.aws.elements import Kind, StatementReader
from scale_secrets.access.aws.jsontext import Repeating, decode, shown, text_of
from scale_secrets.access.aws.model import Document
from scale_secrets.access.aws.origin import Origin, Step

__all__ = ["Kind", "parse"]

_OLD, _CURRENT = "2008-10-17", "2012-10-17"
_ELEMENTS = ("Version", "Id", "Statement")


def parse(
    source: str | bytes | Mapping[str, Any],
    *,
    name: str,
    file: str = "",
    line: Callable[[int], int] | None = None,
    kind: Kind = Kind.ANY,
) -> Document:
    """Read a policy: JSON text, as it is or URL-encoded, or what has been decoded from it.

    ``line`` tells on which line of ``file`` the statement of a number stands, for a document that
    is part of a larger text. Raises ``PolicyError``.
    """
    if isinstance(source, Mapping):
        return _document(source, Origin(file, line=line), name, kind)
    text = text_of(source, file=file)
    return _document(decode(text, file=file), Origin(file, text=text, line=line), name, kind)


def _document(policy: Any, origin: Origin, name: str, kind: Kind) -> Document:
    _check_names(policy, origin)
    version = policy.get("Version", _OLD)
    if version not in (_OLD, _CURRENT):
        origin.fail(
            f"Version is {shown(version)}", path=("Version",), hint=f"it is {_CURRENT} or {_OLD}"
        )
    variables = version == _CURRENT
    block = policy["Statement"]
    numbered: list[tuple[tuple[Step, ...], Any]]
    if isinstance(block, list | tuple):
        numbered = [(("Statement", number), each) for number, each in enumerate(block)]
    else:
        numbered = [(("Statement",), block)]
    statements = tuple(
        StatementReader(origin, kind, number, path).read(each, variables=variables)
        for number, (path, each) in enumerate(numbered)
    )
    return Document(name, statements, variables)


def _check_names(policy: Any, origin: Origin) -> None:
    if not isinstance(policy, Mapping):
        origin.fail("the policy is not a JSON object")
    if isinstance(policy, Repeating):
        origin.fail(f"{shown(policy.key)} stands twice in the policy", path=(policy.key,))
    for name in policy:
        if name not in _ELEMENTS:
            meant = next((one for one in _ELEMENTS if one.lower() == name.lower()), "")
            hint = f"write {meant}" if meant else f"there are {', '.join(_ELEMENTS)}"
            origin.fail(f"{shown(name)} is no element of a policy", path=(name,), hint=hint)
    if "Statement" not in policy:
        origin.fail("the policy has no Statement")
