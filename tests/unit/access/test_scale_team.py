"""Who of a Scale team can read its keys: known roles are decided, others are not guessed."""

from __future__ import annotations

import pytest

from scale_secrets.access.scale_team import Teammate, teammates
from scale_secrets.access.verdict import Verdict
from scale_secrets.errors import UsageError

LISTING = [
    {"email": "ann@example.com", "role": "admin", "firstName": "Ann"},
    {"email": "max@example.com", "role": "manager"},
    {"email": "mia@example.com", "role": "member"},
    {"email": "lou@example.com", "role": "labeler"},
    {"email": "new@example.com", "role": "auditor"},
    {"email": "odd@example.com"},
    {"email": "nil@example.com", "role": None},
]


def test_admins_and_managers_read_and_nobody_unknown_is_guessed() -> None:
    verdicts = {one.email[:3]: one.answer.verdict for one in teammates(LISTING)}
    assert verdicts == {
        "ann": Verdict.ALLOWED,
        "max": Verdict.ALLOWED,
        "mia": Verdict.DENIED,
        "lou": Verdict.DENIED,
        "new": Verdict.CONDITIONAL,
        "odd": Verdict.CONDITIONAL,
        "nil": Verdict.CONDITIONAL,
    }


@pytest.mark.parametrize("role", ["Admin", "MANAGER"])
def test_a_role_is_known_whatever_its_case(role: str) -> None:
    assert Teammate("a@example.com", role).answer.verdict is Verdict.ALLOWED


@pytest.mark.parametrize("role", ["admin ", "administrator", "admin,member", ""])
def test_a_role_that_only_resembles_a_known_one_is_unknown(role: str) -> None:
    assert Teammate("a@example.com", role).answer.verdict is Verdict.CONDITIONAL


def test_conditions_are_given_exactly_when_it_is_conditional() -> None:
    for one in teammates(LISTING):
        assert bool(one.answer.conditions) == (one.answer.verdict is Verdict.CONDITIONAL)


def test_the_answer_names_the_role_that_decided() -> None:
    (cited,) = Teammate("a@example.com", "member").answer.decided_by
    assert (cited.label, cited.effect) == ("role member", "deny")


@pytest.mark.parametrize(
    "listing", [None, {}, "admin", b"[]", 3], ids=lambda listing: type(listing).__name__
)
def test_what_is_no_array_is_refused(listing: object) -> None:
    with pytest.raises(UsageError, match="not a JSON array"):
        teammates(listing)


@pytest.mark.parametrize("entry", [None, "a@example.com", {}, {"role": "admin"}, {"email": ""}])
def test_an_entry_without_email_is_refused_by_its_number(entry: object) -> None:
    with pytest.raises(UsageError, match="entry 1 has no email"):
        teammates([LISTING[0], entry])
