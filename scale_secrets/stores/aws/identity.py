"""Who AWS takes us for, and how far apart the clocks are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from scale_secrets.operation import Operation
from scale_secrets.stores.aws.caller import Caller
from scale_secrets.stores.aws.reading import Answer, required
from scale_secrets.stores.interface import CLOCK_SKEW


def whoami(caller: Caller, operation: Operation) -> Mapping[str, str]:
    """Principal, account, region, where the credentials came from, and the clock's skew.

    GetCallerIdentity needs no permission, so it fails for the credentials alone.
    """
    region = caller.region(operation)
    answer = caller.ask("sts:GetCallerIdentity", operation, about="who am I")
    facts = {
        "principal": required(answer, "Arn", str, place=caller.place),
        "account": required(answer, "Account", str, place=caller.place),
        "region": region,
        "credentials": caller.source,
    }
    skew = _skew(answer, datetime.now(UTC))
    if skew is not None:
        facts[CLOCK_SKEW] = f"{skew:+d} s"
    return facts


def _skew(answer: Answer, now: datetime) -> int | None:
    """Our clock's lead over AWS's in seconds, as exact as the Date header, which cuts fractions."""
    headers: Mapping[str, str] = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        theirs = parsedate_to_datetime(headers.get("date", "")) + timedelta(seconds=0.5)
        return round((now - theirs).total_seconds())
    except (TypeError, ValueError):  # absent, broken, or without a zone
        return None
