"""``DateEquals`` and the five others.

A date is one of the forms of the W3C's note on ISO 8601 (from ``2026`` to
``2026-11-24T12:00:00.5+01:00``) or a number of seconds since 1970; four digits are a year.
"""

from __future__ import annotations

import operator
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from scale_secrets.access.aws.conditions.families.base import Operator
from scale_secrets.access.aws.conditions.families.numbers import number, ordered, readable

_DATE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>\.\d+)?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d))?)?)?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(text: str) -> Decimal | None:
    """Seconds since 1970; None when ``text`` is no date."""
    found = _DATE.fullmatch(text)
    if not found:
        return number(text)
    part = {name: int(found[name] or 0) for name in ("hour", "minute", "second")}
    try:
        naive = datetime(
            int(found["year"]), int(found["month"] or 1), int(found["day"] or 1), **part, tzinfo=UTC
        )
    except ValueError:  # a month 13, a second 60
        return None
    seconds = (naive - _EPOCH) // timedelta(seconds=1) - _offset(found["zone"])
    return seconds + Decimal(found["fraction"] or 0)


def _offset(zone: str | None) -> int:
    """Seconds east of Greenwich."""
    if zone is None or zone == "Z":
        return 0
    east = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
    return -east if zone[0] == "-" else east


DATES = (
    Operator(
        "DateEquals",
        ordered(moment, operator.eq),
        "is",
        "DateNotEquals",
        "is not",
        reads=readable(moment),
        noun="date",
    ),
    Operator("DateLessThan", ordered(moment, operator.lt), "is before", noun="date"),
    Operator("DateLessThanEquals", ordered(moment, operator.le), "is not after", noun="date"),
    Operator("DateGreaterThan", ordered(moment, operator.gt), "is after", noun="date"),
    Operator("DateGreaterThanEquals", ordered(moment, operator.ge), "is not before", noun="date"),
)
