"""Condition keys: how they are spelled, compared and looked up.

Key names ignore case (IAM user guide, "IAM JSON policy elements: Condition"), the name of a tag in
``aws:PrincipalTag/NAME`` included: a condition on ``Owner`` matches the tag ``owner``. The name is
kept as written all the same, since a person has to find the tag.
"""

from __future__ import annotations

from scale_secrets.access.aws.model import Context


def canonical(key: str) -> str:
    """Lower case up to the first slash; what follows, a tag's name, as written."""
    name, slash, tag = key.partition("/")
    return name.lower() + slash + tag


def lookup(context: Context, key: str) -> tuple[str, ...] | None:
    """The values of a canonical ``key``: ``()`` when it is absent, None when nothing is known.

    Nothing is known either where two tags differ in case alone and in value: which of them AWS
    takes is not documented.
    """
    name, slash, _ = key.partition("/")
    if not slash:
        return context.values(key)
    family, folded = name + slash, key.lower()
    found = {
        values
        for known, values in context.known.items()
        if known.startswith(family) and known.lower() == folded
    }
    if len(found) == 1:
        return found.pop()
    return None if found else context.values(key)
