"""Who could call in an estate: its own users, roles and root users, and those its policies name.

A ``Principal`` is a caller with everything on the caller's side that has a say in its requests.
"""

from __future__ import annotations

from dataclasses import dataclass

from scale_secrets.access.aws.context import Part
from scale_secrets.access.aws.model import Account, Caller, Document, Missing, Role


@dataclass(frozen=True, slots=True, eq=False)
class Principal:
    """``name`` is the ARN, or what a ``Principal`` element says: ``lambda.amazonaws.com``, ``*``.

    ``account`` is None when the caller's account was not collected: its side is MISSING then.
    ``missing`` names the attached policies that make ``policies`` MISSING, ``role`` is kept for
    those who stand behind it.
    """

    name: str
    caller: Caller
    context: Part
    policies: tuple[Document, ...] | Missing
    boundary: Document | Missing | None
    scps: tuple[tuple[Document, ...], ...] | Missing
    account: Account | None = None
    role: Role | None = None
    missing: tuple[str, ...] = ()
