"""Who of a Scale team can read its keys in the dashboard.

Scale's documentation gives API keys to admins and managers only, for both modes and without
exception; there is no setting that a listing could miss. A role that it does not name (its API may
gain one) is *conditional*, not a guess. Pure: the listing is what ``GET /v1/teams`` answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scale_secrets.access.verdict import Answer, Cited, Verdict
from scale_secrets.errors import UsageError

READERS = frozenset({"admin", "manager"})
OTHERS = frozenset({"member", "labeler"})

_POLICY = "Scale's dashboard"


@dataclass(frozen=True, slots=True)
class Teammate:
    email: str
    role: str

    @property
    def answer(self) -> Answer:
        """May this person read the team's keys?"""
        role = self.role.casefold()
        label = f"role {self.role or '(none)'}"
        if role in READERS:
            return Answer(Verdict.ALLOWED, decided_by=(Cited(_POLICY, label, "allow"),))
        if role in OTHERS:
            return Answer(Verdict.DENIED, decided_by=(Cited(_POLICY, label, "deny"),))
        condition = f"Scale shows keys to the {label}, of which its documentation says nothing"
        return Answer(Verdict.CONDITIONAL, (condition,), (Cited(_POLICY, label, "unknown"),))


def teammates(listing: object) -> tuple[Teammate, ...]:
    """The people of a parsed team listing, in its order.

    An entry without a role keeps an empty one, which is unknown. Raises ``UsageError`` for
    anything that is not a list of objects with an email: a person left out would read as nobody.
    """
    if isinstance(listing, str | bytes) or not isinstance(listing, Sequence):
        raise UsageError(
            "the team listing is not a JSON array",
            hint="give what GET /v1/teams answers",
        )
    return tuple(_teammate(entry, number) for number, entry in enumerate(listing))


def _teammate(entry: object, number: int) -> Teammate:
    email = entry.get("email") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(email, str) or not email:
        raise UsageError(
            f"the team listing's entry {number} has no email",
            hint="give what GET /v1/teams answers",
        )
    role = entry.get("role")
    return Teammate(email, role if isinstance(role, str) else "")
